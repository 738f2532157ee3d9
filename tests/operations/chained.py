"""Histories of audit events: made up at random, sealed by the sealer, held as plain rows, written back as they are."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.operations import AuditEvent, AuditHead, Counter, KeyPurpose, KeyRecord
from prolong_server.operations import audit, audit_chain
from prolong_server.operations.key_material import KeyMaterial
from tests import room

OURS, RETIRED, FOREIGN = (KeyMaterial(KeyPurpose.SIGNING, byte * 32) for byte in (b"k", b"r", b"f"))
WORDS = ("license.suspended", "order.issued", "Олена", 'tab\\t "quoted" ’', "", "a\u2028b", "𝄞", "null", "1e20")
TABLES = (AuditEvent, AuditHead, Counter)


@dataclass(slots=True)
class History:
    """All rows of the chain, as dictionaries."""

    events: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)
    counters: list[dict[str, Any]] = field(default_factory=list)


def called(seconds: int = 0, *keys: KeyMaterial) -> Call:
    """A call by the system, with our signing key unless others are named."""
    call = room.called()
    signing = tuple(key.signing for key in keys or (OURS,))
    return replace(call, now=call.now + timedelta(seconds=seconds), keys=replace(call.keys, signing=signing))


def record_keys(*keys: KeyMaterial) -> None:
    """Let the database know the public halves."""
    with Session(db.db.engine) as session, session.begin():
        first = 10 + len(session.scalars(select(KeyRecord.id)).all())
        for number, key in enumerate(keys, first):
            told = {"purpose": key.purpose, "fingerprint": key.fingerprint, "public_jwk": key.public_jwk}
            session.add(KeyRecord(id=number, created_at=room.NOW, **told))


def value(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON value that an event may hold."""
    numbers = [0, -1, 2**70, 1.5, -0.0, 1e20, 1e-7, 100.0, 0.1]
    plain = [None, True, False, *numbers, *WORDS]
    if depth > 2 or chance.random() < 0.6:
        return chance.choice(plain)
    if chance.random() < 0.5:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return document(chance, depth + 1)


def document(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    """Any JSON object; its keys come in any order."""
    names = chance.sample(["status", "б", "a", "Z", "10", "9", "reason", ""], chance.randrange(5))
    return {name: value(chance, depth) for name in names}


def event(chance: random.Random, call: Call) -> dict[str, Any]:
    """The row of an event, not yet sealed."""
    happened = replace(
        call,
        now=call.now + timedelta(microseconds=chance.randrange(10**9)),
        address=chance.choice([None, "192.0.2.7", "2001:db8::1"]),
        request_id=f"req-{chance.randrange(10**6)}",
    )
    before, after = (chance.choice([None, document(chance)]) for _ in range(2))
    return audit.event(happened, chance.choice(WORDS), f"lic_{chance.randrange(10**6)}", before, after)


def write(chance: random.Random, count: int) -> None:
    """Write events as services do, without a place in the chain."""
    with Session(db.db.engine) as session, session.begin():
        session.add_all([AuditEvent(**event(chance, called())) for _ in range(count)])


def grow(chance: random.Random, seals: int, longest: int) -> None:
    """Write and seal in turns; the last events may stay unsealed."""
    for turn in range(seals):
        count = chance.randrange(1, longest + 1)
        write(chance, count)
        assert audit_chain.seal(called(turn)) == count
    if chance.random() < 0.5:
        write(chance, chance.randrange(1, 4))


def read() -> History:
    """All rows as they are."""
    found = History()
    with db.db.engine.connect() as connection:
        for model, rows in zip(TABLES, _lists(found), strict=True):
            rows += [dict(row._mapping) for row in connection.execute(select(model.__table__))]
    return found


def put(history: History) -> None:
    """Write these rows in place of what is there."""
    with Session(db.db.engine) as session, session.begin():
        for model, rows in zip(TABLES, _lists(history), strict=True):
            session.execute(delete(model))
            by_columns: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
            for row in rows:
                by_columns.setdefault(tuple(row), []).append(row)
            for same in by_columns.values():
                session.execute(insert(model), same)


def _lists(history: History) -> tuple[list[dict[str, Any]], ...]:
    return history.events, history.heads, history.counters
