"""What the database knows of the keys: a fingerprint of each in use, the public half of those that sign."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.orm import Session

from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.operations.key_material import KeyMaterial


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key as recorded. A retired one is no longer needed to start."""

    id: int
    purpose: KeyPurpose
    fingerprint: str
    scheme: int
    retired: bool


def lock(connection: Connection | Session) -> None:
    """Let nobody else register or rotate until this transaction ends; SQLite has one writer anyway."""
    bind = connection if isinstance(connection, Connection) else connection.connection()
    if bind.dialect.name == "postgresql":
        bind.execute(text("LOCK TABLE keys IN SHARE ROW EXCLUSIVE MODE"))


def known(connection: Connection | Session) -> tuple[KnownKey, ...]:
    """Every key that was ever recorded, newest first."""
    columns = (KeyRecord.id, KeyRecord.purpose, KeyRecord.fingerprint, KeyRecord.scheme, KeyRecord.retired_at)
    rows = connection.execute(select(*columns).order_by(KeyRecord.id.desc()))
    return tuple(KnownKey(row.id, row.purpose, row.fingerprint, row.scheme, row.retired_at is not None) for row in rows)


def unknown(recorded: Iterable[KnownKey], held: Iterable[KeyMaterial]) -> tuple[KeyMaterial, ...]:
    """Those of the held keys that the database has never seen."""
    seen = {key.fingerprint for key in recorded}
    return tuple(key for key in held if not key.fingerprints & seen)


def add(connection: Connection | Session, keys: Iterable[KeyMaterial], now: datetime) -> int:
    """Record new keys, given newest first, and return the greatest id; under `lock`, because ids are counted on."""
    last = max((key.id for key in known(connection)), default=0)
    for key in reversed(tuple(keys)):
        last += 1
        row = {"id": last, "purpose": key.purpose, "fingerprint": key.fingerprint, "scheme": key.scheme}
        connection.execute(insert(KeyRecord).values(row | {"public_jwk": key.public_jwk, "created_at": now}))
    return last
