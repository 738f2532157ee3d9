"""The arithmetic of moves: seats are kept, limits end on their day, scans are bound in whichever order they come."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import moves
from prolong_server.rules.module_facts import MoveLimit, Place
from tests.rules.moving import NEW, OLD, OTHER, TODAY, code_of, fields_of, move, places

ONE_DAY = timedelta(days=1)
serials = st.sampled_from([OLD, NEW, OTHER])
seats = st.dictionaries(serials, st.integers(1, 9))
some_places = st.lists(st.builds(Place, serials, st.integers(0, 9)), max_size=4).map(tuple)
scans = st.lists(
    st.tuples(st.sampled_from(["letter", "write_off_act"]), st.binary(min_size=32, max_size=32)), max_size=4
)


def test_seats_that_are_the_same_before_and_after_are_conserved():
    assert moves.conserved("lic_1", {OLD: 2, OTHER: 3}, {NEW: 5}) is None


@pytest.mark.parametrize("after", [{NEW: 4}, {NEW: 6}, {}])
def test_seats_that_appear_or_vanish_are_told_with_both_numbers(after):
    refusal = moves.conserved("lic_1", {OLD: 5}, after)
    assert code_of(refusal) == "seats_not_conserved"
    assert fields_of(refusal) == {"license": "lic_1", "before": 5, "after": sum(after.values())}


@pytest.mark.parametrize(
    ("before", "origins", "targets", "after"),
    [
        ({OLD: 5}, [(OLD, 5)], [(NEW, 5)], {NEW: 5}),
        ({OLD: 5, OTHER: 1}, [(OLD, 2)], [(NEW, 2)], {OLD: 3, OTHER: 1, NEW: 2}),
        ({OLD: 2, NEW: 3}, [(OLD, 2), (NEW, 3)], [(NEW, 5)], {NEW: 5}),
        ({OLD: 5}, [(OLD, 5)], [(OLD, 2), (NEW, 3)], {OLD: 2, NEW: 3}),
        ({OLD: 5}, [(OLD, None)], [], {OLD: 5}),
    ],
)
def test_a_move_takes_seats_from_its_origins_and_gives_them_to_its_targets(before, origins, targets, after):
    assert moves.moved(before, move(origins=origins, targets=targets)) == after


def test_a_module_cannot_give_seats_that_it_does_not_hold():
    after = moves.moved({OLD: 3}, move(origins=[(OLD, 5)], targets=[(NEW, 5)]))
    assert fields_of(moves.conserved("lic_1", {OLD: 3}, after)) == {"license": "lic_1", "before": 3, "after": 5}


@given(seats, some_places, some_places)
def test_a_move_is_conserved_exactly_when_it_takes_what_is_there_and_gives_as_much(before, origins, targets):
    one = move(
        origins=[(place.module, place.seats) for place in origins], targets=[(p.module, p.seats) for p in targets]
    )
    after = moves.moved(before, one)
    taken, given_ = moves.seats_by_module(origins), moves.seats_by_module(targets)
    really = sum(min(count, before.get(serial, 0)) for serial, count in taken.items())
    assert (moves.conserved("lic_1", before, after) is None) is (really == sum(given_.values()))
    assert all(count > 0 for count in after.values())


class TestWithForgotten:
    def test_a_license_that_the_customer_forgot_moves_too(self):
        bound = (move(), move(key="KEY-2"))
        assert moves.with_forgotten([move()], bound) == bound

    def test_a_license_of_which_fewer_seats_were_named_moves_with_all_of_them_under_the_name_the_customer_gave(self):
        named = move(software="Щит", origins=((OLD, 1),), targets=((NEW, 1),))
        assert moves.with_forgotten([named], [move()]) == (move(software="Щит"),)

    def test_a_license_that_the_old_module_does_not_hold_stays_as_it_was_named(self):
        stranger = move(key="KEY-9")
        assert moves.with_forgotten([stranger], [move()]) == (stranger, move())


class TestNextFreeDay:
    LIMIT = MoveLimit(allowed_count=2, policy_term_months=12)

    @pytest.mark.parametrize(
        ("moved_on", "free"),
        [
            ([], None),
            ([TODAY], None),
            ([TODAY, TODAY], date(2027, 6, 15)),
            ([date(2025, 6, 15), TODAY], None),
            ([date(2025, 6, 16), TODAY], date(2026, 6, 16)),
            ([TODAY, date(2025, 7, 1)], date(2026, 7, 1)),
            ([date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)], date(2026, 8, 1)),
        ],
    )
    def test_a_license_is_free_again_once_a_move_is_as_old_as_the_term(self, moved_on, free):
        assert moves.next_free_day(moved_on, self.LIMIT, TODAY) == free

    @given(st.lists(st.dates(date(2020, 1, 1), TODAY), max_size=6), st.integers(1, 3), st.integers(1, 40))
    def test_on_the_day_that_is_told_it_is_free_and_on_the_day_before_it_is_not(self, moved_on, count, months):
        limit = MoveLimit(count, months)
        free = moves.next_free_day(moved_on, limit, TODAY)
        if free is not None:
            assert free > TODAY
            assert moves.next_free_day(moved_on, limit, free) is None
            assert moves.next_free_day(moved_on, limit, free - ONE_DAY) == free

    @pytest.mark.parametrize(("count", "months"), [(0, 12), (1, 0), (-1, 12)])
    def test_a_limit_without_a_move_or_a_term_is_no_limit(self, count, months):
        with pytest.raises(ValueError, match="at least one"):
            MoveLimit(count, months)


class TestBoundScans:
    @given(scans, st.randoms())
    def test_the_order_in_which_scans_came_does_not_matter(self, found, random):
        told = [(kind, digest.hex()) for kind, digest in found]
        shuffled = random.sample(told, len(told))
        assert moves.bound_scans(told) == moves.bound_scans(shuffled)

    def test_another_scan_one_more_one_fewer_or_of_another_kind_is_another_hash(self):
        letter, act = ("letter", "a" * 64), ("write_off_act", "b" * 64)
        sets: tuple[list[tuple[str, str]], ...] = (
            [],
            [letter],
            [letter, letter],
            [letter, act],
            [("letter", "b" * 64)],
            [("write_off_act", "a" * 64)],
        )
        assert len({moves.bound_scans(one) for one in sets}) == len(sets)

    def test_the_hash_is_the_one_that_is_kept_with_approvals(self):
        kept = "bd43060c2454b3a8fe936cff3c635e17d47598fe862c218e126ac6cf076be8cb"
        assert moves.bound_scans([("write_off_act", "b" * 64), ("letter", "a" * 64)]) == kept


@pytest.mark.parametrize(
    ("due_on", "late"), [(None, False), (TODAY, False), (TODAY + ONE_DAY, False), (TODAY - ONE_DAY, True)]
)
def test_a_return_is_late_from_the_day_after_its_due_day(due_on, late):
    assert moves.is_overdue(due_on, TODAY) is late


def test_places_of_the_same_module_are_added_together():
    assert moves.seats_by_module(places([(OLD, 2), (OLD, 3), (NEW, None)])) == {OLD: 5, NEW: 0}
