"""An application context over a database of its own, made from the models: for tests of rooms, without a door."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
_numbers = itertools.count(1)


@contextmanager
def opened(url: str) -> Iterator[None]:
    """An application context on the database at `url`."""
    app = Flask("room")
    db.configure(app, url, 128)
    with app.app_context():
        try:
            yield
        finally:
            for engine in db.db.engines.values():
                engine.dispose()


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
    name = f"room_{next(_numbers)}"
    furnish(postgres.create(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def room_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once SQLite and once PostgreSQL; unlike a migrated one it knows no key."""
    if request.param == "sqlite":
        file = tmp_path / "room.db"
        shutil.copy(request.getfixturevalue("sqlite_room"), file)
        yield f"sqlite:///{file}"
        return
    server: servers.Postgres = request.getfixturevalue("postgres")
    name = f"room_{next(_numbers)}"
    yield server.create(name, request.getfixturevalue("postgres_room"))
    server.drop(name)


@pytest.fixture
def room(room_url: str) -> Iterator[None]:
    """The context in which services can be called."""
    with opened(room_url):
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
