"""The engine, the base of all tables, and the two ways to work with them. Commit and rollback happen only here."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import psycopg
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool

from prolong_server.call import Call
from prolong_server.rules import errors

BUSY_SECONDS = 1.5
POOL_SECONDS = 1.0
LOOKUPS = "lookups"
P = ParamSpec("P")
T = TypeVar("T")

_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table; names of constraints follow one convention, so that migrations can name them."""

    metadata = MetaData(naming_convention=_CONVENTION)


db = SQLAlchemy(metadata=Base.metadata)


def configure(app: Flask, url: str, pool_size: int) -> None:
    """Bind the application to its database: SQLite with one writer and full durability, or PostgreSQL.

    There are two pools: one for transactions, and one whose connections commit each statement by itself, so that a
    lookup costs no round trip and no change of mode.
    """
    options = _engine_options(url, pool_size)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    app.config["SQLALCHEMY_BINDS"] = {LOOKUPS: {"url": url, **options, **_lookup_options(url)}}
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine, "BEGIN IMMEDIATE")
            _prepare_sqlite(db.engines[LOOKUPS], "BEGIN")


def _engine_options(url: str, pool_size: int) -> dict[str, object]:
    common: dict[str, object] = {"pool_timeout": POOL_SECONDS, "pool_size": pool_size, "max_overflow": 0}
    if url.startswith("sqlite"):
        return common | {"connect_args": {"isolation_level": None, "timeout": BUSY_SECONDS}}
    options = f"-c lock_timeout={int(BUSY_SECONDS * 1000)} -c timezone=UTC"
    wait = {"connect_timeout": 2, "tcp_user_timeout": 2000, "options": options, "application_name": "prolong"}
    return common | {"pool_use_lifo": True, "connect_args": wait}


def _lookup_options(url: str) -> dict[str, object]:
    return {} if url.startswith("sqlite") else {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    # A deferred transaction that turns from reading to writing can fail in the middle; a writer asks at once.
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


@contextmanager
def told_as_try_again() -> Iterator[None]:
    """Turn an outage (database away, pool exhausted, disk full, lock not to be had) into TryAgain."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as outage:
        raise errors.TryAgain from outage
    except (psycopg.OperationalError, psycopg.InterfaceError) as outage:
        if _is_broken(outage):
            # The driver was used directly, so the pools have not noticed that their connections may all be dead.
            for engine in db.engines.values():
                engine.dispose()
        raise errors.TryAgain from outage


def _is_broken(outage: psycopg.Error) -> bool:
    # SQLSTATE classes 08 (connection) and 57 (operator intervention, such as a shutdown); without one it was the line.
    return outage.sqlstate is None or outage.sqlstate.startswith(("08", "57"))


def transactional(work: Callable[Concatenate[Session, Call, P], T]) -> Callable[Concatenate[Call, P], T]:
    """Make `work(session, call, …)` a public service function `work(call, …)` of one transaction.

    Raises TryAgain when the database cannot answer; a commit whose answer was lost is told in the same way, because
    its outcome is unknown.
    """

    @wraps(work)
    def run(call: Call, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with told_as_try_again(), Session(db.engine, expire_on_commit=False) as session, session.begin():
            return work(session, call, *args, **kwargs)

    return run


def reading(work: Callable[Concatenate[Session, Call, P], T]) -> Callable[Concatenate[Call, P], T]:
    """Make `work(session, call, …)` a public service function that only reads and never waits for a writer."""

    @wraps(work)
    def run(call: Call, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with told_as_try_again(), Session(db.engines[LOOKUPS], expire_on_commit=False) as session:
            return work(session, call, *args, **kwargs)

    return run


@contextmanager
def lookups() -> Iterator[Connection]:
    """A connection on which each statement stands alone; for the single read of a hot path."""
    with told_as_try_again(), db.engines[LOOKUPS].connect() as connection:
        yield connection


@contextmanager
def transaction() -> Iterator[Connection]:
    """A connection in one transaction: committed at the end, rolled back by any exception."""
    with told_as_try_again(), db.engine.begin() as connection:
        yield connection


@contextmanager
def single_write() -> Iterator[Connection]:
    """A connection for a write that is one statement on PostgreSQL, where it needs no other transaction."""
    alone = db.engine.dialect.name == "postgresql"
    with lookups() if alone else transaction() as connection:
        yield connection


def connections_in_use() -> int:
    """How many connections of this process's pools are at work."""
    pools = [engine.pool for engine in db.engines.values()]
    return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))
