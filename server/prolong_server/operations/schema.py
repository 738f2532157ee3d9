"""The tables' history: bring a database to the newest tables, and say whether it is there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from time import sleep
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from prolong_server import db, migrations
from prolong_server.db import Base
from prolong_server.rules import errors

# The name of PostgreSQL's advisory lock that is held during an upgrade: "prolong" in ASCII.
_UPGRADING: Final = 0x70726F6C6F6E67
_IN_THE_WAY: Final = (LockNotAvailable, DeadlockDetected)
# Each attempt waits for a lock as long as every transaction does; between them the others get their turn.
_ATTEMPTS: Final = 20
_PAUSE: Final = 0.5


def upgrade() -> None:
    """Apply every migration that is missing: on PostgreSQL each in a transaction of its own, on SQLite all in one.

    Of several processes one upgrades while the others wait. A table that others have locked is tried again for a
    while, then TryAgain is raised; what was applied until then stays, and the next upgrade goes on from there.
    """
    _with_connection(lambda config: command.upgrade(config, "head"))


def new_revision(message: str) -> None:
    """For developers: write a migration from the difference between the tables and the models."""
    _with_connection(lambda config: command.revision(config, message, autogenerate=True))


def is_current() -> bool:
    """Whether the database answers and holds at least the tables of this release.

    A revision that this release does not know is a newer one: migrations run beside the previous release.
    """
    known, newest = _revisions()
    try:
        with db.lookups() as connection:
            present = set(_heads(connection))
    except errors.TryAgain:
        return False
    return bool(present) and (present == newest or not present <= known)


@cache
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """All revisions that this release knows, and the newest of them."""
    scripts = ScriptDirectory(migrations.DIRECTORY)
    return frozenset(script.revision for script in scripts.walk_revisions()), frozenset(scripts.get_heads())


def differences() -> list[object]:
    """Where the tables of the database differ from the models; none after an upgrade."""
    with db.lookups() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _heads(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


def _with_connection(run: Callable[[Config], object]) -> None:
    config = Config()
    config.set_main_option("script_location", migrations.DIRECTORY.replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    # SQLite has one writer: a transaction around all keeps others from upgrading, and an upgrade from stopping halfway.
    with _alone() if db.db.engine.dialect.name == "postgresql" else db.transaction() as connection:
        config.attributes["connection"] = connection
        _run_patiently(connection, lambda: run(config))


@contextmanager
def _alone() -> Iterator[Connection]:
    """A connection outside any transaction, of which there is one at a time; closing it lets the next one go on."""
    with db.told_as_try_again(), db.db.engine.connect() as connection:
        # Asked again and again, because a statement that waited would itself be waited for by the building of indexes.
        while not connection.scalar(select(func.pg_try_advisory_lock(_UPGRADING))):
            connection.rollback()
            sleep(_PAUSE)
        connection.rollback()
        try:
            yield connection
        finally:
            connection.invalidate()


def _run_patiently(connection: Connection, run: Callable[[], object]) -> None:
    for remaining in reversed(range(_ATTEMPTS)):
        try:
            run()
        except OperationalError as failure:
            if not isinstance(failure.orig, _IN_THE_WAY) or not remaining:
                raise
            connection.rollback()
            sleep(_PAUSE)
        else:
            return
