"""How long the merge of 50 Modules with 500 licenses takes on PostgreSQL, from the call to the commit (M6)."""

import itertools
import statistics
import time
from dataclasses import replace

from benchmarks import stage
from prolong_server import clock
from prolong_server.modules.request_specs import LineSpec
from tests import vendor
from tests.modules.stage import REPRESENTATIVE, Stage, line

TARGET = 2.0
MODULES = 50
LICENSES = 500


def run(rounds: int) -> None:
    """Merge as often as there are rounds, each time other Modules, and print what was measured."""
    seconds = measured(rounds)
    print(
        f"  {MODULES} Modules, {LICENSES} licenses on two of them each: median {statistics.median(seconds):.2f} s ",
        end="",
    )
    print(f"({min(seconds):.2f} to {max(seconds):.2f}; wanted: under {TARGET:.0f} s)", flush=True)


def measured(rounds: int) -> tuple[float, ...]:
    """The seconds of each merge, the first one, which warms up, not counted."""
    with stage.opened() as opened, opened.app.app_context():
        call = replace(vendor.called(), keys=opened.holder.current(), now=clock.now(), actor=REPRESENTATIVE)
        made = Stage(call, itertools.count(1))
        made.product()
        return tuple(_merged(made, number) for number in range(rounds + 1))[1:]


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
