"""Once all is posted, no lead and no report reads a table of facts from one end to the other (PostgreSQL)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from prolong_server import db
from prolong_server.channel import leads, postings, reports
from prolong_server.channel.totals import Question
from prolong_server.rules import identifiers
from prolong_server.rules.actors import Actor, Role
from prolong_server.rules.periods import Period
from tests import vendor
from tests.reporting import year
from tests.reporting.history import dealer_actor
from tests.room import furnish, opened

SIZE = 60_000
FACTS = {"licenses", "codes", "redemptions"}
STAFF = Actor(kind="staff", id=1, role=Role.AUDITOR)
LARGEST = identifiers.show("dlr", year.DEALERS[0])
SMALLEST = identifiers.show("dlr", year.DEALERS[-1])
GROUPS = (None, "product", "edition", "country", "dealer")


@pytest.fixture(scope="module")
def filled(postgres) -> Iterator[None]:
    """A year of a vendor, posted, with the planner's statistics."""
    url = furnish(postgres.create("plans"))
    with opened(url):
        year.fill(year.Seed(SIZE, vendor.called().now))
        analyze()
        while postings.post(vendor.called()):
            pass
        analyze()
        yield
    postgres.drop("plans")


def analyze() -> None:
    with db.db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def sent() -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent while the block runs, with their values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        found.append((statement, values))

    event.listen(db.db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.db.engine, "before_cursor_execute", note)


def scanned(statement: str, values: Any) -> set[str]:
    """The tables that the plan of a statement reads whole."""
    with db.db.engine.connect() as connection:
        told = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    plan = told if isinstance(told, list) else json.loads(told)
    return {node["Relation Name"] for node in nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def questions() -> Iterator[tuple[str, Any]]:
    today = vendor.TODAY
    for who, actor in (("staff", STAFF), ("largest", dealer_actor(LARGEST)), ("smallest", dealer_actor(SMALLEST))):
        call = vendor.called(actor=actor)
        for days in (0, 60, 1000):
            yield f"{who}: leads of {days} days", lambda call=call, days=days: leads.list_all(call, days)
        for group in GROUPS:
            for span, by in ((29, Period.DAY), (364, Period.WEEK), (900, Period.MONTH)):
                asked = Question(today - timedelta(days=span), today, by, group=group)
                for report in (reports.redemptions, reports.renewals, reports.revenue):
                    name = f"{who}: {report.__name__} of {span} days by {group}"
                    yield name, lambda call=call, asked=asked, report=report: report(call, asked)


def test_no_answer_reads_a_table_of_facts_whole(filled):
    wrong = {}
    for name, ask in questions():
        with sent() as statements:
            ask()
        assert statements
        read = {table for statement, values in statements for table in scanned(statement, values)} & FACTS
        if read:
            wrong[name] = read
    assert wrong == {}


def test_a_page_of_leads_reads_about_as_many_licenses_as_it_tells(filled):
    with sent() as statements:
        page = leads.list_all(vendor.called(actor=dealer_actor(LARGEST)), 1000)
    assert len(page.items) == 50
    assert sum(rows_read(*one) for one in statements) < 1500


def rows_read(statement: str, values: Any) -> float:
    """How many rows the scans of a statement yielded."""
    with db.db.engine.connect() as connection:
        told = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
    scans = [node for node in nodes(told[0]["Plan"]) if node["Node Type"].endswith("Scan")]
    return float(sum(node["Actual Rows"] * node["Actual Loops"] for node in scans))


CHANGES = {
    "licenses": "UPDATE licenses SET expires_on = expires_on + 1, seq = seq + 1, changed_at = now() WHERE id IN "
    "(SELECT id FROM licenses TABLESAMPLE BERNOULLI (1))",
    "redemptions": "UPDATE redemptions SET reversed_at = now() WHERE code IN "
    "(SELECT code FROM redemptions ORDER BY redeemed_at DESC LIMIT 1)",
}


@pytest.mark.parametrize("table", CHANGES)
def test_no_index_of_a_report_is_written_when_a_fact_changes(filled, table):
    with db.db.engine.connect() as connection:
        changed = connection.exec_driver_sql(CHANGES[table]).rowcount
        counted = f"SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = '{table}'"
        updated, within_page = connection.exec_driver_sql(counted).one()
        connection.rollback()
    assert changed == updated > 0
    # A page without room for the new row is the only reason for another page and so for new entries in indexes.
    assert within_page >= 0.9 * updated
