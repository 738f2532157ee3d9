"""Which licenses have reached a step of their term of which somebody is still to be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true, union
from sqlalchemy.orm import Session, contains_eager, joinedload

from prolong_server.call import Call
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.licensing import Customer, License, Reversal
from prolong_server.models.mail import Audience, Reminder
from prolong_server.models.reporting import Expiry
from prolong_server.operations import figures
from prolong_server.rules import calendar, reminders
from prolong_server.rules.reminders import Due
from prolong_server.rules.vocabulary import LicenseClass, LicenseStatus

Licenses = Select[License]
# Programs are told while there is something to be done before the end.
FIRST_AFTER: Final = -1


@dataclass(frozen=True, slots=True)
class Reached:
    """The days on which a step can be told, `since` when facts are not yet posted, and the vendor's zone."""

    step: int
    days: Sequence[Due]
    since: datetime
    zone: ZoneInfo


def steps(session: Session, call: Call) -> Iterator[Reached]:
    """Each step that may be told today."""
    since = figures.posted_until(session)
    for step, days in groupby(reminders.due(call.today), key=lambda due: due.step):
        yield Reached(step, tuple(days), since, call.zone)


def of_customers_and_programs(reached: Reached, by_mail: bool) -> Licenses:
    """Select the licenses of which customer or programs are still to be told."""
    mailable = and_(Customer.email.is_not(None), Customer.reminders) if by_mail else false()
    for_programs = true() if reached.step > FIRST_AFTER else false()
    waiting = or_(
        and_(mailable, ~_was_told(reached, Audience.CUSTOMER)),
        and_(for_programs, ~_was_told(reached, Audience.PROGRAMS)),
    )
    return _due(reached, None).outerjoin(Customer, Customer.id == License.customer_id).where(waiting)


def of_dealer(reached: Reached, dealer_id: int) -> Licenses:
    """Select the licenses that a dealer sold and of which it is still to be told."""
    mine = _due(reached, dealer_id).where(License.dealer_id == dealer_id)
    return mine.where(~_was_told(reached, Audience.DEALER))


def _due(reached: Reached, dealer_id: int | None) -> Licenses:
    """Select the live licenses that have reached the step and can be renewed, with all that is said of them."""
    statement = select(License).join(License.edition).join(Edition.product)
    said = (contains_eager(License.edition).contains_eager(Edition.product), joinedload(License.dealer))
    return statement.options(*said).where(
        _may_end_on(reached, dealer_id),
        or_(*(_has_reached(due, reached.zone) for due in reached.days)),
        License.status == LicenseStatus.ACTIVE,
        License.license_class == LicenseClass.STANDARD,
        License.activated_on.is_not(None),
        License.test.is_(False),
    )


def _has_reached(due: Due, zone: ZoneInfo) -> ColumnElement[bool]:
    return and_(
        License.expires_on == due.expires_on,
        License.created_at < calendar.term_end(due.reached_on, zone),
        Product.renewal_grace_months >= due.grace_months,
    )


def _may_end_on(reached: Reached, dealer_id: int | None) -> ColumnElement[bool]:
    """Which licenses to look at: what is posted for these days, and what was made or reversed since.

    A redemption since then needs no look: it moves the end beyond all steps.
    """
    days = [due.expires_on for due in reached.days]
    if reached.since == figures.NEVER:
        return License.expires_on.in_(days)
    posted = select(Expiry.license_id).where(Expiry.expires_on.in_(days))
    posted = posted if dealer_id is None else posted.where(Expiry.dealer_id == dealer_id)
    made = select(License.id).where(License.created_at > reached.since)
    numbers: Any = union(posted, made, select(Reversal.license_id).where(Reversal.reversed_at > reached.since))
    return License.id.in_(numbers)


def _was_told(reached: Reached, audience: Audience) -> ColumnElement[bool]:
    return exists().where(
        Reminder.expires_on == License.expires_on,
        Reminder.license_id == License.id,
        Reminder.step == reached.step,
        Reminder.audience == audience,
    )
