"""The tables' history: bring a database to the newest tables, and say whether it is there."""

from collections.abc import Callable

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from prolong_server import db, migrations
from prolong_server.db import Base
from prolong_server.rules import errors


def upgrade() -> None:
    """Apply every migration that is missing, each in a transaction of its own where the database can."""
    _with_connection(lambda config: command.upgrade(config, "head"))


def new_revision(message: str) -> None:
    """For developers: write a migration from the difference between the tables and the models."""
    _with_connection(lambda config: command.revision(config, message, autogenerate=True))


def is_current() -> bool:
    """Whether the database answers and holds at least the tables of this release.

    A revision that this release does not know is a newer one: migrations run beside the previous release.
    """
    known = {script.revision for script in ScriptDirectory(migrations.DIRECTORY).walk_revisions()}
    try:
        with db.lookups() as connection:
            present = set(_heads(connection))
    except errors.TryAgain:
        return False
    return bool(present) and (present == _newest() or not present <= known)


def _newest() -> set[str]:
    return set(ScriptDirectory(migrations.DIRECTORY).get_heads())


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
    with db.transaction() as connection:
        config.attributes["connection"] = connection
        run(config)
