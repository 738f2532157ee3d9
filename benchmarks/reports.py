"""How long leads and reports take through the door, with nothing posted and with all posted, on both databases."""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import text

from benchmarks import stage
from benchmarks.figures import Figure, Findings
from prolong_server import clock, db
from prolong_server.access import dealer_tokens, staff
from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.call import Call
from prolong_server.channel import postings
from prolong_server.operations.keys import Holder
from prolong_server.rules import identifiers
from prolong_server.rules.actors import Role, Scope
from tests import vendor
from tests.reporting import year
from tests.reporting.year import Seed

TARGET = 300.0
YEAR = "from={year}&to={today}"
QUESTIONS = (
    ("the largest dealer's leads of 60 days", "dealer", "/v1/leads"),
    ("the same, 500 of 1,000 days", "dealer", "/v1/leads?expiring_within_days=1000&limit=500"),
    ("all dealers' leads of 60 days", "staff", "/v1/leads"),
    ("redemptions of the last 30 days", "dealer", "/v1/reports/redemptions"),
    ("redemptions of a year by day", "dealer", f"/v1/reports/redemptions?{YEAR}"),
    ("redemptions of a year by week, all dealers", "staff", f"/v1/reports/redemptions?{YEAR}&by=week"),
    ("redemptions of a year by month and dealer", "staff", f"/v1/reports/redemptions?{YEAR}&by=month&group=dealer"),
    ("redemptions of a year by month and country", "staff", f"/v1/reports/redemptions?{YEAR}&by=month&group=country"),
    ("renewals of a year by month", "dealer", f"/v1/reports/renewals?{YEAR}&by=month"),
    ("renewals of a year by month and edition", "staff", f"/v1/reports/renewals?{YEAR}&by=month&group=edition"),
    ("revenue of a year by month", "dealer", f"/v1/reports/revenue?{YEAR}&by=month"),
    ("revenue of a year by day and product", "staff", f"/v1/reports/revenue?{YEAR}&group=product"),
)


def run(size: int, rounds: int) -> Findings:
    """Seed, ask with nothing posted, post, ask again: on PostgreSQL and on SQLite."""
    # The log of requests would hide the numbers.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    figures: list[Figure] = []
    with stage.opened() as opened:
        figures += _measure("PostgreSQL", opened.app, opened.holder, size, rounds)
    with stage.embedded() as site:
        figures += _measure("SQLite", site.app, site.holder, size, rounds)
    return Findings("reports", {"licenses": size, "rounds": rounds}, tuple(figures))


def _measure(name: str, app: Flask, holder: Holder, size: int, rounds: int) -> list[Figure]:
    with app.app_context():
        call = replace(vendor.called(), keys=holder.current(), now=clock.now())
        began = time.perf_counter()
        year.fill(Seed(size, call.now))
        _analyze()
        tokens = _tokens(call)
    print(f"{name}: {size} licenses and codes seeded in {time.perf_counter() - began:.0f} s", flush=True)
    before = _asked(app, tokens, call, 0)
    with app.app_context():
        parts, seconds = _post(call)
        _analyze()
    print(f"  posted in {parts} parts, {sum(seconds):.1f} s, the longest {max(seconds) * 1000:.0f} ms")
    after = _asked(app, tokens, call, rounds)
    return [_figure(name, question, before[question], after[question]) for question, _, _ in QUESTIONS]


def _figure(database: str, question: str, before: Sequence[float], after: Sequence[float]) -> Figure:
    print(f"  {question:45} nothing posted {before[0]:7.0f} ms", flush=True)
    return Figure(f"{database}: {question}", tuple(after), "ms", at_most=TARGET)


def _analyze() -> None:
    with db.db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
    if db.db.engine.dialect.name == "sqlite":
        with db.transaction() as connection:
            connection.execute(text("ANALYZE"))


def _tokens(call: Call) -> dict[str, str]:
    largest = identifiers.show("dlr", year.DEALERS[0])
    _, token = dealer_tokens.create(call, largest, TokenSpec("bench", tuple(Scope)))
    return {"dealer": token, "staff": staff.add(call, "bench@vendor.example", Role.AUDITOR)[1]}


def _post(call: Call) -> tuple[int, list[float]]:
    seconds: list[float] = []
    while True:
        began = time.perf_counter()
        if not postings.post(call):
            return len(seconds), seconds
        seconds.append(time.perf_counter() - began)


def _asked(app: Flask, tokens: dict[str, str], call: Call, rounds: int) -> dict[str, list[float]]:
    """The milliseconds of each question, the first answer, which warms up, not counted.

    With no rounds it is the first answer alone.
    """
    days = {"today": call.today, "year": call.today - timedelta(days=364)}
    found = {}
    for question, who, address in QUESTIONS:
        times = [_timed(app, tokens[who], address.format(**days)) for _ in range(rounds + 1)]
        found[question] = times[1:] or times
    return found


def _timed(app: Flask, token: str, address: str) -> float:
    began = time.perf_counter()
    answer = app.test_client().get(address, headers={"Authorization": f"Bearer {token}"})
    elapsed = (time.perf_counter() - began) * 1000
    if answer.status_code != 200 or not answer.get_json()["items"]:
        raise SystemExit(f"{address} was answered {answer.status_code}, so the times are worth nothing.")
    return elapsed
