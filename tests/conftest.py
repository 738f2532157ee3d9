"""Fixtures that every test may use: fresh migrated databases of both kinds, the application on one, and calls."""

import base64
import gc
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from prolong_server import clock, create_app
from prolong_server import db as databases
from prolong_server.call import Call
from prolong_server.config import Settings
from prolong_server.operations.keys import Holder
from prolong_server.rules.actors import Actor, Role
from tests import postgres as servers
from tests.room import postgres_room, room, room_url, sqlite_room
from tests.unskipped import pytest_make_collect_report, pytest_runtest_makereport

__all__ = [
    "postgres_room",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "room",
    "room_url",
    "sqlite_room",
]
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
ADMIN = Actor(kind="staff", id=1, token_id=1, role=Role.ADMIN)
_numbers = itertools.count(1)


def migrate(url: str, directory: Path) -> None:
    """Bring the database at `url` to the newest tables, as an operator does; made keys go to `directory`."""
    program = Path(sys.executable).with_name("prolong-server")
    settings = {"PROLONG_DATABASE_URL": url, "PROLONG_DATA_DIR": str(directory)}
    subprocess.run([program, "db", "upgrade"], env=os.environ | settings, check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def postgres_directory() -> Iterator[Path]:
    """A short path for servers: a Unix socket's path must fit into about a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="prolong-") as folder:
        yield Path(folder).resolve()


@pytest.fixture(scope="session")
def postgres(postgres_directory: Path) -> Iterator[servers.Postgres]:
    """The PostgreSQL of this run, asked where its data is before anything is written to it."""
    server = servers.start(postgres_directory / "main")
    try:
        assert Path(server.show("data_directory")).is_relative_to(postgres_directory)
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_template(postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database, made once, of which every test gets a copy."""
    migrate(postgres.create("prolong_template"), tmp_path_factory.mktemp("keys"))
    return "prolong_template"


@pytest.fixture
def postgres_url(postgres: servers.Postgres, postgres_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated database of this test alone."""
    name = f"prolong_{next(_numbers)}"
    yield postgres.create(name, postgres_template)
    postgres.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once, of which every test gets a copy."""
    file = tmp_path_factory.mktemp("template") / "prolong.db"
    migrate(f"sqlite:///{file}", file.parent)
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, migrated database: once SQLite, once PostgreSQL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    file = tmp_path / "prolong.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with fixed keys, so that no key file is made."""
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        base_url="https://renew.example",
        secret_keys=(key_text(b"s"),),
        code_keys=(key_text(b"c"),),
        signing_keys=(key_text(b"k"),),
        metrics_token="metrics-token-of-the-tests",
    )


def key_text(byte: bytes) -> str:
    """A key of 32 equal bytes, as the settings write it."""
    return base64.urlsafe_b64encode(byte * 32).decode("ascii").rstrip("=")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on a fresh database. A test that calls rooms opens `app.app_context()` or takes `context`."""
    built = create_app(settings, keys=Holder(settings, clock.now, os.urandom))
    yield built
    with built.app_context():
        for engine in databases.db.engines.values():
            engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """The application's context around the whole test; not for tests that use its test client."""
    with app.app_context():
        yield


@pytest.fixture
def call(app: Flask) -> Callable[..., Call]:
    """Make a Call: `call()` by an admin at NOW, `call(now=…, actor=…)` by somebody else at another time."""
    house = app.extensions["prolong"]

    def make(**changes: object) -> Call:
        with app.app_context():
            keys = house.keys.current()
        made = Call(
            actor=ADMIN,
            now=NOW,
            zone=house.settings.zone,
            issuer=house.settings.base_url,
            keys=keys,
            random=os.urandom,
            request_id="test",
        )
        return replace(made, **changes)  # type: ignore[arg-type]  # a test names fields of Call

    return make


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the tests, begin with the files of few: theirs are long, and none is left to the end."""
    if hasattr(config, "workerinput"):
        sizes = Counter(item.path for item in items)
        items.sort(key=lambda item: sizes[item.path])


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is loaded by now and stays: it is a tenth of every test's time."""
    gc.collect()
    gc.freeze()
