"""M10: how often a license may move is limited by its product, and two persons together may go beyond it."""

import pytest

from prolong_server.modules import review
from prolong_server.rules import errors
from tests.modules.stage import COLLEAGUE, line


@pytest.fixture
def held(context, stage):
    """A license of a product that allows one move in six months."""
    stage.product("plot", moves_allowed_count=1, moves_policy_term_months=6)
    stage.modules("A", "B", "C")
    made = stage.license(4, "plot")
    stage.bind(made, "A", 4)
    return made


def approved(stage, held, origin, target, kind="transfer") -> str:
    ref = stage.draft(kind, [line(held, {origin: 4}, {target: 4})])
    stage.approve(ref)
    return ref


def test_one_move_more_waits_until_the_first_is_forgotten(stage, held):
    stage.execute(approved(stage, held, "A", "B"))
    ref = approved(stage, held, "B", "A")
    with pytest.raises(errors.MoveLimitReached) as refused:
        stage.execute(ref)
    assert str(refused.value.fields["next_on"]) == "2026-09-05"
    stage.call = stage.as_(stage.call.actor, days=184)
    assert stage.execute(ref).executed_at == stage.call.now


def test_the_limit_of_one_product_is_none_of_another(stage, held):
    free = stage.license(4)
    stage.bind(free, "A", 4)
    for origin, target in (("A", "B"), ("B", "A"), ("A", "B")):
        stage.execute(approved(stage, free, origin, target))


def test_an_override_takes_two_persons(stage, held):
    stage.execute(approved(stage, held, "A", "B"))
    ref = approved(stage, held, "B", "A")
    review.override_limit(stage.as_(), ref, "the vendor's own mistake")
    with pytest.raises(errors.SecondPersonNeeded):
        stage.execute(ref)
    with pytest.raises(errors.SecondPersonNeeded):
        review.override_limit(stage.as_(), ref, "once more")
    told = review.override_limit(stage.as_(COLLEAGUE), ref, "I agree").override
    assert told is not None
    assert (told.reason, told.asked_by == told.confirmed_by) == ("the vendor's own mistake", False)
    stage.execute(ref)


def test_a_replacement_is_not_limited_and_does_not_count(stage, held):
    stage.execute(approved(stage, held, "A", "B"))
    ref = approved(stage, held, "B", "C", "replace_lost")
    review.record_payment(stage.as_(), ref, "INV-1")
    stage.execute(ref)
    stage.call = stage.as_(stage.call.actor, days=184)
    stage.execute(approved(stage, held, "C", "A"))
