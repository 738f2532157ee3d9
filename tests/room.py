"""An application context over a database of its own, made from the models: for tests of rooms, without a door."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import prolong_server.models  # noqa: F401 - makes every table known
from prolong_server import db
from prolong_server.call import Call
from prolong_server.config import Settings
from prolong_server.keyring import CodeKey, Keyring
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.operations.key_material import KeyMaterial
from prolong_server.rules import digests
from prolong_server.rules.actors import SYSTEM
from tests import postgres as servers

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SECRET_ID = 100


def application(url: str, pool_size: int = 128) -> Flask:
    """An application that knows the database at `url`, and nothing of the web."""
    app = Flask("room")
    db.configure(app, url, pool_size)
    return app


# Statements are compiled once for each engine, which takes longer than most of them do: so a test that finds its own
# database where the one before it had its own goes on with that one's engine, and with no connection of it.
kept = lru_cache(maxsize=4)(application)


@contextmanager
def entered(app: Flask) -> Iterator[None]:
    """The application's context, which leaves no connection behind."""
    with app.app_context():
        try:
            yield
        finally:
            for engine in db.db.engines.values():
                engine.dispose()


@contextmanager
def opened(url: str) -> Iterator[None]:
    """The context of a new application on the database at `url`."""
    with entered(application(url)):
        yield


def furnish(url: str) -> str:
    """Make every table in the database at `url`, which holds no key yet; the URL."""
    with opened(url):
        db.Base.metadata.create_all(db.db.engine)
    return url


@pytest.fixture(scope="session")
def sqlite_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and nothing in it, of which tests get copies."""
    file = tmp_path_factory.mktemp("room") / "room.db"
    furnish(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_room(postgres: servers.Postgres) -> str:
    """The name of a PostgreSQL database with every table and nothing in it, of which tests get copies."""
    furnish(postgres.create("room_template"))
    return "room_template"


@pytest.fixture(params=["sqlite", "postgresql"])
def room_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database, once SQLite and once PostgreSQL; unlike a migrated one it knows no key."""
    if request.param == "sqlite":
        yield f"sqlite:///{fresh_copy(request.getfixturevalue('sqlite_room'))}"
        return
    server: servers.Postgres = request.getfixturevalue("postgres")
    yield server.create("room", request.getfixturevalue("postgres_room"))
    server.drop("room")


def fresh_copy(template: Path) -> Path:
    """A copy of a SQLite file, always in the same place beside it; nothing is left there of an earlier one."""
    folder = template.parent / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return Path(shutil.copy(template, folder))


@pytest.fixture
def room(room_url: str) -> Iterator[None]:
    """The context in which services can be called."""
    with entered(kept(room_url)):
        yield


def called(days: int = 0, **changes) -> Call:
    """A call by the system, `days` after NOW."""
    keys = Keyring((CodeKey(1, b"c" * 32, digests.NEWEST),), (), (b"s" * 32,))
    call = Call(
        actor=SYSTEM,
        now=NOW + timedelta(days=days),
        zone=ZoneInfo("UTC"),
        issuer="https://renew.example",
        keys=keys,
        random=os.urandom,
        request_id="test",
    )
    return replace(call, **changes)


def know_the_keys() -> None:
    """Record the keys of `called`, where no key is recorded yet: a server does so when it starts."""
    with Session(db.db.engine) as session, session.begin():
        if session.scalar(select(func.count()).select_from(KeyRecord)) == 0:
            key = called().keys.codes[0]
            row = {"id": key.id, "purpose": KeyPurpose.CODE, "fingerprint": "of the tests", "scheme": key.scheme}
            session.add(KeyRecord(**row, created_at=NOW))
            secret = KeyMaterial(KeyPurpose.SECRET, called().keys.secrets[0])
            row = {"id": SECRET_ID, "purpose": secret.purpose, "fingerprint": secret.fingerprint}
            session.add(KeyRecord(**row, scheme=secret.scheme, created_at=NOW))


def settings(url: str, data_dir: Path, **changes) -> Settings:
    """Settings for a room."""
    return replace(Settings(database_url=url, data_dir=data_dir), **changes)


def save(*rows: object) -> None:
    """Insert rows in the order given."""
    with Session(db.db.engine) as session, session.begin():
        for row in rows:
            session.add(row)
            session.flush()
