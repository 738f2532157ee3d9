"""The proof of the audit chain: every event as it was sealed, in its place, up to the newest signed head.

It walks the whole chain once, in constant memory and in one state of the database. Whoever can write the database can
also write public keys into it, so the newest head counts only when it is signed with a key that this host itself holds;
the heads before it may be signed with any recorded key, retired ones included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.operations import AuditEvent, AuditHead, Counter
from prolong_server.operations import audit_chain, audit_heads
from prolong_server.operations.audit_heads import Head, Keys
from prolong_server.operations.signatures import NotSigned
from prolong_server.rules import chains

CHANGED: Final = "the event was changed after it was sealed"
MISSING: Final = "the event is missing, or its place was changed"
INSERTED: Final = "an event stands there that was never sealed in this place"
HEAD_CHANGED: Final = "the signed head was changed, forged, or taken out"
UNCOVERED: Final = "from there on no signed head vouches for the events"
COUNT_CHANGED: Final = "from there on the sealer's own count does not know the events"
NOT_OURS: Final = "the newest head is not signed with a key that this host holds"
ELSEWHERE: Final = "the chain does not lead to the head that was kept elsewhere, so events up to there were replaced"
_AT_ONCE: Final = 1000


class Wrong(Exception):
    """The first position at which the chain is not as it was sealed, and what is wrong there."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(what)
        self.position = position
        self.what = what


@dataclass(frozen=True, slots=True)
class Verified:
    """How many events are sealed and not yet sealed, and the newest signed head (None while nothing is sealed)."""

    sealed: int
    unsealed: int
    head: str | None


@db.snapshot
def verify(session: Session, call: Call, kept: Sequence[str] = ()) -> Verified:
    """Walk the chain up to its newest head, over every head `kept` elsewhere.

    Raises Wrong with the first place that is wrong, NotSigned when a kept head was never signed here, TryAgain.
    """
    connection = session.connection()
    keys = audit_heads.recorded_keys(connection) | audit_heads.held_keys(call.keys)
    walk = _Walk(keys, sorted((audit_heads.read(keys, text) for text in kept), key=lambda head: head.position))
    walk.over(connection)
    newest = _end(connection, call, walk)
    unsealed = select(func.count()).select_from(AuditEvent).where(AuditEvent.position.is_(None))
    return Verified(walk.position, connection.scalar(unsealed) or 0, newest)


class _Walk:
    """Where the walk stands: the last good position, its hash, and the heads that were met."""

    def __init__(self, keys: Keys, kept: list[Head]) -> None:
        self.position = 0
        self.reached = chains.GENESIS
        self.last_head = 0
        self.heads = 0
        self.kept = kept
        self._keys = keys

    def over(self, connection: Connection) -> None:
        """Walk over all sealed events in their order."""
        head = (AuditHead.hash.label("head_hash"), AuditHead.signed, AuditHead.signed_at)
        sealed = select(*audit_chain.FIELDS, AuditEvent.position, AuditEvent.hash, *head)
        sealed = sealed.outerjoin(AuditHead, AuditHead.position == AuditEvent.position)
        sealed = sealed.where(AuditEvent.position.is_not(None)).order_by(AuditEvent.position, AuditEvent.id)
        try:
            with connection.execute(sealed, execution_options={"yield_per": _AT_ONCE}) as rows:
                for row in rows:
                    self._step(row)
        except (TypeError, ValueError, AttributeError):
            # What is no instant, no JSON or no bytes any more cannot even be read.
            raise Wrong(self.position + 1, CHANGED) from None

    def _step(self, row: Row[Any]) -> None:
        position = self.position + 1
        if row.position != position:
            raise Wrong(position, MISSING if row.position > position else INSERTED)
        reached = audit_chain.link(self.reached, position, row)
        if row.hash != reached:
            raise Wrong(position, CHANGED)
        if row.signed is not None:
            self._meet(Head(position, row.head_hash, self.last_head, row.signed_at), reached, row.signed)
        while self.kept and self.kept[0].position <= position:
            self._meet_kept(self.kept.pop(0), position, reached)
        self.position, self.reached = position, reached

    def _meet(self, recorded: Head, reached: bytes, signed: str) -> None:
        try:
            told = audit_heads.read(self._keys, signed)
        except NotSigned:
            raise Wrong(recorded.position, HEAD_CHANGED) from None
        if told != recorded or told.hash != reached:
            raise Wrong(recorded.position, HEAD_CHANGED)
        self.last_head = recorded.position
        self.heads += 1

    def _meet_kept(self, head: Head, position: int, reached: bytes) -> None:
        if (head.position, head.hash) != (position, reached):
            raise Wrong(head.position, ELSEWHERE)


def _end(connection: Connection, call: Call, walk: _Walk) -> str | None:
    counted = connection.scalar(select(Counter.value).where(Counter.name == audit_chain.COUNTER)) or 0
    heads, furthest = connection.execute(select(func.count(), func.max(AuditHead.position))).one()
    if walk.kept or max(counted, furthest or 0) > walk.position:
        raise Wrong(walk.position + 1, MISSING)
    if walk.last_head != walk.position:
        raise Wrong(walk.last_head + 1, UNCOVERED)
    if counted != walk.position:
        raise Wrong(counted + 1, COUNT_CHANGED)
    if heads != walk.heads:
        raise Wrong(1, HEAD_CHANGED)
    return _newest(connection, call, walk.position) if walk.position else None


def _newest(connection: Connection, call: Call, position: int) -> str:
    signed = connection.scalars(select(AuditHead.signed).where(AuditHead.position == position)).one()
    try:
        audit_heads.read(audit_heads.held_keys(call.keys), signed)
    except NotSigned:
        raise Wrong(position, NOT_OURS) from None
    return signed
