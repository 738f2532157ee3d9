"""How many codes a dealer may order in a day, a week or a month of the vendor's calendar.

Use is counted on the dealer's row, by the same conditional UPDATE that debits the order, so a quota holds against any
number of orders at once and costs no lock of its own. What is counted is what was ordered: voiding codes returns credit
but no quota, and sandbox orders count as little as they cost (R19).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Date, case, func, literal, or_, select
from sqlalchemy.orm import Session

from prolong_server.models.channel import Dealer, Order
from prolong_server.rules import errors, periods
from prolong_server.rules.periods import Period

MAX_CODES: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class QuotaSpec:
    """What the vendor grants: `codes` in each period."""

    codes: int
    per: Period


@dataclass(frozen=True, slots=True)
class QuotaView:
    """A quota and what is left of it; on `resets_on` it is whole again."""

    codes: int
    per: str
    used: int
    left: int
    resets_on: date


def agreed(dealer: Dealer) -> QuotaSpec | None:
    """The dealer's quota, None where it has none."""
    if dealer.quota_codes is None or dealer.quota_per is None:
        return None
    return QuotaSpec(dealer.quota_codes, dealer.quota_per)


def agree(session: Session, dealer: Dealer, spec: QuotaSpec | None, today: date) -> None:
    """Give the dealer, whose row is new or locked, this quota or none; InvalidRequest.

    A quota for another period than before counts what was ordered since that period began.
    """
    if spec is not None and not 0 <= spec.codes <= MAX_CODES:
        raise errors.InvalidRequest({"quota": {"codes": [f"From 0 to {MAX_CODES}."]}})
    if spec is None:
        dealer.quota_codes = dealer.quota_per = dealer.quota_from = None
        dealer.quota_used = 0
        return
    if spec.per is not dealer.quota_per:
        dealer.quota_from = periods.start(today, spec.per)
        dealer.quota_used = _ordered(session, dealer, dealer.quota_from)
    dealer.quota_codes, dealer.quota_per = spec.codes, spec.per


def view(dealer: Dealer, today: date) -> QuotaView | None:
    """The quota as it stands today."""
    spec = agreed(dealer)
    if spec is None:
        return None
    first = periods.start(today, spec.per)
    # A day before the period that is counted is one that has just ended: it is counted into that period.
    counts = dealer.quota_from is not None and dealer.quota_from >= first
    used = dealer.quota_used if counts else 0
    began = dealer.quota_from if counts and dealer.quota_from else first
    left = max(0, spec.codes - used)
    return QuotaView(spec.codes, spec.per.value, used, left, periods.following(began, spec.per))


def refusal(dealer: Dealer, quantity: int, today: date) -> errors.QuotaExceeded | None:
    """Why the dealer, as just read, cannot order `quantity` codes; None if it can."""
    held = view(dealer, today)
    if held is None or held.used + quantity <= held.codes:
        return None
    return errors.QuotaExceeded(quota=held.codes, per=held.per, left=held.left, resets_on=held.resets_on)


def reaches(quantity: int, today: date) -> ColumnElement[bool]:
    """The condition of the UPDATE that orders `quantity` codes."""
    return or_(Dealer.quota_codes.is_(None), _used(today) + quantity <= Dealer.quota_codes)


def counted(quantity: int, today: date) -> Mapping[str, ColumnElement[object]]:
    """What that UPDATE sets."""
    first = _first_day(today)
    used = case((Dealer.quota_codes.is_(None), 0), else_=_used(today) + quantity)
    return {"quota_used": used, "quota_from": case((Dealer.quota_from >= first, Dealer.quota_from), else_=first)}


def _used(today: date) -> ColumnElement[int]:
    return case((Dealer.quota_from >= _first_day(today), Dealer.quota_used), else_=0)


def _first_day(today: date) -> ColumnElement[date | None]:
    begun = {per: literal(periods.start(today, per), Date) for per in Period}
    return case(*((Dealer.quota_per == per, day) for per, day in begun.items()))


def _ordered(session: Session, dealer: Dealer, since: date) -> int:
    live = (Order.dealer_id == dealer.id, Order.test.is_(False), Order.ordered_on >= since)
    return session.scalar(select(func.coalesce(func.sum(Order.quantity), 0)).where(*live)) or 0
