"""The one sealer: gives every audit event its place in the chain, and signs where the chain now ends.

Writers never queue here: an event is written without a place, in the transaction of its change, and sealed seconds
later. Events are taken from the index of the unsealed ones, never as "behind the last id", because transactions do not
commit in the order of their ids.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.keyring import KeysBehind
from prolong_server.models.operations import AuditEvent, Counter, KeyPurpose, KeyRecord
from prolong_server.operations import audit_heads, signatures
from prolong_server.operations.audit_heads import Head
from prolong_server.operations.signatures import NotSigned
from prolong_server.rules import chains

BATCH: Final = 1000
COUNTER: Final = "audit_chain"
# Everything that is told of an event. A column that is added later must not change what was hashed before.
FIELDS: Final = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.actor,
    AuditEvent.address,
    AuditEvent.request_id,
    AuditEvent.action,
    AuditEvent.object_id,
    AuditEvent.before,
    AuditEvent.after,
)


class BrokenChain(Exception):
    """The chain does not end where its last head says: sealing more would vouch for what somebody has changed."""


def seal(call: Call) -> int:
    """Seal up to BATCH events and sign a new head; the number of events. Another sealer at work lets this one go.

    Raises BrokenChain (then `audit verify` tells the place), KeysBehind when the newest keys are not held.
    """
    return _seal(call) if _is_waiting(call) else 0


def link(previous: bytes, position: int, event: Row[Any]) -> bytes:
    """The hash of an event (with FIELDS) at its position, behind `previous`."""
    told = {column.key: getattr(event, column.key) for column in FIELDS}
    told["at"] = event.at.isoformat(timespec="microseconds")
    return chains.link(previous, told | {"position": position})


@db.reading
def _is_waiting(session: Session, call: Call) -> bool:
    # On SQLite whoever begins to write holds off all others, so a look comes first.
    return session.scalar(select(AuditEvent.id).where(AuditEvent.position.is_(None)).limit(1)) is not None


@db.transactional
def _seal(session: Session, call: Call) -> int:
    counter = _hold(session, call)
    if counter is None:
        return 0
    events = session.execute(_unsealed()).all()
    last = _end(session, call, counter)
    if events:
        reached = _place(session, events, last)
        counter.value, counter.changed_at = last.position + len(events), call.now
        session.add(audit_heads.sign(call, counter.value, reached, last.position))
    return len(events)


def _hold(session: Session, call: Call) -> Counter | None:
    named = select(Counter).where(Counter.name == COUNTER)
    if session.scalar(named) is None:
        try:
            with session.begin_nested():
                session.add(Counter(name=COUNTER, value=0, changed_at=call.now))
        except IntegrityError:
            # Another sealer was the very first in the same instant.
            return None
    return session.scalar(named.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _unsealed() -> Any:
    return select(*FIELDS).where(AuditEvent.position.is_(None)).order_by(AuditEvent.id).limit(BATCH)


def _end(session: Session, call: Call, counter: Counter) -> Head:
    row = audit_heads.last(session)
    last = audit_heads.NONE_YET if row is None else _trusted(session, call, row.signed)
    placed = session.scalar(select(func.max(AuditEvent.position))) or 0
    if counter.value != last.position or placed > last.position:
        raise BrokenChain
    return last


def _trusted(session: Session, call: Call, signed: str) -> Head:
    in_use = (KeyRecord.purpose == KeyPurpose.SIGNING, KeyRecord.retired_at.is_(None))
    known = {(jwk or {}).get("kid") for jwk in session.scalars(select(KeyRecord.public_jwk).where(*in_use))}
    held = audit_heads.held_keys(call.keys)
    try:
        named = signatures.key_id(signed)
        if call.keys.signing[0].kid not in known or (named in known and named not in held):
            raise KeysBehind(frozenset())
        return audit_heads.read(held, signed)
    except NotSigned:
        raise BrokenChain from None


def _place(session: Session, events: Sequence[Row[Any]], last: Head) -> bytes:
    placed, reached = [], last.hash
    for position, event in enumerate(events, last.position + 1):
        reached = link(reached, position, event)
        placed.append({"at_id": event.id, "position": position, "hash": reached})
    statement = update(AuditEvent).where(AuditEvent.id == bindparam("at_id"))
    session.connection().execute(statement.values(position=bindparam("position"), hash=bindparam("hash")), placed)
    return reached
