"""The right itself and what moves it: licenses, customers, machines, codes, redemptions, reversals, activations."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from prolong_server.db import Base
from prolong_server.models.catalogue import Edition
from prolong_server.models.channel import Dealer
from prolong_server.models.columns import Counted, Instant, words_of
from prolong_server.rules.vocabulary import LicenseClass, LicenseStatus, RenewalBasis

ISSUED, REDEEMED, VOIDED = 0, 1, 2
_REVOKED = text("status = 'revoked'")
# Records that are only appended lie in the order of time, so a BRIN of a few pages finds them, and costs an insert
# next to nothing.
_IN_ORDER_OF_TIME: Mapping[str, Any] = {"postgresql_using": "brin", "postgresql_with": {"autosummarize": "on"}}


class Customer(Base):
    """To whom a license belongs; personal data, erased on request."""

    __tablename__ = "customers"
    __table_args__ = (Index("ix_customers_email", func.lower(text("email"))),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    country: Mapped[str | None] = mapped_column(String(2))
    reminders: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(Instant)


class License(Base):
    """The right of one customer to run one edition on `seats` workstations until `expires_on`, that day included.

    `seq` grows with every change, and every change is conditional on it; `changed_at` is the instant of the last.
    `files` is the number of its current license files, so that a redemption knows at no cost that there is none (M11).
    """

    __tablename__ = "licenses"
    __table_args__ = (
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("starts_on <= expires_on", name="term"),
        CheckConstraint("machines BETWEEN 0 AND seats", name="machines"),
        Index("uq_licenses_license_key", func.upper(text("license_key")), unique=True),
        Index("ix_licenses_revoked", "id", postgresql_where=_REVOKED, sqlite_where=_REVOKED),
        # Not BRIN: a changed license may move to another page, and its old instant with it.
        Index(None, "created_at"),
        {"postgresql_with": {"fillfactor": 90}},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    license_key: Mapped[str] = mapped_column(String(64))
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    license_class: Mapped[LicenseClass] = mapped_column(words_of(LicenseClass, "license_class"))
    status: Mapped[LicenseStatus] = mapped_column(words_of(LicenseStatus, "status"))
    seats: Mapped[int] = mapped_column(Integer)
    country: Mapped[str] = mapped_column(String(2))
    starts_on: Mapped[date]
    expires_on: Mapped[date]
    activated_on: Mapped[date | None]
    dealer_id: Mapped[int | None] = mapped_column(ForeignKey("dealers.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    machines: Mapped[int] = mapped_column(Integer, default=0)
    files: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    test: Mapped[bool] = mapped_column(default=False)
    seq: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    edition: Mapped[Edition] = relationship(lazy="raise")
    dealer: Mapped[Dealer | None] = relationship(lazy="raise")


class Machine(Base):
    """A computer that has registered itself with a license (R6)."""

    __tablename__ = "machines"
    __table_args__ = (UniqueConstraint("license_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"))
    fingerprint: Mapped[str] = mapped_column(String(128))
    name: Mapped[str | None] = mapped_column(String(200))
    registered_at: Mapped[datetime] = mapped_column(Instant)


class Code(Base):
    """A one-time code: a keyed digest (16 bytes), its order, and whether it is issued, redeemed or voided.

    There is no foreign key to orders: code rows are born in the transaction of their order, neither is ever deleted,
    and a check per row would cost a large order more than everything else; `prolong-server check` verifies the link.
    """

    __tablename__ = "codes"
    __table_args__ = (CheckConstraint("state BETWEEN 0 AND 2", name="state"), {"postgresql_with": {"fillfactor": 90}})

    digest: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, index=True)
    key_id: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[int] = mapped_column(SmallInteger, default=ISSUED, server_default=str(ISSUED))
    voided_at: Mapped[datetime | None] = mapped_column(Instant)


class Void(Base):
    """One voiding of codes of an order: how many, and what was credited for them in minor units (0 in the sandbox).

    `voided_on` is the vendor's day. `actor` is None for what was voided before these records were kept.
    """

    __tablename__ = "voids"
    __table_args__ = (
        CheckConstraint("codes >= 1", name="codes"),
        CheckConstraint("credited >= 0", name="credited"),
        Index(None, "voided_at"),
    )

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    voided_on: Mapped[date] = mapped_column(index=True)
    voided_at: Mapped[datetime] = mapped_column(Instant)
    codes: Mapped[int] = mapped_column(Integer)
    credited: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str | None] = mapped_column(String(32))


class Redemption(Base):
    """The receipt of a renewal code spent on a license: once by the primary key, in order by (license, seq)."""

    __tablename__ = "redemptions"
    __table_args__ = (
        UniqueConstraint("license_id", "license_seq"),
        CheckConstraint("previous_expires_on < expires_on", name="extends"),
        Index(None, "redeemed_at", **_IN_ORDER_OF_TIME),
    )

    code: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    license_id: Mapped[int] = mapped_column(BigInteger)
    license_seq: Mapped[int] = mapped_column(Integer)
    redeemed_at: Mapped[datetime] = mapped_column(Instant)
    redeemed_on: Mapped[date]
    previous_expires_on: Mapped[date]
    expires_on: Mapped[date]
    period_years: Mapped[int] = mapped_column(SmallInteger)
    renewal_basis: Mapped[RenewalBasis] = mapped_column(words_of(RenewalBasis, "basis"))
    reversed_at: Mapped[datetime | None] = mapped_column(Instant)


class Reversal(Base):
    """A redemption taken back by staff (R18): from which end to which the license went, in order by (license, seq).

    `reversed_on` is the vendor's day.
    """

    __tablename__ = "reversals"
    __table_args__ = (
        UniqueConstraint("license_id", "license_seq"),
        CheckConstraint("expires_on <= previous_expires_on", name="shortens"),
        Index(None, "reversed_at"),
    )

    code: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    license_id: Mapped[int] = mapped_column(BigInteger)
    license_seq: Mapped[int] = mapped_column(Integer)
    reversed_at: Mapped[datetime] = mapped_column(Instant)
    reversed_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    actor: Mapped[str] = mapped_column(String(32))
    previous_expires_on: Mapped[date]
    expires_on: Mapped[date]


class Activation(Base):
    """The record of an activation code that created a license."""

    __tablename__ = "activations"
    __table_args__ = (Index(None, "activated_at", **_IN_ORDER_OF_TIME),)

    code: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"), unique=True)
    activated_at: Mapped[datetime] = mapped_column(Instant)
