"""The days that licenses run by (R2, R5, R16 and the section Dates of the rules).

Days are `datetime.date` in the vendor's time zone, both ends of a term included. Arithmetic that would leave the
calendar stops at its last day (`date.max`) instead of failing: such a day is later than every limit it is compared
with, so the rules refuse it by name.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from prolong_server.rules.vocabulary import RenewalBasis

MIN_DAY: Final = date(1990, 1, 1)
MAX_DAY: Final = date(2199, 12, 31)
END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)

_ONE_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)
# A zone is less than a day away from UTC, so the start of the day after this one is an instant everywhere.
_LAST_DAY_WITH_END: Final = date.max - 2 * _ONE_DAY


def add_years(day: date, years: int) -> date:
    """The same day `years` (0 or more) later, clamped to the month's end: 29 Feb + 1 year = 28 Feb."""
    return add_months(day, 12 * years)


@lru_cache(maxsize=4096)
def add_months(day: date, months: int) -> date:
    """The same day `months` (0 or more) later, clamped to the month's end: 31 Jan + 1 month = 28 or 29 Feb."""
    if months < 0:
        raise ValueError(f"A term cannot run backwards: {months} months.")
    try:
        return day + relativedelta(months=months)
    except (OverflowError, ValueError):
        return date.max


def add_days(day: date, days: int) -> date:
    """The day `days` (0 or more) later."""
    if days < 0:
        raise ValueError(f"A term cannot run backwards: {days} days.")
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def renewable_until(expires_on: date, grace_months: int) -> date:
    """The last day on which a license can be renewed (R2)."""
    return add_months(expires_on, grace_months)


def renewed(expires_on: date, period_years: int, basis: RenewalBasis, today: date) -> date:
    """The new `expires_on` after a renewal for `period_years` on the day `today` (R5).

    Judges nothing: neither the window (R2) nor whether the new day is later than the old one (R17).
    """
    from_now = basis is RenewalBasis.FROM_NOW
    if from_now or (basis is RenewalBasis.FROM_NOW_IF_EXPIRED and today > expires_on):
        return first_term(today, period_years)
    return add_years(expires_on, period_years)


def first_term(today: date, period_years: int) -> date:
    """The last day of a term of `period_years` that begins `today`."""
    return add_years(today, period_years) - _ONE_DAY


def shelf_life_end(ordered_on: date, shelf_life_days: int) -> date:
    """The last day on which a code with a shelf life can be redeemed (R16)."""
    return add_days(ordered_on, shelf_life_days)


def vendor_day(now: datetime, zone: ZoneInfo) -> date:
    """The vendor's calendar day at the instant `now`; ValueError for an instant without a zone."""
    if now.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return now.astimezone(zone).date()


def in_utc(instant: datetime) -> str:
    """An aware instant as answers, documents, events and the log write it: RFC 3339 in UTC, with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def term_end(day: date, zone: ZoneInfo) -> datetime:
    """`ends_at`: the instant in UTC from which on it is no longer `day` in `zone`; `END_OF_TIME` for the last days.

    Midnight may be missing (clocks go from 23:59 to 01:00, or a whole day is left out), in which case the first of its
    two readings (PEP 495, `fold=0`) is the moment of the change. It may also come twice: where the clocks go back
    across it the day comes back for an hour, and ends at the second midnight; where they go back to it, at the first.
    """
    if day > _LAST_DAY_WITH_END:
        return END_OF_TIME
    midnight = datetime.combine(day + _ONE_DAY, time.min, zone)
    first, second = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    comes_back = second > first and vendor_day(second - _TICK, zone) <= day
    return second if comes_back else first
