"""An upgrade finds a database of the release before, with what people have done in it, and keeps and completes it."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from prolong_server import create_app
from prolong_server import db as databases
from prolong_server.config import Settings
from prolong_server.operations import schema

FIRST = "7ffec7d7e6f6"
AT = "2026-03-10 22:30:00+00:00"
# What the first release wrote: a dealer with three entries, an order of four codes, two voided in one call, one alone.
ROWS = """
    INSERT INTO products (id, code, name, latest_version, renewal_basis, renewal_grace_months, max_advance_years,
        machine_check, refresh_days, web_origins, created_at)
    VALUES (1, 'shield', 'Shield', '9.10', 'from_expiry', 1, 6, 'off', 7, '', :at);
    INSERT INTO editions (id, product_id, code, name, kind, periods, territory)
    VALUES (2, 1, 'home', 'Home', 'home', '1 2', 'any');
    INSERT INTO dealers (id, name, country, territories, currency, credit_limit, balance, discount_percent, status,
        created_at)
    VALUES (3, 'Soft', 'UA', 'UA', 'EUR', 0, 2500, 0, 'active', :at);
    INSERT INTO orders (id, dealer_id, edition_id, kind, license_class, period_years, seats, quantity, territories,
        unit_price, total, currency, status, test, ordered_on, created_at, sealed_until)
    VALUES (4, 3, 2, 'renewal', 'standard', 1, 1, 4, 'UA', 1000, 4000, 'EUR', 'issued', false, '2026-03-10', :at, :at);
    INSERT INTO codes (digest, order_id, key_id, state, voided_at)
    VALUES (:one, 4, 1, 2, :at), (:two, 4, 1, 2, :at), (:three, 4, 1, 2, :later), (:four, 4, 1, 0, NULL);
    INSERT INTO account_entries (dealer_id, kind, amount, currency, order_id, created_at)
    VALUES (3, 'payment', 3500, 'EUR', NULL, :at), (3, 'order', -4000, 'EUR', 4, :at), (3, 'void', 3000, 'EUR', 4, :at)
"""
# What it goes on writing while hosts of both releases run beside each other.
LATER = """
    INSERT INTO dealers (id, name, country, territories, currency, credit_limit, balance, discount_percent, status,
        created_at)
    VALUES (5, 'Soft', 'UA', 'UA', 'EUR', 0, 1, 0, 'active', :at);
    INSERT INTO account_entries (dealer_id, kind, amount, currency, created_at) VALUES (5, 'payment', 1, 'EUR', :at);
    INSERT INTO audit_events (at, actor, request_id, action, object_id)
    VALUES (:at, 'system', 'r', 'dealer.created', 'dlr_5')
"""
VALUES = {"at": AT, "later": "2026-03-11 08:00:00+00:00"} | {
    name: bytes([number]) * 16 for number, name in enumerate(("one", "two", "three", "four"), 1)
}


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request, tmp_path: Path):
    """An application on a database with the tables of the first release and these rows in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        url = request.getfixturevalue("postgres").create("of_the_first_release")
    app = create_app(Settings(database_url=url, data_dir=tmp_path))
    with app.app_context():
        schema._with_connection(lambda config: command.upgrade(config, FIRST))
        write(ROWS)
        yield create_engine(url, poolclass=NullPool)
        for engine in databases.db.engines.values():
            engine.dispose()
    if request.param == "postgresql":
        request.getfixturevalue("postgres").drop("of_the_first_release")


def write(statements: str) -> None:
    with databases.transaction() as connection:
        for one in statements.split(";"):
            connection.execute(text(one), {name: value for name, value in VALUES.items() if f":{name}" in one})


def rows(engine: Engine, statement: str) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_an_upgrade_keeps_the_entries_and_fills_in_their_balances(old):
    schema.upgrade()
    assert schema.is_current()
    assert rows(old, "SELECT amount, balance FROM account_entries ORDER BY id") == [
        (3500, 3500),
        (-4000, -500),
        (3000, 2500),
    ]


def test_the_voids_of_the_past_are_recorded_one_for_each_call(old):
    schema.upgrade()
    found = rows(old, "SELECT order_id, codes, credited, actor, CAST(voided_on AS text) FROM voids ORDER BY id")
    assert found == [(4, 2, 2000, None, "2026-03-10"), (4, 1, 1000, None, "2026-03-11")]


def test_an_upgrade_begins_with_empty_books_and_no_chain(old):
    schema.upgrade()
    for table in ("totals", "expiries", "events", "mails", "audit_heads", "reversals"):
        assert rows(old, f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_release_before_can_still_write_its_rows(old):
    schema.upgrade()
    write(LATER)
    assert rows(old, "SELECT balance FROM account_entries WHERE dealer_id = 5") == [(None,)]
    assert rows(old, "SELECT quota_codes, quota_used FROM dealers WHERE id = 5") == [(None, 0)]
