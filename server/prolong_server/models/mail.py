"""What goes out by mail: letters that wait or went out, and which reminders of which license were given to whom."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from prolong_server.db import Base
from prolong_server.models.columns import Instant, words_of

_WAITS = text("due_at IS NOT NULL")


class Mail(Base):
    """One letter to one person. `sealed` holds address and text only until it is sent or given up, then nothing.

    It waits while `due_at` is set, which is both when it is tried next and how long whoever tries it has for that. A
    letter about a license's term is of no use from `good_until` on, and when the license no longer ends on that day.
    """

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_due_at", "due_at", postgresql_where=_WAITS, sqlite_where=_WAITS),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    license_id: Mapped[int | None] = mapped_column(BigInteger)
    expires_on: Mapped[date | None]
    good_until: Mapped[datetime | None] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    outcome: Mapped[str | None] = mapped_column(String(64))
    queued_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    given_up_at: Mapped[datetime | None] = mapped_column(Instant)


class Audience(StrEnum):
    """Who is reminded: the customer and the dealer by mail, programs by an event."""

    CUSTOMER = "customer"
    DEALER = "dealer"
    PROGRAMS = "programs"


class Reminder(Base):
    """That an audience was told of a step of a license's term: `step` is how many days were left, negative after it.

    The primary key keeps it from being told twice; a renewal moves `expires_on`, and so begins a new series.
    """

    __tablename__ = "reminders"

    expires_on: Mapped[date] = mapped_column(primary_key=True)
    license_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    audience: Mapped[Audience] = mapped_column(words_of(Audience, "audience"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class DealerList(Base):
    """That a dealer was looked after on a day: at most one list a day is mailed to it, of so many licenses."""

    __tablename__ = "dealer_lists"

    day: Mapped[date] = mapped_column(primary_key=True)
    dealer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    licenses: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
