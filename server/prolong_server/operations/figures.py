"""What reports count: for each metric the facts that make it up, each with its instant, its day and its value.

One statement says what a metric is. It is summed when facts are posted, when those not yet posted are counted live, and
when `prolong-server check` compares the two, so that all three mean the same. Nothing of the sandbox is in it (R19).

A term is due on the day on which it ends: the first term of every renewable license, and the term that each standing
redemption has given. It is renewed by the redemption that names this day as the previous end. A reversal takes back
both of what its redemption has given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, func, literal, select
from sqlalchemy.orm import Session

from prolong_server.models.channel import Order
from prolong_server.models.licensing import Activation, Code, License, Redemption, Reversal, Void
from prolong_server.models.reporting import Mark, Metric
from prolong_server.rules.vocabulary import LicenseClass

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
MARK: Final = "totals"
Facts = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Source:
    """Facts of one metric: `instant` is when each happened, `facts` yields day, dealer, edition, country, value."""

    metric: Metric
    instant: ColumnElement[datetime]
    facts: Facts

    def after(self, since: datetime, until: datetime | None = None) -> Subquery:
        """The facts after `since`, up to `until`, that instant included."""
        chosen = self.facts if since == NEVER else self.facts.where(self.instant > since)
        return (chosen if until is None else chosen.where(self.instant <= until)).subquery()


def posted_until(session: Session) -> datetime:
    """The instant up to which every fact is posted; NEVER while nothing is."""
    return session.scalar(select(Mark.posted_until).where(Mark.name == MARK)) or NEVER


def _facts(day: Any, dealer: Any, edition: Any, country: Any, value: Any, currency: Any = "") -> Facts:
    named = {"day": day, "dealer_id": dealer, "edition_id": edition, "country": country, "currency": currency}
    found: Facts = select(*(_labeled(column, name) for name, column in (named | {"value": value}).items()))
    return found


def _labeled(column: Any, name: str) -> ColumnElement[Any]:
    labeled: ColumnElement[Any] = (literal(column) if isinstance(column, (int, str)) else column).label(name)
    return labeled


_SELLER = func.coalesce(License.dealer_id, 0)


def _ordered(metric: Metric, value: object, currency: object = "") -> Source:
    facts = _facts(Order.ordered_on, Order.dealer_id, Order.edition_id, "", value, currency)
    return Source(metric, Order.created_at.expression, facts.where(Order.test.is_(False)))


def _voided(metric: Metric, value: object, currency: object = "") -> Source:
    facts = _facts(Void.voided_on, Order.dealer_id, Order.edition_id, "", value, currency)
    joined = facts.select_from(Void).join(Order, Order.id == Void.order_id)
    return Source(metric, Void.voided_at.expression, joined.where(Order.test.is_(False)))


def _spent(metric: Metric, record: Any, instant: Any, day: object) -> Source:
    """Codes spent, by whoever sold the code, in the country of the license."""
    facts = _facts(day, Order.dealer_id, License.edition_id, License.country, 1)
    joined = facts.select_from(record).join(Code, Code.digest == record.code).join(Order, Order.id == Code.order_id)
    joined = joined.join(License, License.id == record.license_id)
    return Source(metric, instant.expression, joined.where(License.test.is_(False)))


def _terms(metric: Metric, day: object) -> Sequence[Source]:
    """What redemptions add to a metric of terms, and what their reversals take back, by the license's seller."""
    mine = License.test.is_(False)
    given = _facts(day, _SELLER, License.edition_id, License.country, 1).select_from(Redemption)
    given = given.join(License, License.id == Redemption.license_id).where(mine)
    taken = _facts(day, _SELLER, License.edition_id, License.country, -1).select_from(Reversal)
    taken = taken.join(Redemption, Redemption.code == Reversal.code)
    taken = taken.join(License, License.id == Redemption.license_id).where(mine)
    return (
        Source(metric, Redemption.redeemed_at.expression, given),
        Source(metric, Reversal.reversed_at.expression, taken),
    )


def _first_terms() -> Source:
    """The first terms of licenses that can ever be renewed; a license that was never activated cannot."""
    receipts = select(Redemption.previous_expires_on).where(Redemption.license_id == License.id)
    first = receipts.order_by(Redemption.license_seq).limit(1).correlate(License).scalar_subquery()
    day = func.coalesce(first, License.expires_on)
    facts = _facts(day, _SELLER, License.edition_id, License.country, 1)
    renewable = (License.license_class == LicenseClass.STANDARD, License.activated_on.is_not(None))
    return Source(Metric.DUE, License.created_at.expression, facts.where(License.test.is_(False), *renewable))


SOURCES: Final[Sequence[Source]] = (
    _ordered(Metric.ISSUED, Order.quantity),
    _ordered(Metric.ORDERED, Order.total, Order.currency),
    _voided(Metric.VOIDED, Void.codes),
    _voided(Metric.CREDITED, Void.credited, Order.currency),
    _spent(Metric.REDEEMED, Redemption, Redemption.redeemed_at, Redemption.redeemed_on),
    _spent(Metric.REVERSED, Reversal, Reversal.reversed_at, Reversal.reversed_on),
    _spent(Metric.ACTIVATED, Activation, Activation.activated_at, License.activated_on),
    _first_terms(),
    *_terms(Metric.DUE, Redemption.expires_on),
    *_terms(Metric.RENEWED, Redemption.previous_expires_on),
)
# Their country is that of the dealer, as it is when somebody asks.
AT_DEALERS: Final = frozenset({Metric.ISSUED, Metric.VOIDED, Metric.ORDERED, Metric.CREDITED})
INSTANTS: Final = tuple({str(source.instant): source.instant for source in SOURCES}.values())
TOUCHES: Final = (
    (License.id, License.created_at),
    (Redemption.license_id, Redemption.redeemed_at),
    (Reversal.license_id, Reversal.reversed_at),
)
