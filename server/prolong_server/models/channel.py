"""How codes are sold: dealers and their accounts, price lists, orders and their sealed lists of codes.

Money is kept in minor units of its currency (cents) as whole numbers.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from prolong_server.db import Base
from prolong_server.models.catalogue import Edition
from prolong_server.models.columns import Counted, Instant, Words, words_of
from prolong_server.rules.periods import Period
from prolong_server.rules.vocabulary import CodeKind, LicenseClass


class DealerStatus(StrEnum):
    """Whether a dealer may order; codes already sold stay good (R11)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class OrderStatus(StrEnum):
    """An order is issued in one transaction; confirming its receipt destroys the sealed list of codes."""

    ISSUED = "issued"
    CONFIRMED = "confirmed"


class EntryKind(StrEnum):
    """What moved a dealer's balance."""

    ORDER = "order"
    VOID = "void"
    PAYMENT = "payment"
    CORRECTION = "correction"


class Dealer(Base):
    """A company that sells in its territories; `balance` is the sum of its account entries.

    A quota is `quota_codes` in each `quota_per`; `quota_used` counts from `quota_from` on, the first day of a period.
    """

    __tablename__ = "dealers"
    __table_args__ = (
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount"),
        CheckConstraint("quota_codes >= 0", name="quota_codes"),
        CheckConstraint("quota_used >= 0", name="quota_used"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    territories: Mapped[tuple[str, ...]] = mapped_column(Words)
    currency: Mapped[str] = mapped_column(String(3))
    credit_limit: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    discount_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    phone: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(254))
    url: Mapped[str | None] = mapped_column(String(2000))
    status: Mapped[DealerStatus] = mapped_column(words_of(DealerStatus, "status"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    quota_codes: Mapped[int | None] = mapped_column(Integer)
    quota_per: Mapped[Period | None] = mapped_column(words_of(Period, "quota_per"))
    quota_from: Mapped[date | None]
    quota_used: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class AccountEntry(Base):
    """One movement of a dealer's balance, appended and never changed, which triggers see to; a debit is negative.

    `balance` is the balance after it; None where the release before this column wrote the entry.
    """

    __tablename__ = "account_entries"
    __table_args__ = (Index(None, "dealer_id", "id"),)

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    dealer_id: Mapped[int] = mapped_column(ForeignKey("dealers.id"))
    kind: Mapped[EntryKind] = mapped_column(words_of(EntryKind, "kind"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    reason: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)
    balance: Mapped[int | None] = mapped_column(BigInteger)


class PriceList(Base):
    """Official prices in one currency; it replaces the earlier list of the currency from `valid_from` on."""

    __tablename__ = "price_lists"
    __table_args__ = (Index(None, "currency", "valid_from"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(String(3))
    valid_from: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(Instant)
    items: Mapped[list["PriceItem"]] = relationship(lazy="raise")


class PriceItem(Base):
    """The price of one code, by the least number of seats it holds for; R12 is a constraint."""

    __tablename__ = "price_items"
    __table_args__ = (CheckConstraint("0 <= renewal_price AND renewal_price < new_price", name="preferential"),)

    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_lists.id"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    period_years: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    seats_from: Mapped[int] = mapped_column(Integer, primary_key=True)
    new_price: Mapped[int] = mapped_column(BigInteger)
    renewal_price: Mapped[int] = mapped_column(BigInteger)


class Order(Base):
    """A dealer's purchase of `quantity` codes of one kind, with the terms of that day."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 1000000", name="quantity"),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("total = unit_price * quantity", name="total"),
        Index(None, "dealer_id", "created_at", "id"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    dealer_id: Mapped[int] = mapped_column(ForeignKey("dealers.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    kind: Mapped[CodeKind] = mapped_column(words_of(CodeKind, "kind"))
    license_class: Mapped[LicenseClass] = mapped_column(words_of(LicenseClass, "license_class"))
    period_years: Mapped[int] = mapped_column(SmallInteger)
    seats: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[int] = mapped_column(Integer)
    reference: Mapped[str | None] = mapped_column(String(200))
    shelf_life_days: Mapped[int | None] = mapped_column(Integer)
    good_until: Mapped[date | None]
    territories: Mapped[tuple[str, ...]] = mapped_column(Words)
    unit_price: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    price_list_id: Mapped[int | None] = mapped_column(ForeignKey("price_lists.id"))
    status: Mapped[OrderStatus] = mapped_column(words_of(OrderStatus, "status"))
    test: Mapped[bool]
    ordered_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(Instant)
    sealed_until: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    edition: Mapped[Edition] = relationship(lazy="raise")


class SealedChunk(Base):
    """A part of an order's codes, sealed (AES-256-GCM) under a key that the database does not hold."""

    __tablename__ = "sealed_chunks"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
