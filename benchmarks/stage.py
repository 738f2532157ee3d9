"""What every benchmark stands on: a private PostgreSQL that keeps its promises, a vendor in it, a server before it."""

import base64
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask

from prolong_server import clock, create_app
from prolong_server.config import Settings
from prolong_server.operations import schema
from prolong_server.operations.keys import Holder
from tests import postgres


@dataclass(frozen=True, slots=True)
class Stage:
    """A running PostgreSQL, a migrated database in it, and the environment of a server before it."""

    postgres: postgres.Postgres
    url: str
    environment: dict[str, str]
    app: Flask
    holder: Holder


@contextmanager
def opened() -> Iterator[Stage]:
    """A stage of one benchmark; everything is gone afterwards. PostgreSQL runs with fsync and all its safety on."""
    with tempfile.TemporaryDirectory(prefix="prolong-bench-") as folder:
        server = postgres.start(Path(folder).resolve() / "pg", durable=True)
        try:
            yield _staged(server, Path(folder))
        finally:
            server.remove()


def _staged(server: postgres.Postgres, folder: Path) -> Stage:
    url = server.create("bench")
    keys = {name: _new_key() for name in ("SECRET_KEYS", "CODE_KEYS", "SIGNING_KEYS")}
    environment = {f"PROLONG_{name}": key for name, key in keys.items()}
    environment |= {"PROLONG_DATABASE_URL": url, "PROLONG_DATA_DIR": str(folder / "data"), "PROLONG_RATE_LIMITS": "off"}
    settings = Settings(
        database_url=url,
        data_dir=folder / "data",
        secret_keys=(keys["SECRET_KEYS"],),
        code_keys=(keys["CODE_KEYS"],),
        signing_keys=(keys["SIGNING_KEYS"],),
    )
    holder = Holder(settings, clock.now, os.urandom)
    app = create_app(settings, holder)
    with app.app_context():
        schema.upgrade()
        holder.current()
    return Stage(server, url, environment, app, holder)


def connected(stage: Stage) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the superuser to the database of the stage."""
    return psycopg.connect(host=str(stage.postgres.socket), user="postgres", dbname="bench", autocommit=True)


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


@contextmanager
def serving(stage: Stage, workers: int) -> Iterator[int]:
    """`prolong-server serve` with so many workers on a free port; its log goes to a file, as it would in production."""
    port = _free_port()
    program = Path(sys.executable).with_name("prolong-server")
    command = [str(program), "serve", "--port", str(port), "--workers", str(workers)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=os.environ | stage.environment, stdout=log, stderr=log)
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The server did not become ready within 20 seconds.")
