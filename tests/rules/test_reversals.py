from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import calendar
from prolong_server.rules.reversals import Applied, recomputed
from prolong_server.rules.vocabulary import RenewalBasis

FROM_EXPIRY, FROM_NOW, FROM_NOW_IF_EXPIRED = RenewalBasis
BEGIN = date(2026, 2, 28)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A redemption that is to come: so many days after the one before."""

    after: int
    years: int
    basis: RenewalBasis


renewals = st.builds(Renewal, st.integers(0, 500), st.integers(1, 3), st.sampled_from(RenewalBasis))
histories = st.lists(renewals, min_size=1, max_size=6)


def history(expires_on, planned):
    """What is recorded of the renewals that extend a license, and the end after each."""
    day, told, ends = expires_on - timedelta(days=200), [], [expires_on]
    for one in planned:
        day += timedelta(days=one.after)
        after = calendar.renewed(ends[-1], one.years, one.basis, day)
        if after > ends[-1]:
            told.append(Applied(ends[-1], one.years, one.basis, day, reversed=False))
            ends.append(after)
    return told, ends


def reverse(told, *numbers):
    return [replace(one, reversed=one.reversed or at in numbers) for at, one in enumerate(told)]


class TestR18:
    """R18: from the `previous_expires_on` of the reversed one, the later unreversed redemptions applied again in their
    order, each with its own recorded period, basis and day; windows are not judged again.
    """

    def test_the_only_redemption_gives_back_the_day_before_it(self):
        told, _ = history(BEGIN, [Renewal(0, 2, FROM_EXPIRY)])
        assert recomputed(reverse(told, 0)) == BEGIN

    def test_the_last_of_several_gives_back_the_day_before_it(self):
        told, ends = history(BEGIN, [Renewal(0, 1, FROM_EXPIRY), Renewal(0, 2, FROM_EXPIRY)])
        assert recomputed(reverse(told, 1)) == ends[1]

    def test_what_was_stacked_on_top_is_applied_again(self):
        told, _ = history(BEGIN, [Renewal(0, 1, FROM_EXPIRY), Renewal(0, 2, FROM_EXPIRY)])
        assert recomputed(reverse(told, 0)) == date(2028, 2, 28)

    def test_the_end_of_february_is_clamped_anew(self):
        told, _ = history(date(2028, 2, 29), [Renewal(0, 1, FROM_EXPIRY), Renewal(0, 3, FROM_EXPIRY)])
        assert recomputed(reverse(told, 1)) == date(2029, 2, 28)
        assert recomputed(reverse(told, 0)) == date(2031, 2, 28)

    def test_a_later_one_from_now_stays_as_it_was(self):
        told, ends = history(BEGIN, [Renewal(0, 1, FROM_EXPIRY), Renewal(200, 2, FROM_NOW)])
        assert recomputed(reverse(told, 0)) == ends[-1]

    def test_a_later_one_counts_from_its_day_where_the_license_would_have_been_over_by_then(self):
        told, ends = history(BEGIN, [Renewal(0, 1, FROM_EXPIRY), Renewal(210, 1, FROM_NOW_IF_EXPIRED)])
        assert told[1].redeemed_on == date(2026, 3, 10)
        assert ends[-1] == date(2028, 2, 28)
        assert recomputed(reverse(told, 0)) == date(2027, 3, 9)

    def test_windows_are_not_judged_again(self):
        told, _ = history(BEGIN, [Renewal(0, 1, FROM_EXPIRY), Renewal(500, 1, FROM_EXPIRY)])
        late = told[1].redeemed_on
        assert late > calendar.renewable_until(BEGIN, 3)
        assert recomputed(reverse(told, 0)) == date(2027, 2, 28)

    def test_without_a_reversed_one_there_is_nothing_to_compute(self):
        with pytest.raises(ValueError, match="nothing"):
            recomputed(history(BEGIN, [Renewal(0, 1, FROM_EXPIRY)])[0])

    @given(histories, st.data())
    def test_a_single_reversal_is_the_rules_sentence(self, planned, data):
        told, _ = history(BEGIN, planned)
        chosen = data.draw(st.integers(0, len(told) - 1))
        expected = told[chosen].previous_expires_on
        for one in told[chosen + 1 :]:
            expected = calendar.renewed(expected, one.period_years, one.basis, one.redeemed_on)
        assert recomputed(reverse(told, chosen)) == expected

    @given(histories, st.data())
    def test_the_order_in_which_several_are_reversed_does_not_matter(self, planned, data):
        told, ends = history(BEGIN, planned)
        chosen = data.draw(st.lists(st.integers(0, len(told) - 1), min_size=1, max_size=3, unique=True))
        results = set()
        for order in permutations(chosen):
            steps, end = list(told), ends[-1]
            for number in order:
                steps = reverse(steps, number)
                assert recomputed(steps) <= end
                end = recomputed(steps)
            results.add(end)
        assert len(results) == 1

    @given(histories, histories, st.data())
    def test_a_license_that_is_renewed_between_two_reversals_goes_on_from_its_new_end(self, planned, more, data):
        told, _ = history(BEGIN, planned)
        told = reverse(told, data.draw(st.integers(0, len(told) - 1)))
        end = recomputed(told)
        later, ends = history(end, more)
        assert recomputed([*told, *later]) == ends[-1]

    @given(histories, st.data())
    def test_a_reversal_never_gives_a_later_end_nor_one_before_the_first(self, planned, data):
        told, ends = history(BEGIN, planned)
        chosen = data.draw(st.sets(st.integers(0, len(told) - 1), min_size=1))
        assert BEGIN <= recomputed(reverse(told, *chosen)) <= ends[-1]
