import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests import shapes
from loadtests.shapes import SHAPES, Phase

RAMP = (Phase(10, 1.0), Phase(10, 1.0), Phase(5, 0.2))


@pytest.mark.parametrize(
    ("second", "users"), [(0, 1), (5, 10), (10, 20), (19.9, 20), (22.5, 12), (24.99, 4), (25, None), (99, None)]
)
def test_users_go_evenly_from_one_phase_to_the_next(second, users):
    assert shapes.users_at(RAMP, 20, second) == users


@given(st.sampled_from(sorted(SHAPES)), st.integers(1, 500), st.floats(0, 700))
def test_there_is_a_user_while_a_shape_lasts_and_never_more_than_the_most(name, most, second):
    users = shapes.users_at(SHAPES[name], most, second)
    assert (users is None) == (second >= shapes.seconds_of(SHAPES[name]))
    assert users is None or 1 <= users <= most


def test_the_soak_lasts_ten_minutes_and_a_month_ends_in_a_spike():
    assert shapes.seconds_of(SHAPES["soak"]) == 600
    quiet, spike = (shapes.users_at(SHAPES["month-end"], 100, second) for second in (50, 100))
    assert (quiet, spike) == (10, 100)


def test_user_seconds_are_the_area_below_the_shape():
    assert shapes.user_seconds(RAMP, 20) == 20 * (5 + 10 + 3)


@pytest.mark.parametrize("name", SHAPES)
def test_the_pairs_last_for_the_shape(name):
    steps = sum(
        shapes.users_at(SHAPES[name], 50, second) or 0 for second in range(int(shapes.seconds_of(SHAPES[name])))
    )
    spenders = sum(shapes.WEIGHTS[name] for name in shapes.SPENDERS) / sum(shapes.WEIGHTS.values())
    assert shapes.pairs_for(SHAPES[name], 50, 0.5) >= steps * spenders / 0.5
