"""The keys as the rest of the house uses them: held by a process, shown, rotated, retired."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from prolong_server import db, lane
from prolong_server.call import Call
from prolong_server.config import Settings, WrongSetting
from prolong_server.keyring import Keyring, KeysBehind
from prolong_server.models.licensing import Code
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.operations import audit, key_files, key_loading, key_material, key_records, key_retirement
from prolong_server.operations.key_loading import Random, load
from prolong_server.operations.key_material import KeyMaterial
from prolong_server.rules import errors

__all__ = [
    "Holder",
    "KeyView",
    "Rotated",
    "code_key_ids",
    "hold_code_key",
    "hold_secret",
    "jwks",
    "listing",
    "load",
    "retire",
    "rotate",
]


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as listed: `kid` for one that signs; for a code key how many `codes` still name it, and its `scheme`.

    Codes under a key of scheme 1 cannot be searched by their first group.
    """

    id: int
    purpose: str
    kid: str | None
    created_at: datetime
    retired_at: datetime | None
    codes: int | None
    scheme: int | None


@dataclass(frozen=True, slots=True)
class Rotated:
    """A new key of a purpose. Where the settings give the keys, `value` is to be put first in `variable`.

    Where the data directory holds them it is in use already, `id` names it, and `value` is None.
    """

    purpose: str
    variable: str
    id: int | None
    value: str | None = field(repr=False)


class Holder:
    """The keyring of a process that runs for long; it loads at first use, and again when the database is ahead.

    `now()` tells the instant, `random(n)` gives n bytes of the system's CSPRNG.
    """

    def __init__(self, settings: Settings, now: Callable[[], datetime], random: Random) -> None:
        self._settings = settings
        self._now = now
        self._random = random
        self._turn = threading.Lock()
        self._keyring: Keyring | None = None

    def current(self) -> Keyring:
        """The keys as last loaded. Raises WrongSetting or TryAgain when they cannot be loaded the first time."""
        return self._keyring or self.reload()

    @lane.blocking
    def reload(self) -> Keyring:
        """Load the keys again, because files may have been rotated. On failure the earlier ones stay in use."""
        with self._turn:
            self._keyring = load(self._settings, self._now(), self._random)
            return self._keyring

    def refresh_if_behind(self, known_ids: frozenset[int]) -> bool:
        """Whether the keys were loaded again, because `known_ids` (of `code_key_ids`) name a code key not held.

        Without any id the missing key is of another purpose, and they are loaded in any case. What was asked is then
        to be asked once more. Raises TryAgain when the key is not to be had: what cannot be looked up must not be
        called unknown.
        """
        if known_ids and known_ids <= self._ids():
            return False
        try:
            self.reload()
        except WrongSetting as missing:
            raise errors.TryAgain from missing
        if not known_ids <= self._ids():
            raise errors.TryAgain
        return True

    def _ids(self) -> frozenset[int]:
        return frozenset(key.id for key in self.current().codes)


def code_key_ids(connection: Connection | Session) -> frozenset[int]:
    """The ids of the code keys in use: whoever does not hold them all cannot call a code unknown."""
    in_use = (KeyRecord.purpose == KeyPurpose.CODE, KeyRecord.retired_at.is_(None))
    return frozenset(connection.execute(select(KeyRecord.id).where(*in_use)).scalars())


def hold_code_key(session: Session, key_id: int) -> None:
    """Keep a code key from being retired until this transaction, which issues codes under it, ends.

    Raises KeysBehind when it was retired: this process holds old keys and must load them again.
    """
    in_use = select(KeyRecord.id).where(KeyRecord.id == key_id, KeyRecord.retired_at.is_(None))
    if session.scalar(in_use.with_for_update(read=True)) is None:
        raise KeysBehind(code_key_ids(session))


