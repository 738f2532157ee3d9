"""What keeps the house: keys in use, the audit trail, kept answers, counters."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from prolong_server.db import Base
from prolong_server.models.columns import Counted, Document, Instant, words_of


class KeyPurpose(StrEnum):
    """What a key is for."""

    CODE = "code"
    SIGNING = "signing"
    SECRET = "secret"  # noqa: S105 - a word, not a secret


class KeyRecord(Base):
    """The fingerprint of a key in use, so that a start without it is noticed; for signing keys the public JWK too.

    `scheme` is how digests under a code key are made (rules.digests); what earlier releases recorded is of the first.
    """

    __tablename__ = "keys"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    purpose: Mapped[KeyPurpose] = mapped_column(words_of(KeyPurpose, "purpose"))
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    public_jwk: Mapped[dict[str, str] | None] = mapped_column(Document)
    scheme: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


_UNSEALED = text("position IS NULL")


class AuditEvent(Base):
    """One change: by whom, from where, what before and after; written in the transaction of the change.

    `position` and `hash` (32 bytes) are null until the sealer has put the event into the chain.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "object_id", "id"),
        Index("uq_audit_events_position", "position", unique=True),
        Index("ix_audit_events_unsealed", "id", postgresql_where=_UNSEALED, sqlite_where=_UNSEALED),
    )

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(32))
    address: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any] | None] = mapped_column(Document)
    after: Mapped[dict[str, Any] | None] = mapped_column(Document)
    position: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """The end of the chain of audit events as it was signed once: `signed` is a compact JWS over position and hash."""

    __tablename__ = "audit_heads"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    signed: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime] = mapped_column(Instant)


class KeptAnswer(Base):
    """The first answer to an Idempotency-Key, for 30 days; `body` is None where it held a secret."""

    __tablename__ = "kept_answers"

    token_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    route: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Counter(Base):
    """A number that only grows, such as the `seq` of the revocation list."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(Instant)
