"""What a redemption costs, counted where it happens: on the wire to PostgreSQL, and inside SQLite."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event

from prolong_server import db
from prolong_server.licensing import batches, redemptions
from prolong_server.licensing.batches import Redeeming
from prolong_server.licensing.cases import Asked
from prolong_server.licensing.settling import Outcome
from prolong_server.operations import webhook_endpoints, webhooks
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import codes
from prolong_server.rules.errors import Refusal
from tests import vendor

pytestmark = pytest.mark.usefixtures("room")
_CONTROL = re.compile(r"BEGIN|COMMIT|ROLLBACK|PRAGMA|SAVEPOINT|RELEASE", re.IGNORECASE)
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)", re.IGNORECASE)
_SENT = re.compile(r"\tF\t\d+\t(?:Query|Parse)\t[^\n]*?\"([^\"]*(?:SELECT|INSERT|UPDATE|DELETE|WITH)[^\"]*)\"")
_EXECUTED = re.compile(r"\tF\t\d+\t(?:Query|Execute)\t")


@contextmanager
def counted(folder: Path) -> Iterator[list[str]]:
    """The statements that are sent while the block runs; a list that is filled at its end."""
    statements: list[str] = []
    if db.db.engine.dialect.name == "sqlite":
        yield from _counted_sqlite(statements)
    else:
        yield from _counted_postgres(statements, folder / "wire")


def _counted_sqlite(statements: list[str]) -> Iterator[list[str]]:
    def trace(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(statements.append)

    for engine in db.db.engines.values():
        engine.dispose()
        event.listen(engine, "connect", trace)
    yield statements
    for engine in db.db.engines.values():
        event.remove(engine, "connect", trace)
        engine.dispose()
    statements[:] = [text for text in statements if not _CONTROL.match(text)]


def _counted_postgres(statements: list[str], file: Path) -> Iterator[list[str]]:
    with file.open("w+b") as wire:

        def trace(connection: psycopg.Connection, *_: object) -> None:
            connection.pgconn.trace(wire.fileno())

        for engine in db.db.engines.values():
            engine.dispose()
            event.listen(engine, "connect", trace)
            with engine.connect():
                pass
        wire.truncate(0)
        yield statements
        for engine in db.db.engines.values():
            event.remove(engine, "connect", trace)
            engine.dispose()
        wire.seek(0)
        text = wire.read().decode()
        executed = len(_EXECUTED.findall(text)) - len(re.findall(r'\tQuery\t[^\n]*"(?:BEGIN|COMMIT|ROLLBACK)', text))
        statements[:] = _SENT.findall(text)
        assert len(statements) <= executed
        statements += ["repeated"] * (executed - len(statements))


def test_a_success_costs_at_most_four_statements(tmp_path):
    shop = vendor.found()
    held = vendor.license_()
    registering, code = vendor.codes(shop, 2)
    redemptions.redeem(vendor.called(), vendor.renewal(registering, held.license_key))
    with counted(tmp_path) as statements:
        assert redemptions.redeem(vendor.called(), vendor.renewal(code, held.license_key)).first
    assert len(statements) == (2 if db.db.engine.dialect.name == "postgresql" else 4)


def test_many_redemptions_at_once_cost_as_many_statements_as_one(tmp_path):
    shop = vendor.found()
    forms = [vendor.renewal(code, vendor.license_().license_key) for code in vendor.codes(shop, 9)]
    with counted(tmp_path) as statements:
        done = batches.answer_all([Redeeming(Asked(vendor.called(), form, codes.read(form.code))) for form in forms])
    assert all(isinstance(one, Outcome) and one.first for one in done)
    # All of them register a machine.
    assert len(statements) == (2 if db.db.engine.dialect.name == "postgresql" else 5)


def test_an_endpoint_that_wants_to_be_told_costs_no_statement_on_postgresql(tmp_path):
    shop = vendor.found()
    webhook_endpoints.create(vendor.called(), EndpointSpec("https://hooks.example", ("license.renewed",)))
    held = vendor.license_()
    registering, code = vendor.codes(shop, 2)
    redemptions.redeem(vendor.called(), vendor.renewal(registering, held.license_key))
    with counted(tmp_path) as statements:
        redemptions.redeem(vendor.called(), vendor.renewal(code, held.license_key))
    assert len(statements) == (2 if db.db.engine.dialect.name == "postgresql" else 5)
    assert webhooks.dispatch(vendor.called()) == 2


def test_a_repetition_costs_one_read(tmp_path):
    shop = vendor.found()
    held = vendor.license_()
    form = vendor.renewal(vendor.codes(shop)[0], held.license_key)
    redemptions.redeem(vendor.called(), form)
    with counted(tmp_path) as statements:
        assert not redemptions.redeem(vendor.called(), form).first
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("days_left", "key", "reads"),
    [(-40, None, 1), (30, "NO-SUCH-KEY", 1)],
    ids=["too late", "unknown license"],
)
def test_a_refusal_costs_one_read_and_no_write(tmp_path, days_left, key, reads):
    shop = vendor.found()
    held = vendor.license_(days_left=days_left)
    code = vendor.codes(shop)[0]
    with counted(tmp_path) as statements, pytest.raises(Refusal):
        redemptions.redeem(vendor.called(), vendor.renewal(code, key or held.license_key))
    assert len(statements) == reads
    assert not any(_WRITES.match(text) for text in statements)


def test_a_malformed_code_costs_no_statement(tmp_path):
    vendor.found()
    with counted(tmp_path) as statements, pytest.raises(Refusal):
        redemptions.redeem(vendor.called(), vendor.renewal("WXWCB-YB6WK-952SW-A0432-CF1XX", "KEY-1"))
    assert statements == []


def test_an_unknown_code_costs_two_reads_and_no_write(tmp_path):
    vendor.found()
    with counted(tmp_path) as statements, pytest.raises(Refusal):
        redemptions.redeem(vendor.called(), vendor.renewal("WXWCB-YB6WK-952SW-A0432-CF1XG", "KEY-1"))
    assert len(statements) == 2
    assert not any(_WRITES.match(text) for text in statements)
