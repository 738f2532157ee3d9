"""M9: what is lost or broken gets nothing new, goes out of service for ever, and must come back if it turns up."""

import pytest

from prolong_server.modules import registry, reports, review, verification
from prolong_server.operations import invariants
from prolong_server.rules import errors
from prolong_server.rules.module_words import FileCode, ModuleEvent, ModuleState
from tests.modules.stage import line


@pytest.fixture(autouse=True)
def sound(context):
    yield
    assert invariants.check() == []


def test_a_customer_reports_the_modules_of_their_own_request_and_nobody_elses(stage):
    stage.modules("MINE", "THEIRS", "NEW")
    held, other = stage.license(2), stage.license(2)
    stage.bind(held, "MINE", 2)
    stage.bind(other, "THEIRS", 2)
    ref = stage.draft("transfer", [line(held, {"MINE": 2, "THEIRS": 2}, {"NEW": 4})])
    own = stage.customer(ref)
    number = own.actor.request_id
    for serial in ("THEIRS", "NEW", "UNKNOWN"):
        with pytest.raises(errors.ModuleNotFound):
            reports.report(own, serial, ModuleEvent.LOST, request_id=number)
    for event in (ModuleEvent.FOUND, ModuleEvent.RETURNED):
        with pytest.raises(errors.Forbidden):
            reports.report(own, "MINE", event, request_id=number)
    assert reports.report(own, "mine", ModuleEvent.LOST, request_id=number).status is ModuleState.REPORTED
    assert registry.show(stage.call, "THEIRS").status is ModuleState.IN_SERVICE


def test_nothing_new_is_bound_to_what_was_reported_and_its_files_work_until_it_is_decided(stage):
    stage.modules("M-1")
    held = stage.license(4)
    file = stage.bind(held, "M-1", 2)
    reports.report(stage.as_(), "M-1", ModuleEvent.LOST)
    with pytest.raises(errors.ModuleOutOfService):
        stage.bind(held, "M-1", 3)
    assert verification.verify(stage.call, file.file).code is FileCode.VALID


def test_what_turns_up_is_expected_back_and_stays_without_service(stage):
    stage.modules("M-1")
    with pytest.raises(errors.StateChanged):
        reports.report(stage.as_(), "M-1", ModuleEvent.FOUND)
    reports.report(stage.as_(), "M-1", ModuleEvent.LOST)
    found = reports.report(stage.as_(), "M-1", ModuleEvent.FOUND)
    assert (found.status, found.return_by) == (ModuleState.REPORTED, stage.as_(days=30).today)
    back = reports.report(stage.as_(days=2), "M-1", ModuleEvent.RETURNED)
    assert (back.status, back.return_by, back.returned_at) == (ModuleState.REPORTED, None, stage.as_(days=2).now)


def test_only_what_was_reported_is_retired_and_then_for_ever(stage):
    stage.modules("OLD", "NEW")
    held = stage.license(2)
    file = stage.bind(held, "OLD", 2)
    with pytest.raises(errors.StateChanged):
        reports.retire(stage.as_(), "OLD", "stolen")
    reports.report(stage.as_(), "OLD", ModuleEvent.LOST)
    gone = reports.retire(stage.as_(), "OLD", "stolen")
    assert reports.retire(stage.as_(days=1), "OLD", "again") == gone
    for event in ModuleEvent:
        assert reports.report(stage.as_(), "OLD", event).status is ModuleState.OUT_OF_SERVICE
    ref = stage.draft("replace_lost", [line(held, {"OLD": 2}, {"NEW": 2})])
    stage.approve(ref)
    review.record_payment(stage.as_(), ref, "INV-1")
    stage.execute(ref)
    assert registry.show(stage.call, "OLD").out_of_service_at == gone.out_of_service_at
    assert verification.verify(stage.call, file.file).code is FileCode.REVOKED
