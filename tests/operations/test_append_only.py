"""The ledger of the migrated tables: filled in once, then closed to changes."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from prolong_server import migrations

BEFORE, AFTER = "7ffec7d7e6f6", "b1a4c0d87e21"
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


@pytest.fixture
def unmigrated(request, tmp_path):
    """The URL of an empty database of a kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    server = request.getfixturevalue("postgres")
    yield server.create("ledger_of_old")
    server.drop("ledger_of_old")


@pytest.mark.parametrize("unmigrated", ["sqlite", "postgresql"], indirect=True)
def test_entries_that_were_there_get_the_balance_after_them_by_the_migration(unmigrated):
    config = Config()
    config.set_main_option("script_location", migrations.DIRECTORY)
    with create_engine(unmigrated, poolclass=NullPool).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        for dealer in (7, 8):
            connection.execute(text(DEALER), {"id": dealer})
        for dealer, amount in [(7, 500), (8, 20), (7, -300), (8, -50), (7, 1)]:
            connection.execute(text(ENTRY), {"dealer": dealer, "amount": amount})
        command.upgrade(config, AFTER)
        # The release before goes on writing beside the new tables.
        connection.execute(text(ENTRY), {"dealer": 7, "amount": 5})
        connection.execute(text(DEALER), {"id": 9})
        rows = connection.execute(text("SELECT dealer_id, balance FROM account_entries ORDER BY id")).all()
        assert rows == [(7, 500), (8, 20), (7, 200), (8, -30), (7, 201), (7, None)]
        quotas = connection.execute(text("SELECT quota_codes, quota_used FROM dealers")).all()
        assert quotas == [(None, 0)] * 3
