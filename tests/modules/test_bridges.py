"""M10: an interim file bridges the exchange of a Module that was reported, and never more than that."""

from datetime import timedelta

import pytest

from prolong_server.modules import reports, review, verification
from prolong_server.operations import invariants
from prolong_server.rules import errors
from prolong_server.rules.module_words import FileCode, ModuleEvent, RequestState
from tests.modules.stage import line


@pytest.fixture(autouse=True)
def sound(context):
    yield
    assert invariants.check() == []


def worth(stage, file, days=0) -> FileCode:
    return verification.verify(stage.as_(days=days), file.file).code


def reported(stage, seats=3, of=3):
    """A license whose Module OLD was reported broken."""
    held = stage.license(of)
    file = stage.bind(held, "OLD", seats)
    reports.report(stage.as_(), "OLD", ModuleEvent.BROKEN)
    return held, file


def test_a_bridge_has_a_near_end_and_is_worth_nothing_afterwards(stage):
    stage.modules("OLD", "LOAN")
    held, _ = reported(stage)
    bridge = stage.bind(held, "LOAN", 3, stage.call.today + timedelta(days=14))
    told = [worth(stage, bridge, days) for days in (0, 14, 15)]
    assert told == [FileCode.VALID, FileCode.VALID, FileCode.EXPIRED]
    with pytest.raises(errors.InvalidRequest):
        stage.bind(held, "LOAN", 3, stage.call.today - timedelta(days=1))
    with pytest.raises(errors.InvalidRequest):
        stage.bind(held, "LOAN", 3, held.expires_on + timedelta(days=1))


def test_a_bridge_never_takes_the_place_of_seats_that_are_there_for_good(stage):
    stage.modules("M-1")
    held = stage.license(6)
    stage.bind(held, "M-1", 3)
    with pytest.raises(errors.InvalidRequest):
        stage.bind(held, "M-1", 2, held.expires_on)


def test_seats_that_come_to_stay_leave_room_for_a_bridge(stage):
    stage.modules("OLD", "LOAN", "NEW")
    held, _ = reported(stage, seats=3, of=6)
    stage.bind(held, "LOAN", 6, held.expires_on)
    with pytest.raises(errors.SeatsExceeded):
        stage.bind(held, "NEW", 3)


def test_a_bridge_that_is_over_makes_room_for_another(stage):
    stage.modules("OLD", "LOAN", "SECOND")
    held, _ = reported(stage)
    bridge = stage.bind(held, "LOAN", 3, stage.call.today)
    stage.call = stage.as_(stage.call.actor, days=1)
    assert worth(stage, stage.bind(held, "SECOND", 3, held.expires_on)) is FileCode.VALID
    assert worth(stage, bridge) is FileCode.REVOKED


def test_a_move_elsewhere_leaves_the_bridge_of_a_reported_module_alone(stage):
    stage.modules("OLD", "LOAN", "A", "B")
    held = stage.license(6)
    stage.bind(held, "OLD", 3)
    stage.bind(held, "A", 3)
    reports.report(stage.as_(), "OLD", ModuleEvent.BROKEN)
    bridge = stage.bind(held, "LOAN", 3, held.expires_on)
    ref = stage.draft("transfer", [line(held, {"A": 3}, {"B": 3})])
    stage.approve(ref)
    stage.execute(ref)
    assert worth(stage, bridge) is FileCode.VALID


def test_what_was_bridged_onto_a_module_ends_when_that_module_is_replaced(stage):
    stage.modules("OLD", "LOAN", "NEW")
    other, _ = reported(stage)
    held = stage.license(2)
    stage.bind(held, "LOAN", 2)
    bridge = stage.bind(other, "LOAN", 3, other.expires_on)
    ref = stage.draft("replace_lost", [line(held, {"LOAN": 2}, {"NEW": 2})])
    stage.approve(ref)
    review.record_payment(stage.as_(), ref, "INV-1")
    assert stage.execute(ref).state is RequestState.COMPLETED
    assert worth(stage, bridge) is FileCode.REVOKED
