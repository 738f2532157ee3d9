"""How long the merge of 50 Modules with 500 licenses takes on PostgreSQL, from the call to the commit (M6)."""

import itertools
import time
from dataclasses import replace

from benchmarks import stage
from benchmarks.figures import Figure, Findings
from benchmarks.machine import postgres_described
from prolong_server import clock
from prolong_server.modules.request_specs import LineSpec
from tests import vendor
from tests.modules.stage import REPRESENTATIVE, Stage, line

TARGET = 2.0
MODULES = 50
LICENSES = 500


def run(rounds: int) -> Findings:
    """Merge as often as there are rounds, each time other Modules."""
    seconds, postgresql = measured(rounds)
    told = {"modules": MODULES, "licenses": LICENSES, "rounds": rounds, "postgresql": postgresql}
    return Findings("moves", told, (Figure("the merge, from the call to the commit", seconds, "s", at_most=TARGET),))


def measured(rounds: int) -> tuple[tuple[float, ...], dict[str, str]]:
    """The seconds of each merge, the first one, which warms up, not counted; and what PostgreSQL is set to."""
    with stage.opened() as opened, opened.app.app_context():
        call = replace(vendor.called(), keys=opened.holder.current(), now=clock.now(), actor=REPRESENTATIVE)
        made = Stage(call, itertools.count(1))
        made.product()
        seconds = tuple(_merged(made, number) for number in range(rounds + 1))[1:]
        return seconds, postgres_described(opened.postgres)


def _merged(made: Stage, number: int) -> float:
    ref = made.draft("merge", _lines(made, number))
    made.approve(ref)
    began = time.perf_counter()
    made.execute(ref)
    return time.perf_counter() - began


def _lines(made: Stage, number: int) -> list[LineSpec]:
    """Each license with two seats on each of two Modules, all of them to be on one new Module."""
    serials = [f"{number}-{place}" for place in range(MODULES)]
    made.modules(*serials, f"{number}-all")
    found = []
    for place in range(LICENSES):
        held = made.license(4)
        origins = dict.fromkeys((serials[place % MODULES], serials[(place + 1) % MODULES]), 2)
        for serial, seats in origins.items():
            made.bind(held, serial, seats)
        found.append(line(held, origins, {f"{number}-all": 4}))
    return found
