"""The real server in a process of its own, on the database of the test, and rights and codes to spend there."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import clock, create_app, db
from prolong_server.call import Call
from prolong_server.channel import sealed_codes
from prolong_server.config import Settings
from prolong_server.models.licensing import License, Redemption
from prolong_server.operations.keys import Holder
from prolong_server.rules.actors import SYSTEM
from tests import vendor
from tests.cli import console
from tests.scenes import Stage


@dataclass(frozen=True, slots=True)
class Pair:
    """A code in good order, and the key of the license that it is for."""

    code: str
    key: str


def stage(app: Flask, call: Callable[..., Call]) -> Stage:
    """A vendor in the database of the application, now; inside its context."""
    present = call(now=clock.now(), actor=SYSTEM)
    return Stage(vendor.found(), present)


def pairs(stage: Stage, count: int) -> list[Pair]:
    """So many pairs."""
    order = vendor.order(stage.shop, count, call=stage.call)
    codes = islice(sealed_codes.read(stage.call, order), count)
    long_ago = stage.call.today - timedelta(days=300)
    return [Pair(code, stage.license(starts_on=long_ago, activated_on=long_ago).license_key) for code in codes]


def redeemed() -> dict[str, list[tuple[date, date]]]:
    """By license key, from which day to which each redemption in the database extended; inside a context."""
    found: dict[str, list[tuple[date, date]]] = {}
    columns = (License.license_key, Redemption.previous_expires_on, Redemption.expires_on)
    with Session(db.db.engine) as session:
        for key, before, after in session.execute(select(*columns).join(License, License.id == Redemption.license_id)):
            found.setdefault(key, []).append((before, after))
    return found


def last_days() -> dict[str, date]:
    """By license key, the last day as the license has it; inside a context."""
    with Session(db.db.engine) as session:
        rows = session.execute(select(License.license_key, License.expires_on)).all()
        return {row.license_key: row.expires_on for row in rows}


@dataclass(frozen=True, slots=True)
class House:
    """A vendor whose server runs: its port, its application for looking into the database, and what to sell."""

    port: int
    app: Flask
    stage: Stage

    def pairs(self, count: int) -> list[Pair]:
        """So many pairs."""
        with self.app.app_context():
            return pairs(self.stage, count)


@contextmanager
def house(settings: Settings) -> Iterator[House]:
    """The server in a process of its own, on the database of the settings."""
    app = create_app(settings, keys=Holder(settings, clock.now, os.urandom))
    told = {
        "PROLONG_DATABASE_URL": settings.database_url,
        "PROLONG_CODE_KEYS": settings.code_keys[0],
        "PROLONG_SIGNING_KEYS": settings.signing_keys[0],
        "PROLONG_SECRET_KEYS": settings.secret_keys[0],
        "PROLONG_RATE_LIMITS": "off",
    }
    with app.app_context():
        present = called(app)
        made = Stage(vendor.found(), present)
    with console.serving(settings.data_dir / "data", "serve", "--workers", "1", **told) as (base, _):
        yield House(int(base.rpartition(":")[2]), app, made)
    with app.app_context():
        for engine in db.db.engines.values():
            engine.dispose()


def called(app: Flask) -> Call:
    """A call by the house itself, now; inside the application's context."""
    own = app.extensions["prolong"]
    return Call(
        actor=SYSTEM,
        now=clock.now(),
        zone=own.settings.zone,
        issuer=own.settings.base_url,
        keys=own.keys.current(),
        random=os.urandom,
        request_id="test",
    )