def hold_secret(session: Session, keyring: Keyring) -> None:
    """Keep the secret that seals from being retired until this transaction, which seals something, ends.

    Raises KeysBehind when it was retired or never recorded: nobody could open after a restart what it seals.
    """
    secret = KeyMaterial(KeyPurpose.SECRET, keyring.secrets[0])
    in_use = (KeyRecord.fingerprint.in_(secret.fingerprints), KeyRecord.retired_at.is_(None))
    held = select(KeyRecord.id).where(*in_use).with_for_update(read=True, key_share=True)
    if session.scalar(held) is None:
        raise KeysBehind(frozenset())


def jwks() -> dict[str, list[dict[str, str]]]:
    """The public keys (JWK Set, RFC 7517), newest first, from the database alone.

    Retired ones stay: a license document outlives the key that signed it, and only the private half is gone.
    """
    signing = select(KeyRecord.public_jwk).where(KeyRecord.purpose == KeyPurpose.SIGNING)
    with db.lookups() as connection:
        found = connection.execute(signing.order_by(KeyRecord.id.desc())).scalars().all()
    return {"keys": [jwk for jwk in found if jwk is not None]}


@db.reading
def listing(session: Session, call: Call) -> tuple[KeyView, ...]:
    """Every key that the database knows, newest first. Counts all codes, so it takes its time."""
    counted = session.execute(select(Code.key_id, func.count()).group_by(Code.key_id))
    counts = dict(counted.all())
    rows = session.scalars(select(KeyRecord).order_by(KeyRecord.id.desc()))
    return tuple(_view(row, counts.get(row.id, 0)) for row in rows)


@db.transactional
def rotate(session: Session, call: Call, settings: Settings, purpose: str | None = None) -> tuple[Rotated, ...]:
    """Make a new key of one purpose, or of each: it signs, digests or seals from now on, and the old ones still read.

    Raises InvalidRequest for an unknown purpose, WrongSetting when the data directory's keys cannot be changed or one
    is missing.
    """
    if purpose is not None and purpose not in set(KeyPurpose):
        raise errors.InvalidRequest({"purpose": ["One of " + ", ".join(KeyPurpose) + "."]})
    key_records.lock(session)
    key_loading.stop_if_missing(settings, key_records.known(session), key_loading.held(settings))
    chosen = [one for one in KeyPurpose if purpose in (None, one)]
    return tuple(_rotated(session, call, settings, one) for one in chosen)


@db.transactional
def retire(session: Session, call: Call, number: int) -> KeyView:
    """Let a key go: starts no longer need it. The public half of one that signs stays in the JWK Set.

    Raises NotFound; StateChanged while it is the newest of its purpose, or something of it is still in use.
    """
    row = session.get(KeyRecord, number, with_for_update=True)
    if row is None:
        raise errors.NotFound
    if row.retired_at is None:
        key_retirement.require_unneeded(session, call, row)
        row.retired_at = call.now
        audit.record(session, call, "key.retired", f"key_{row.id}", after={"purpose": row.purpose})
    return _view(row, 0)


def _rotated(session: Session, call: Call, settings: Settings, purpose: KeyPurpose) -> Rotated:
    variable, made = key_loading.variable(purpose), key_material.make(call.random)
    if key_loading.given(settings, purpose):
        return Rotated(purpose, variable, None, made)
    key = key_material.read(purpose, made, variable)
    key_files.replace(settings.data_dir, purpose, (made, *key_files.read(settings.data_dir, purpose)))
    number = key_records.add(session, [key], call.now)
    audit.record(session, call, "key.rotated", f"key_{number}", after={"purpose": purpose})
    return Rotated(purpose, variable, number, None)


def _view(row: KeyRecord, codes: int) -> KeyView:
    return KeyView(
        id=row.id,
        purpose=row.purpose,
        kid=(row.public_jwk or {}).get("kid"),
        created_at=row.created_at,
        retired_at=row.retired_at,
        codes=codes if row.purpose == KeyPurpose.CODE else None,
        scheme=row.scheme if row.purpose == KeyPurpose.CODE else None,
    )
