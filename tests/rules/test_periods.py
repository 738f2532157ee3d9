"""The periods of reports and quotas."""

from datetime import date

import pytest

from prolong_server.rules import periods
from prolong_server.rules.periods import Period

DAY, WEEK, MONTH = Period


@pytest.mark.parametrize(
    ("by", "day", "first", "following"),
    [
        (DAY, date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 11)),
        (DAY, date(2028, 2, 29), date(2028, 2, 29), date(2028, 3, 1)),
        (WEEK, date(2026, 3, 9), date(2026, 3, 9), date(2026, 3, 16)),
        (WEEK, date(2026, 3, 15), date(2026, 3, 9), date(2026, 3, 16)),
        (WEEK, date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 4)),
        (MONTH, date(2026, 3, 1), date(2026, 3, 1), date(2026, 4, 1)),
        (MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_begins_on_its_first_day_and_ends_before_the_next_one(by, day, first, following):
    assert periods.start(day, by) == first
    assert periods.following(first, by) == following


def test_only_the_outer_periods_of_a_range_are_partial():
    weeks = list(periods.between(date(2026, 2, 25), date(2026, 3, 10), WEEK))
    assert weeks == [
        (date(2026, 2, 25), date(2026, 3, 1)),
        (date(2026, 3, 2), date(2026, 3, 8)),
        (date(2026, 3, 9), date(2026, 3, 10)),
    ]
    months = list(periods.between(date(2026, 1, 31), date(2026, 3, 1), MONTH))
    assert [first for first, _ in months] == [date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1)]
    assert [last for _, last in months] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 1)]
