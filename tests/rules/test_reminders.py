from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import calendar, reminders

DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def reached(expires_on: date, today: date, grace_months: int = 1) -> list[int]:
    """The steps of a license that may be told on a day."""
    found = [due for due in reminders.due(today) if due.expires_on == expires_on]
    return [due.step for due in found if due.grace_months <= grace_months]


@pytest.mark.parametrize("step", reminders.STEPS)
def test_a_step_is_told_on_its_day_and_the_six_days_after_it(step):
    expires_on = date(2026, 7, 1)
    day = expires_on - timedelta(days=step)
    told = [late for late in range(-3, 12) if step in reached(expires_on, day + timedelta(days=late), 3)]
    assert told == list(range(7))


@given(DAYS, st.integers(-70, 40), st.integers(0, 3))
def test_no_two_steps_of_a_license_are_told_on_one_day(expires_on, ahead, grace_months):
    assert len(reached(expires_on, expires_on + timedelta(days=ahead), grace_months)) <= 1


@given(DAYS, st.integers(-70, 120), st.integers(0, 3))
def test_a_license_that_can_no_longer_be_renewed_is_not_told_of(expires_on, ahead, grace_months):
    today = expires_on + timedelta(days=ahead)
    if reached(expires_on, today, grace_months):
        assert today <= calendar.renewable_until(expires_on, grace_months)


def test_without_a_grace_nothing_is_told_after_the_last_day():
    expires_on = date(2026, 7, 1)
    days = [expires_on + timedelta(days=ahead) for ahead in range(-80, 80)]
    told = [day for day in days if reached(expires_on, day, 0)]
    assert max(told) == expires_on


def test_the_last_step_is_told_only_within_a_grace_month_that_february_makes_short():
    expires_on = date(2026, 1, 31)
    told = [day for day in range(1, 40) if reached(expires_on, expires_on + timedelta(days=day)) == [-25]]
    assert told == [25, 26, 27, 28]


def test_a_step_knows_the_day_on_which_it_was_reached():
    assert {(due.expires_on - due.reached_on).days - due.step for due in reminders.due(date(2026, 3, 5))} == {0}
