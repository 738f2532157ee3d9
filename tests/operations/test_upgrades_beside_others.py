"""An upgrade of a live PostgreSQL database: it waits for others for a while, and they never wait long for it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import make_url

from prolong_server.operations import schema
from tests.operations.test_upgrades import FIRST
from tests.room import opened

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid() AND {}"
ON_DEALERS = WAITING.format("relation = 'dealers'::regclass")
# The build of an index waits for a transaction, not for a table.
ON_A_TRANSACTION = WAITING.format("locktype = 'virtualxid'")
IN_THE_WAY_OF_OTHERS = """
    SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE relnamespace = 'public'::regnamespace
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
INDEXED = "ix_customers_email"


@pytest.fixture
def url(postgres, tmp_path: Path) -> Iterator[str]:
    """A database with the tables of the first release."""
    made = postgres.create("upgraded_live")
    with opened(made):
        schema._with_connection(lambda config: command.upgrade(config, FIRST))
    yield made
    postgres.drop("upgraded_live")


@contextmanager
def connected(url: str, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=autocommit) as connection:
        yield connection


@contextmanager
def upgrading(url: str, times: int = 1) -> Iterator[list[Future[bool]]]:
    """Upgrades in threads; at the end each is through."""

    def upgrade() -> bool:
        with opened(url):
            schema.upgrade()
            return schema.is_current()

    with ThreadPoolExecutor(times) as threads:
        running = [threads.submit(upgrade) for _ in range(times)]
        yield running
    assert [each.result() for each in running] == [True] * times


@contextmanager
def at_last(do: Callable[[], object]) -> Iterator[None]:
    try:
        yield
    finally:
        do()


def until(condition: Callable[[], bool], running: Future[bool]) -> None:
    while not condition():
        assert not running.done(), running.exception()


def test_an_upgrade_outlasts_a_transaction_that_holds_a_table_for_longer_than_one_wait(url):
    with connected(url) as writer, connected(url, autocommit=True) as seen:
        writer.execute("LOCK TABLE dealers IN ROW EXCLUSIVE MODE")
        with upgrading(url) as (running,), at_last(writer.rollback):
            until(lambda: waits(seen, ON_DEALERS), running)
            until(lambda: not waits(seen, ON_DEALERS), running)
            until(lambda: waits(seen, ON_DEALERS), running)


def waits(seen: psycopg.Connection, what: str) -> bool:
    row = seen.execute(what).fetchone()
    return row is not None and row[0] > 0


def test_while_an_index_is_built_every_table_can_be_read_and_written(url):
    with connected(url) as old, connected(url, autocommit=True) as seen:
        old.execute("LOCK TABLE licenses IN ROW EXCLUSIVE MODE")
        with upgrading(url) as (running,), at_last(old.rollback):
            until(lambda: waits(seen, ON_A_TRANSACTION), running)
            assert seen.execute(IN_THE_WAY_OF_OTHERS).fetchall() == []


def test_an_index_whose_build_was_broken_off_is_built_anew(url):
    broken = "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass"
    with connected(url, autocommit=True) as seen:
        seen.execute(f"CREATE INDEX {INDEXED} ON customers (lower(email))")
        seen.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [INDEXED])
        with upgrading(url):
            pass
        assert seen.execute(broken, [INDEXED]).fetchone() == (True,)


def test_of_two_upgrades_at_once_one_waits_for_the_other(url):
    with upgrading(url, times=2):
        pass
