"""The engine, the base of all tables, and the two ways to work with them. Commit and rollback happen only here."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool

from prolong_server import lane, lane_connections
from prolong_server.call import Call
from prolong_server.rules import errors

BUSY_SECONDS = 1.5
# Whole ones: SQLAlchemy takes a fraction of a second for none.
POOL_SECONDS = 1
LOOKUPS = "lookups"
LANE = "lane"
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
    lookup costs no round trip and no change of mode; on PostgreSQL a lane has a third, of the latter kind.
    """
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(url, pool_size)
    lookups = _engine_options(url, pool_size) | _lookup_options(url)
    app.config["SQLALCHEMY_BINDS"] = {LOOKUPS: {"url": url, **lookups}}
    if not url.startswith("sqlite"):
        # Whoever leads in a lane must not wait for a connection; there are more leaders than one only when one is lost.
        in_lane = lookups | {"pool_size": lane.KEPT, "pool_timeout": 0}
        app.config["SQLALCHEMY_BINDS"][LANE] = {"url": url, **in_lane}
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine, "BEGIN IMMEDIATE")
            _prepare_sqlite(db.engines[LOOKUPS], "BEGIN")
        else:
            for name, engine in db.engines.items():
                event.listen(engine, "checkout", _refuse_dead)
                event.listen(engine, "do_connect", lane_connections.connecting(in_lane=name == LANE))


def _engine_options(url: str, pool_size: int) -> dict[str, object]:
    # What was used last has most ready: pages, statements, a way that is warm.
    kept: dict[str, object] = {"pool_size": pool_size, "max_overflow": 0, "pool_use_lifo": True}
    common = kept | {"pool_timeout": POOL_SECONDS}
    if url.startswith("sqlite"):
        return common | {"connect_args": {"isolation_level": None, "timeout": BUSY_SECONDS}}
    return common | {"connect_args": _connect_args("")}


def _connect_args(more: str) -> dict[str, object]:
    options = f"-c lock_timeout={int(BUSY_SECONDS * 1000)} -c timezone=UTC {more}"
    return {"connect_timeout": 2, "tcp_user_timeout": 2000, "options": options, "application_name": "prolong"}


def _lookup_options(url: str) -> dict[str, object]:
    if url.startswith("sqlite"):
        return {}
    # A plan is kept for long, and one made while a table was small would read the whole of it when it has grown. To
    # compile one takes longer than to follow it, which older servers do when a scan that is off cannot be left out.
    planning = "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off"
    options = {"connect_args": _connect_args(planning)}
    return options | {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}


def _refuse_dead(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    # The pool then opens a new one.
    if lane_connections.is_dead(connection):
        raise DisconnectionError


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
    except IntegrityError as conflict:
        if _names_something_gone(conflict):
            raise errors.TryAgain from conflict
        raise
    except (DBAPIError, psycopg.Error, sqlite3.Error) as failure:
        cause = failure.orig if isinstance(failure, DBAPIError) else failure
        if _ends_connections(cause):
            # The pools have not noticed it, because the driver was used directly or the line itself is sound.
            for engine in db.engines.values():
                engine.dispose()
        elif not isinstance(cause, _OUTAGES):
            raise
        raise errors.TryAgain from failure


def _names_something_gone(conflict: IntegrityError) -> bool:
    # Something that was there when it was looked up was removed meanwhile; the same request will be told so.
    return isinstance(conflict.orig, psycopg.errors.ForeignKeyViolation)


_OUTAGES = (psycopg.OperationalError, psycopg.InterfaceError, sqlite3.OperationalError, sqlite3.InterfaceError)
# What only a new connection helps against, by SQLSTATE: class 08 (connection) and 57 (operator intervention, such as a
# shutdown), 25006 (the server has become a standby), 0A000 (a migration has changed what a prepared plan answers).
_ENDING = ("08", "57", "25006", "0A000")


def _ends_connections(cause: object) -> bool:
    if not isinstance(cause, psycopg.Error):
        return False
    # Without a SQLSTATE an outage is one of the line.
    return isinstance(cause, _OUTAGES) if cause.sqlstate is None else cause.sqlstate.startswith(_ENDING)


def transactional(work: Callable[Concatenate[Session, Call, P], T]) -> Callable[Concatenate[Call, P], T]:
    """Make `work(session, call, …)` a public service function `work(call, …)` of one transaction.

    Raises TryAgain when the database cannot answer; a commit whose answer was lost is told in the same way, because
    its outcome is unknown.
    """

    @lane.blocking
    @wraps(work)
    def run(call: Call, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with told_as_try_again(), Session(db.engine, expire_on_commit=False) as session, session.begin():
            return work(session, call, *args, **kwargs)

    return run


def reading(work: Callable[Concatenate[Session, Call, P], T]) -> Callable[Concatenate[Call, P], T]:
    """Make `work(session, call, …)` a public service function that only reads and never waits for a writer."""

    @lane.blocking
    @wraps(work)
    def run(call: Call, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with told_as_try_again(), Session(_for_reading(), expire_on_commit=False) as session:
            return work(session, call, *args, **kwargs)

    return run


def snapshot(work: Callable[Concatenate[Session, Call, P], T]) -> Callable[Concatenate[Call, P], T]:
    """As `reading`, for several statements that must all see the same state of the database."""

    @lane.blocking
    @wraps(work)
    def run(call: Call, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with told_as_try_again(), Session(_for_reading("REPEATABLE READ"), expire_on_commit=False) as session:
            return work(session, call, *args, **kwargs)

    return run


def _for_reading(isolation: str = "AUTOCOMMIT") -> Engine:
    # Lists and sums want the planner's whole freedom, which the pool of lookups does not have on PostgreSQL.
    if db.engine.dialect.name == "sqlite":
        return db.engines[LOOKUPS]
    return db.engine.execution_options(isolation_level=isolation)


@contextmanager
def lookups() -> Iterator[Connection]:
    """A connection on which each statement stands alone; for the single read of a hot path."""
    with told_as_try_again(), _lookup_connection() as connection:
        yield connection


def _lookup_connection() -> AbstractContextManager[Connection]:
    if lane.present() is None or not stands_aside():
        return db.engines[LOOKUPS].connect()
    return lane_connections.connected(db.engines[LANE])


def stands_aside() -> bool:
    """Whether a lookup in a lane leaves it to others while it waits; on SQLite a thread has to wait for it."""
    return db.engine.dialect.name != "sqlite"


@contextmanager
def transaction() -> Iterator[Connection]:
    """A connection in one transaction: committed at the end, rolled back by any exception."""
    with told_as_try_again(), db.engine.begin() as connection:
        yield connection


def insert_for(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, as the session's database writes it."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def kept(name: str, make: Callable[[], T]) -> T:
    """What this process keeps under a name for the present application and its database, made at its first use."""
    found = current_app.extensions
    if name not in found:
        # Of two who make one at the same moment, the first has made it.
        found.setdefault(name, make())
    thing: T = found[name]
    return thing


def connections_in_use() -> int:
    """How many connections of this process's pools are at work."""
    pools = [engine.pool for engine in db.engines.values()]
    return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))
