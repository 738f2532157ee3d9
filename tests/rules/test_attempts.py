"""When a message is sent again."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import attempts

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


@given(st.floats(0, 1))
def test_attempts_grow_seldom_and_end_three_days_after_the_first(jitter):
    waits = [attempts.wait(number, jitter) for number in range(1, len(attempts.DELAYS) + 1)]
    told = [wait for wait in waits if wait is not None]
    assert told[0] >= timedelta(seconds=5)
    assert all(shorter < longer for shorter, longer in itertools.pairwise(told[:10]))
    assert attempts.GIVE_UP <= sum(told, timedelta()) <= timedelta(days=3.5)
    assert attempts.wait(len(waits) + 1, jitter) is None


def test_what_failed_together_comes_back_apart():
    assert attempts.wait(3, 0) != attempts.wait(3, 1)


@pytest.mark.parametrize(
    ("asked", "told"),
    [("60", 60), ("5", 30), ("999999", 12 * 3600), ("Thu, 05 Mar 2026 12:10:00 GMT", 600), ("soon", 30), (None, 30)],
)
def test_a_receiver_may_ask_for_longer_but_not_for_ever_and_not_for_sooner(asked, told):
    after = attempts.retry_after(asked, NOW)
    assert attempts.wait(2, 0, after) == timedelta(seconds=told)


OVERFLOWING = ("Mon, 1 Jan 99999999999 00:00:00 GMT", "Mon, 1 Jan 2026 00:00:00 +9999999999999999")


@pytest.mark.parametrize("text", ["-1", "1e3", "٣", "9" * 30, "", "\0", "Thu, 99 Mar 2026 12:10:00 GMT", *OVERFLOWING])
def test_nonsense_asks_for_nothing(text):
    assert attempts.retry_after(text, NOW) is None


def test_a_date_that_is_over_asks_for_nothing():
    assert attempts.retry_after("Thu, 05 Mar 2020 12:10:00 -0000", NOW) == timedelta()


@given(st.text(), st.from_regex(r"\A[A-Z][a-z]{2}, \d+ Jan \d+ \d+:\d+:\d+ [+-]\d+\Z"))
def test_no_header_whatever_it_says_is_an_error(text, date):
    for header in (text, date):
        asked = attempts.retry_after(header, NOW)
        assert asked is None or asked >= timedelta()
