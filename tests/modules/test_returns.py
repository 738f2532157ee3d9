"""M5: what must come back is pledged, waited for, listed when late, reminded of once a week, and recorded once."""

import pytest

from prolong_server.modules import registry, reports, returns, review, submission, transfer_requests
from prolong_server.modules.request_specs import Pledges
from prolong_server.operations import invariants
from prolong_server.rules import errors, modules
from prolong_server.rules.module_words import ModuleEvent, ModuleState, RequestState
from tests.modules.stage import line


@pytest.fixture(autouse=True)
def sound(context):
    yield
    assert invariants.check() == []


def moving(stage, origin="M-1", target="M-2", **changes):
    held = stage.license(4)
    stage.bind(held, origin, 4)
    return stage.draft("transfer", [line(held, {origin: 4}, {target: 4})], **changes)


def approve(stage, ref):
    items = modules.checklist(transfer_requests.show(stage.as_(), ref).kind, return_required=True)
    return review.approve(stage.as_(), ref, return_required=True, checklist=items)


def test_a_return_that_nobody_has_pledged_is_asked_for_first(stage):
    stage.modules("M-1", "M-2")
    ref = moving(stage, pledges=Pledges(non_use=True))
    submission.submit(stage.customer(ref), ref)
    review.begin(stage.as_(), ref)
    asked = approve(stage, ref)
    assert (asked.state, asked.decided_at) == (RequestState.NEEDS_INFORMATION, None)
    assert "guarantee" in (asked.question or "")
    transfer_requests.change(stage.customer(ref), ref, {"pledges": Pledges(non_use=True, return_modules=True)})
    assert submission.submit(stage.customer(ref), ref).state is RequestState.IN_REVIEW
    assert approve(stage, ref).state is RequestState.APPROVED
    assert stage.execute(ref).state is RequestState.AWAITING_RETURN


def test_late_returns_are_listed_from_the_day_after_they_were_due(stage):
    stage.modules("M-1", "M-2")
    ref = moving(stage)
    stage.approve(ref, return_required=True)
    stage.execute(ref)
    late = [
        [seen.id for seen in transfer_requests.list_all(stage.as_(days=days), overdue=True).items]
        for days in (registry.DAYS_TO_RETURN, registry.DAYS_TO_RETURN + 1)
    ]
    assert late == [[], [ref]]
    returns.record(stage.as_(days=40), ref, "m-1")
    assert transfer_requests.list_all(stage.as_(days=41), overdue=True).items == ()


def test_who_is_late_is_reminded_once_a_week(stage):
    stage.modules("M-1", "M-2")
    ref = moving(stage)
    stage.approve(ref, return_required=True)
    stage.execute(ref)
    first = registry.DAYS_TO_RETURN + 1
    told = [returns.remind(stage.as_(days=days)) for days in (first - 1, first, first, first + 6, first + 7)]
    assert told == [0, 1, 0, 0, 1]


def test_a_return_is_recorded_once_and_only_of_what_is_waited_for(stage):
    stage.modules("M-1", "M-2", "M-3")
    ref = moving(stage)
    stage.approve(ref, return_required=True)
    with pytest.raises(errors.StateChanged):
        returns.record(stage.as_(), ref, "M-1")
    stage.execute(ref)
    for other in ("M-2", "M-3"):
        with pytest.raises(errors.InvalidRequest):
            returns.record(stage.as_(), ref, other)
    first = returns.record(stage.as_(), ref, "M-1")
    assert first.state is RequestState.COMPLETED
    assert returns.record(stage.as_(days=1), ref, "M-1") == first


def test_a_module_that_is_reported_returned_is_received_for_the_request_that_waits_for_it(stage):
    stage.modules("M-1", "M-2")
    ref = moving(stage)
    stage.approve(ref, return_required=True)
    stage.execute(ref)
    assert reports.report(stage.as_(), "M-1", ModuleEvent.RETURNED).status is ModuleState.IN_SERVICE
    done = transfer_requests.show(stage.as_(), ref)
    assert (done.state, [one.received_at for one in done.returns]) == (RequestState.COMPLETED, [stage.call.now])


def test_a_module_that_is_given_out_again_comes_back_again(stage):
    stage.modules("M-1", "M-2", "M-3")
    for target in ("M-2", "M-3"):
        ref = moving(stage, "M-1", target)
        stage.approve(ref, return_required=True)
        stage.execute(ref)
        assert registry.show(stage.call, "M-1").status is ModuleState.AWAITING_RETURN
        assert returns.record(stage.as_(), ref, "M-1").state is RequestState.COMPLETED
        back = registry.show(stage.call, "M-1")
        assert (back.status, back.return_by) == (ModuleState.IN_SERVICE, None)


def test_a_broken_module_that_came_back_before_its_replacement_is_recorded_all_the_same(stage):
    stage.modules("OLD", "NEW")
    held = stage.license(2)
    stage.bind(held, "OLD", 2)
    ref = stage.draft("replace_broken", [line(held, {"OLD": 2}, {"NEW": 2})])
    stage.approve(ref)
    review.record_payment(stage.as_(), ref, "INV-1")
    reports.report(stage.as_(), "OLD", ModuleEvent.RETURNED)
    stage.execute(ref)
    assert returns.record(stage.as_(), ref, "OLD").state is RequestState.COMPLETED
    assert registry.show(stage.call, "OLD").return_by is None


def test_a_module_is_exchanged_for_a_new_one_and_never_for_itself(stage):
    stage.modules("M-1", "M-2", "N-1", "N-2")
    ref = moving(stage)
    for serials in (["m-1"], ["N-1", "N-2"], ["UNKNOWN"]):
        with pytest.raises(errors.Refusal):
            exchanged(stage, ref, serials)
    assert exchanged(stage, ref, ["N-1"]).exchange_modules == ("N-1",)


def exchanged(stage, ref, serials):
    if transfer_requests.show(stage.as_(), ref).state is RequestState.DRAFT:
        submission.submit(stage.customer(ref), ref)
        review.begin(stage.as_(), ref)
    items = modules.checklist(transfer_requests.show(stage.as_(), ref).kind, return_required=True)
    return review.approve(stage.as_(), ref, return_required=True, checklist=items, exchange_modules=serials)
