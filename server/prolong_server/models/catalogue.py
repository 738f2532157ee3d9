"""What is licensed and who helps: products, editions, representatives by country."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from prolong_server.db import Base
from prolong_server.models.columns import Instant, Words, words_of
from prolong_server.rules.vocabulary import (
    EditionKind,
    MachineCheck,
    RenewalBasis,
    Territory,
)


class Product(Base):
    """A product and its policies; versions are compared as versions (R7).

    A license may be moved between Modules `moves_allowed_count` times in `moves_policy_term_months` (M10), or as often
    as one likes where the count is None.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("renewal_grace_months BETWEEN 0 AND 3", name="grace"),
        CheckConstraint("max_advance_years BETWEEN 1 AND 50", name="advance"),
        CheckConstraint("refresh_days BETWEEN 1 AND 366", name="refresh"),
        CheckConstraint("moves_allowed_count BETWEEN 1 AND 1000", name="moves_allowed_count"),
        CheckConstraint("moves_policy_term_months BETWEEN 1 AND 120", name="moves_policy_term_months"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    latest_version: Mapped[str] = mapped_column(String(64))
    minimum_renewal_version: Mapped[str | None] = mapped_column(String(64))
    download_url: Mapped[str | None] = mapped_column(String(2000))
    registration_url: Mapped[str | None] = mapped_column(String(2000))
    where_to_buy: Mapped[str | None] = mapped_column(String(2000))
    renewal_basis: Mapped[RenewalBasis] = mapped_column(words_of(RenewalBasis, "basis"))
    renewal_grace_months: Mapped[int] = mapped_column(SmallInteger)
    max_advance_years: Mapped[int] = mapped_column(SmallInteger)
    machine_check: Mapped[MachineCheck] = mapped_column(words_of(MachineCheck, "machine_check"))
    refresh_days: Mapped[int] = mapped_column(SmallInteger)
    moves_allowed_count: Mapped[int | None] = mapped_column(SmallInteger)
    moves_policy_term_months: Mapped[int] = mapped_column(SmallInteger, default=12, server_default="12")
    web_origins: Mapped[tuple[str, ...]] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)
    editions: Mapped[list["Edition"]] = relationship(lazy="raise", order_by="Edition.code", back_populates="product")


class Edition(Base):
    """An edition of a product: its kind, the periods it is licensed for, and its territory policy (R1, R11)."""

    __tablename__ = "editions"
    __table_args__ = (UniqueConstraint("product_id", "code"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[EditionKind] = mapped_column(words_of(EditionKind, "kind"))
    periods: Mapped[tuple[str, ...]] = mapped_column(Words)
    territory: Mapped[Territory] = mapped_column(words_of(Territory, "territory"))
    product: Mapped[Product] = relationship(lazy="raise", back_populates="editions")


class Representative(Base):
    """Whom people of a country call (R13); `country` is ISO 3166-1 alpha-2, or `default` for the vendor's own."""

    __tablename__ = "representatives"

    country: Mapped[str] = mapped_column(String(7), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254))
    url: Mapped[str] = mapped_column(String(2000))
