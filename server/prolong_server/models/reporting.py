"""What is posted for reports and leads: sums by day, and the days on which terms end. All of it follows from facts."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from prolong_server.db import Base
from prolong_server.models.columns import Instant, words_of

# In the place of a dealer: all of them together. 0 is nobody.
ALL = -1


class Metric(StrEnum):
    """What is counted. `ordered` and `credited` are minor units of a currency, all others are numbers of things."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    VOIDED = "voided"
    REVERSED = "reversed"
    ACTIVATED = "activated"
    ORDERED = "ordered"
    CREDITED = "credited"
    DUE = "due"
    RENEWED = "renewed"


class Total(Base):
    """The posted sum of one metric on one day of the vendor's calendar; `dealer_id` is 0 where there is none,
    and ALL for the sum over all dealers, which nobody has to add up again.

    `country` is empty where it is that of the dealer, and `currency` is empty where nothing is money. There are no
    foreign keys: the rows are made from facts that have them.
    """

    __tablename__ = "totals"
    __table_args__ = (Index(None, "metric", "day"),)

    dealer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    metric: Mapped[Metric] = mapped_column(words_of(Metric, "metric"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Expiry(Base):
    """A day on which a renewable license's term ends or once ended; `dealer_id` is 0 where none sold it.

    A row whose day is no longer the license's `expires_on` is stale: a later fact has moved it, and has a row of its
    own. So a redemption, which moves that day, need not touch any index of it.
    """

    __tablename__ = "expiries"
    __table_args__ = (Index(None, "expires_on", "license_id"),)

    dealer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    expires_on: Mapped[date] = mapped_column(primary_key=True)
    license_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Mark(Base):
    """The instant up to which all facts are posted."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    posted_until: Mapped[datetime] = mapped_column(Instant)
