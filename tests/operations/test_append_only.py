"""The ledger of the migrated tables: filled in once, then closed to changes."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

DEALER = """
    INSERT INTO dealers (id, name, country, territories, currency, credit_limit, balance, discount_percent, status,
                         created_at)
    VALUES (:id, 'Soft', 'UA', 'UA', 'EUR', 0, 0, 0, 'active', '2026-01-01 00:00:00+00')
"""
ENTRY = """
    INSERT INTO account_entries (dealer_id, kind, amount, currency, created_at)
    VALUES (:dealer, 'payment', :amount, 'EUR', '2026-01-01 00:00:00+00')
"""


@pytest.fixture
def engine(database_url):
    made = create_engine(database_url, poolclass=NullPool)
    with made.begin() as connection:
        connection.execute(text(DEALER), {"id": 7})
        connection.execute(text(ENTRY), {"dealer": 7, "amount": 500})
    return made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account_entries SET amount = 1",
        "UPDATE account_entries SET balance = 1 WHERE balance IS NULL",
        "UPDATE account_entries SET reason = 'x' WHERE dealer_id = 7",
        "DELETE FROM account_entries",
        "DELETE FROM account_entries WHERE dealer_id = 7",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(engine, statement):
    with engine.connect() as connection:
        with pytest.raises(IntegrityError, match="appended, never changed"):
            connection.execute(text(statement))
        connection.rollback()
        assert connection.execute(text("SELECT amount FROM account_entries")).scalars().all() == [500]


def test_a_ledger_cannot_be_emptied_at_once_either(engine):
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection, pytest.raises(IntegrityError, match="appended, never changed"):
            connection.execute(text("TRUNCATE account_entries"))
