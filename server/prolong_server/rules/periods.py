"""The periods of reports and quotas: days, weeks that begin on Monday (ISO 8601), calendar months; and how long a
license is one to ask about (R2)."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from prolong_server.rules import calendar

_ONE_DAY = timedelta(days=1)
_LONGEST_MONTH = 31


class Period(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def start(day: date, by: Period) -> date:
    """The first day of the period that `day` is in."""
    if by is Period.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if by is Period.WEEK else day


def following(first: date, by: Period) -> date:
    """The first day of the period after the one that begins on `first`."""
    if by is Period.MONTH:
        return calendar.add_months(first, 1)
    return calendar.add_days(first, 7 if by is Period.WEEK else 1)


def between(starts_on: date, ends_on: date, by: Period) -> Iterator[tuple[date, date]]:
    """First and last day of each period from `starts_on` to `ends_on`, both included; the outer ones may be partial."""
    first = starts_on
    while first <= ends_on:
        last = min(ends_on, following(start(first, by), by) - _ONE_DAY)
        yield first, last
        first = last + _ONE_DAY


def oldest_renewable(today: date, grace_months: int) -> date:
    """The earliest `expires_on` with which a license can still be renewed `today` (R2)."""
    day = today - timedelta(days=_LONGEST_MONTH * grace_months)
    while calendar.renewable_until(day, grace_months) < today:
        day += _ONE_DAY
    return day
