"""What every benchmark stands on: a private PostgreSQL that keeps its promises, a vendor in it, a server before it."""

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

import psutil
import psycopg
from flask import Flask

from prolong_server import clock, create_app
from prolong_server.config import Settings
from prolong_server.operations import schema
from prolong_server.operations.keys import Holder
from tests import postgres

START_SECONDS = 90
STOP_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Site:
    """A migrated database: the environment of a server before it, the same as an application, a folder for more."""

    database: str
    environment: dict[str, str]
    app: Flask
    holder: Holder
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Stage(Site):
    """A site in a private PostgreSQL."""

    postgres: postgres.Postgres


@dataclass(frozen=True, slots=True)
class Served:
    """A server at work: its port on loopback, and the process whose children are its workers."""

    port: int
    pid: int


@contextmanager
def opened() -> Iterator[Stage]:
    """A stage of one benchmark; everything is gone afterwards. PostgreSQL runs with fsync and all its safety on."""
    with started() as (server, folder):
        yield furnished(server, folder, "bench")


@contextmanager
def started() -> Iterator[tuple[postgres.Postgres, Path]]:
    """A private PostgreSQL without a database of ours yet, and a folder; both are gone afterwards."""
    with _folder() as folder:
        server = postgres.start(folder / "pg", durable=True)
        try:
            yield server, folder
        finally:
            end_children()
            server.remove()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="prolong-bench-") as name:
        try:
            yield Path(name).resolve()
        finally:
            end_children()


def end_in_order_when_told() -> None:
    """From now on SIGTERM ends this program as Ctrl-C does: what it has started is ended on the way out."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def end_children() -> None:
    """End every process that descends from this one.

    Each is ended where it was started; but an interrupt between the start of a process and the return of the call that
    starts it would leave one that nobody knows.
    """
    left = psutil.Process().children(recursive=True)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(left, STOP_SECONDS)[1]:
        process.kill()


def furnished(server: postgres.Postgres, folder: Path, database: str) -> Stage:
    """A new database of the server, with every table."""
    environment, app, holder = _migrated(server.create(database), folder / database)
    return Stage(database=database, environment=environment, app=app, holder=holder, folder=folder, postgres=server)


@contextmanager
def embedded() -> Iterator[Site]:
    """A site on SQLite; everything is gone afterwards."""
    with _folder() as folder:
        environment, app, holder = _migrated(f"sqlite:///{folder / 'prolong.db'}", folder / "data")
        yield Site(database="prolong.db", environment=environment, app=app, holder=holder, folder=folder)


def _migrated(url: str, data: Path) -> tuple[dict[str, str], Flask, Holder]:
    data.mkdir()
    keys = {name: _new_key() for name in ("SECRET_KEYS", "CODE_KEYS", "SIGNING_KEYS")}
    environment = {f"PROLONG_{name}": key for name, key in keys.items()}
    environment |= {"PROLONG_DATABASE_URL": url, "PROLONG_DATA_DIR": str(data), "PROLONG_RATE_LIMITS": "off"}
    settings = Settings(
        database_url=url,
        data_dir=data,
        secret_keys=(keys["SECRET_KEYS"],),
        code_keys=(keys["CODE_KEYS"],),
        signing_keys=(keys["SIGNING_KEYS"],),
    )
    holder = Holder(settings, clock.now, os.urandom)
    app = create_app(settings, holder)
    with app.app_context():
        schema.upgrade()
        holder.current()
    return environment, app, holder


def connected(stage: Stage) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the superuser to the database of the stage."""
    return psycopg.connect(host=str(stage.postgres.socket), user="postgres", dbname=stage.database, autocommit=True)


def number(stage: Stage, question: str) -> int:
    """The one number that a statement answers."""
    with connected(stage) as connection:
        row = connection.execute(question).fetchone()
    if row is None:
        raise RuntimeError(f"No row answered: {question}")
    return int(str(row[0]))


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


@contextmanager
def serving(environment: dict[str, str], workers: int, **settings: str) -> Iterator[Served]:
    """`prolong-server serve` with so many workers on a free port; its log goes to a file, as it would in production."""
    port = free_port()
    program = Path(sys.executable).with_name("prolong-server")
    command = [str(program), "serve", "--port", str(port), "--workers", str(workers)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROLONG_")}
    with tempfile.TemporaryFile() as log:
        # Not of the terminal's group: Ctrl-C reaches the benchmark, which ends what it started in its own order.
        process = subprocess.Popen(
            command, env=kept | environment | settings, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_ready(port, process, log)
            yield Served(port, process.pid)
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to stop, and kill it where it does not within `STOP_SECONDS`."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]", log: IO[bytes]) -> None:
    """Wait until the server has database and tables. Raises RuntimeError when it ends or takes too long."""
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    log.seek(0)
    told = log.read().decode(errors="replace")[-2000:]
    raise RuntimeError(f"The server did not become ready within {START_SECONDS} seconds. It told:\n{told}")
