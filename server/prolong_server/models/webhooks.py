"""What is told to others: events as they happened, who wants to be told of them, and each telling."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from prolong_server.db import Base
from prolong_server.models.columns import Instant, Words, words_of
from prolong_server.rules.events import DeliveryError, DeliveryStatus, EndpointStatus, EventKind

_WAITING = text("dispatched_at IS NULL")
_PENDING = text("status = 'pending'")


class Event(Base):
    """One event, written in the transaction of what happened; `body` is what the vendor's endpoints get, byte for byte.

    `dealer_id` sold the code or owns the order, `seller_id` sold the license that a code was spent on. There are no
    foreign keys: a check for each would be paid by every redemption that is told.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_waiting", "created_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    type: Mapped[EventKind] = mapped_column(words_of(EventKind, "type"))
    dealer_id: Mapped[int | None] = mapped_column(BigInteger)
    seller_id: Mapped[int | None] = mapped_column(BigInteger)
    test: Mapped[bool]
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)


class WebhookEndpoint(Base):
    """An address that wants to be told of some kinds of events: the vendor's, or a dealer's own ones.

    `failing_since` is the first failure after the last success. The secret is sealed with the endpoint's id.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_audience", func.coalesce(text("dealer_id"), text("0"))),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    dealer_id: Mapped[int | None] = mapped_column(ForeignKey("dealers.id"))
    test: Mapped[bool]
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[tuple[str, ...]] = mapped_column(Words)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[EndpointStatus] = mapped_column(words_of(EndpointStatus, "status"))
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    disabled_reason: Mapped[str | None] = mapped_column(String(24))
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class WebhookDelivery(Base):
    """One event for one endpoint. Who sends it holds a `lease` until `next_attempt_at`, when it is due again.

    A pending delivery without `next_attempt_at` waits for its endpoint to be enabled.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        Index(None, "endpoint_id", "id"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=_PENDING,
            sqlite_where=_PENDING,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    status: Mapped[DeliveryStatus] = mapped_column(words_of(DeliveryStatus, "status"))
    attempts: Mapped[int] = mapped_column(Integer)
    last_status: Mapped[int | None] = mapped_column(SmallInteger)
    last_error: Mapped[DeliveryError | None] = mapped_column(words_of(DeliveryError, "error"))
    lease: Mapped[int | None] = mapped_column(BigInteger)
    next_attempt_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
