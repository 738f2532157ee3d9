"""Whether the database can be served from: it answers, it keeps what it has said, and its tables are the newest."""

from sqlalchemy import text

from prolong_server import db
from prolong_server.config import WrongSetting
from prolong_server.operations import schema
from prolong_server.rules import errors

# https://www.sqlite.org/pragma.html#pragma_synchronous
_FULL = 2
_SILENT = "The database does not answer: start it, or correct PROLONG_DATABASE_URL, and try again."
_FORGETFUL = "SQLite does not keep a write-ahead log with full synchronization here; put the file on a local disk."
_OLD = "The database does not hold the tables of this release: run `prolong-server db upgrade`, then try again."


def require() -> None:
    """Raise WrongSetting with the one sentence of what keeps the database from being served from."""
    require_durability()
    if not schema.is_current():
        raise WrongSetting(_OLD)


def require_durability() -> None:
    """Raise WrongSetting unless the database answers and, where it is SQLite, loses nothing at a power cut."""
    try:
        with db.lookups() as connection:
            if connection.dialect.name == "sqlite":
                journal = connection.scalar(text("PRAGMA journal_mode"))
                synchronous = connection.scalar(text("PRAGMA synchronous"))
                if (journal, synchronous) != ("wal", _FULL):
                    raise WrongSetting(_FORGETFUL)
    except errors.TryAgain:
        raise WrongSetting(_SILENT) from None
