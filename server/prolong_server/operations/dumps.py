"""A whole database into one file and back: SQLite by itself, PostgreSQL by the programs that come with it."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

_TOO_LONG_A_REASON = 300


class BackupFailed(Exception):
    """A backup or a restoration that did not happen; the text is one sentence for the operator."""


def kind(database_url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(database_url).get_backend_name()


def dump(database_url: str, file: Path) -> None:
    """Write the database, as it was at one moment, to a new file; nobody is kept from working. BackupFailed."""
    if kind(database_url) == "postgresql":
        _run("pg_dump", database_url, "--format=custom", "--no-owner", "--no-privileges", f"--file={file}")
        return
    path = _sqlite_path(database_url)
    if not path.exists():
        raise BackupFailed(f"There is no database at {path}, so nothing was backed up.")
    with _told(), closing(sqlite3.connect(path)) as source:
        source.execute("VACUUM INTO ?", (str(file),))


def load(database_url: str, file: Path) -> None:
    """Fill an empty database with what `dump` wrote, all or nothing. BackupFailed, also for one that is not empty."""
    if kind(database_url) == "postgresql":
        _require_empty(_tables_of_postgresql(database_url))
        options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(file))
        _run("pg_restore", database_url, *options)
        return
    path = _sqlite_path(database_url)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _told(), closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(path)) as target:
        _require_empty(_tables_of_sqlite(target))
        source.backup(target)


def revision(database_url: str) -> str | None:
    """The revision of the tables, as migrations name it; None where none is noted."""
    if kind(database_url) == "postgresql":
        with _told(), psycopg.connect(_conninfo(make_url(database_url))) as connection:
            known = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known == (True,) else None
        return None if row is None else str(row[0])
    with _told(), closing(sqlite3.connect(_sqlite_path(database_url))) as connection:
        if "alembic_version" not in _tables_of_sqlite(connection):
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if found is None else str(found[0])


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, psycopg.Error) as failure:
        reason = str(failure).strip()[:_TOO_LONG_A_REASON]
        raise BackupFailed(f"The database could not be read or written, and nothing was changed: {reason}") from None


def _require_empty(tables: list[str]) -> None:
    if tables:
        raise BackupFailed("The database to restore into is not empty, so nothing was changed; name an empty one.")


def _tables_of_postgresql(database_url: str) -> list[str]:
    with _told(), psycopg.connect(_conninfo(make_url(database_url))) as connection:
        rows = connection.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()")
        return [str(row[0]) for row in rows]


def _tables_of_sqlite(connection: sqlite3.Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _sqlite_path(database_url: str) -> Path:
    return Path(make_url(database_url).database or "")


def _run(program: str, database_url: str, *options: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed here; install the PostgreSQL client programs and try again.")
    url = make_url(database_url)
    # The password goes by the environment: everybody on the host can read a command line.
    password = url.password or url.query.get("password")
    secret = {"PGPASSWORD": str(password)} if password else {}
    # Not `set`, which takes None for "as it is".
    told = url.difference_update_query(["password"])._replace(password=None)
    command = [found, f"--dbname={_conninfo(told)}", *options]
    done = subprocess.run(command, env=os.environ | secret, check=False, capture_output=True, text=True)  # noqa: S603 - no shell, nothing from outside
    if done.returncode:
        reason = done.stderr.strip()[-_TOO_LONG_A_REASON:]
        raise BackupFailed(f"{program} has failed, and nothing was changed: {reason}")


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
