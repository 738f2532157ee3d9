"""When a license's end is reminded of: the steps of its term, and which of them a day has reached.

A step may be told on its day and the six days after it, so that a few days without a worker lose nothing. No two steps
of a license can be told on one day, so of steps that were missed only the latest is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from prolong_server.rules import calendar

STEPS: Final = (60, 30, 7, 0, -14, -25)
LATE_DAYS: Final = 6
_MOST_GRACE_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Due:
    """A step that licenses with this last day have reached.

    `reached_on` is its day: who came into the world later is not told. `grace_months` is the least renewal grace with
    which a license can still be renewed today (R2): who has less is not told.
    """

    step: int
    expires_on: date
    reached_on: date
    grace_months: int


def due(today: date) -> Iterator[Due]:
    """Every step that may be told today, each with another last day."""
    for step in STEPS:
        for late in range(LATE_DAYS + 1):
            reached_on = today - timedelta(days=late)
            expires_on = reached_on + timedelta(days=step)
            grace = _least_grace(expires_on, today)
            if grace is not None:
                yield Due(step, expires_on, reached_on, grace)


def _least_grace(expires_on: date, today: date) -> int | None:
    months = range(_MOST_GRACE_MONTHS + 1)
    return next((grace for grace in months if calendar.renewable_until(expires_on, grace) >= today), None)
