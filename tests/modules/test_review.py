"""M4, M7, M8: what was looked at is what is decided and what is executed; nothing goes round a step."""

import pytest

from prolong_server.modules import attachments, execution, registry, reports, review, submission, transfer_requests
from prolong_server.operations import invariants
from prolong_server.rules import errors, modules
from prolong_server.rules.module_words import ChecklistItem, ModuleEvent, RequestState
from tests.modules.stage import COLLEAGUE, line


@pytest.fixture(autouse=True)
def sound(context):
    yield
    assert invariants.check() == []


@pytest.fixture
def held(stage):
    stage.modules("M-1", "M-2")
    made = stage.license(4)
    stage.bind(made, "M-1", 4)
    return made


def submitted(stage, held, kind="transfer") -> str:
    ref = stage.draft(kind, [line(held, {"M-1": 4}, {"M-2": 4})])
    submission.submit(stage.customer(ref), ref)
    return str(ref)


def approve(stage, ref, left_out=(), **changes):
    kind = transfer_requests.show(stage.as_(), ref).kind
    items = set(modules.checklist(kind, return_required=False)) - set(left_out)
    return review.approve(stage.as_(), ref, return_required=False, checklist=items, **changes)


def change_scans(stage, ref, how) -> None:
    if how == "one more":
        stage.attach(ref, "letter", "another")
    else:
        (old,) = transfer_requests.show(stage.as_(), ref).attachments
        attachments.remove(stage.customer(ref), ref, old.id)
        stage.attach(ref, "letter", "another" if how == "another" else "a scan")


@pytest.mark.parametrize("how", ["one more", "another"])
def test_scans_that_changed_since_the_review_need_a_new_one_before_and_after_the_approval(stage, held, how):
    ref = submitted(stage, held)
    review.begin(stage.as_(), ref)
    change_scans(stage, ref, how)
    with pytest.raises(errors.ScansChangedSinceReview):
        approve(stage, ref)
    review.begin(stage.as_(), ref)
    approve(stage, ref)
    stage.attach(ref, "letter", "a third")
    with pytest.raises(errors.ScansChangedSinceReview):
        stage.execute(ref)
    assert review.begin(stage.as_(), ref).decided_at is None
    with pytest.raises(errors.StateChanged):
        stage.execute(ref)
    approve(stage, ref)
    assert stage.execute(ref).state is RequestState.COMPLETED


def test_the_same_scan_sent_again_changes_nothing(stage, held):
    ref = submitted(stage, held)
    review.begin(stage.as_(), ref)
    change_scans(stage, ref, "the same")
    assert approve(stage, ref).state is RequestState.APPROVED


def test_an_approval_of_other_scans_than_those_that_are_there_is_refused(stage, held):
    ref = submitted(stage, held)
    review.begin(stage.as_(), ref)
    with pytest.raises(errors.ScansChangedSinceReview):
        approve(stage, ref, scans="00" * 32)


@pytest.mark.parametrize("kind", ["transfer", "replace_lost"])
def test_each_item_that_was_not_found_is_named_and_stops_the_approval(stage, held, kind):
    ref = submitted(stage, held, kind)
    review.begin(stage.as_(), ref)
    for item in modules.checklist(transfer_requests.show(stage.as_(), ref).kind, return_required=False):
        with pytest.raises(errors.DocumentsNotAccepted) as refused:
            approve(stage, ref, left_out=[item])
        assert refused.value.fields["lacking"] == [item.value]
    with pytest.raises(errors.StateChanged):
        stage.execute(ref)


def test_a_replacement_needs_both_papers_and_the_payment(stage, held):
    ref = stage.draft("replace_lost", [line(held, {"M-1": 4}, {"M-2": 4})])
    for file in transfer_requests.show(stage.as_(), ref).attachments:
        if file.kind == "write_off_act":
            attachments.remove(stage.customer(ref), ref, file.id)
    with pytest.raises(errors.RequestIncomplete) as refused:
        submission.submit(stage.customer(ref), ref)
    lacking = refused.value.fields["missing"]
    assert isinstance(lacking, tuple)
    assert [one.code for one in lacking] == ["write_off_act"]
    stage.attach(ref, "write_off_act")
    stage.approve(ref)
    with pytest.raises(errors.ReplacementNotPaid):
        stage.execute(ref)
    review.record_payment(stage.as_(), ref, "INV-1")
    assert stage.execute(ref).state is RequestState.COMPLETED


def test_what_is_decided_cannot_be_decided_again(stage, held):
    ref = submitted(stage, held)
    review.begin(stage.as_(), ref)
    review.reject(stage.as_(), ref, "illegible")
    staff, own = stage.as_(), stage.customer(ref)
    for deed in (
        lambda: review.begin(staff, ref),
        lambda: approve(stage, ref),
        lambda: review.reject(staff, ref, "again"),
        lambda: review.request_information(staff, ref, "who?"),
        lambda: review.record_payment(staff, ref, "INV-1"),
        lambda: review.override_limit(staff, ref, "why not"),
        lambda: execution.execute(staff, ref),
        lambda: submission.submit(own, ref),
        lambda: submission.withdraw(own, ref),
        lambda: transfer_requests.change(own, ref, {"company": "Another"}),
        lambda: stage.attach(ref),
    ):
        with pytest.raises(errors.StateChanged):
            deed()
    assert ChecklistItem.LETTERHEAD in transfer_requests.show(staff, ref).checklist


def test_the_files_that_the_customer_forgot_move_with_the_replaced_module_and_the_customer_sees_their_ends(stage, held):
    forgotten = stage.license(7)
    stage.bind(forgotten, "M-1", 5)
    ref = submitted(stage, held, "replace_broken")
    mine, theirs = (transfer_requests.show(who, ref).licenses for who in (stage.customer(ref), stage.as_()))
    assert [one.license_key for one in theirs] == [held.license_key, forgotten.license_key]
    assert mine[1].license_key == f"…{forgotten.license_key[-5:]}"
    assert [[on.seats for on in one.targets] for one in theirs] == [[4], [5]]


def test_notes_and_ticks_of_a_review_are_kept_for_the_colleague_and_hidden_from_the_customer(stage, held):
    ref = stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})])
    submission.submit(stage.customer(ref), ref)
    with pytest.raises(errors.StateChanged):
        review.note(stage.as_(), ref, "Not begun yet.", [ChecklistItem.SEATS])
    review.begin(stage.as_(), ref)
    review.note(stage.as_(), ref, "The stamp is faint.", [ChecklistItem.SEATS])
    seen = transfer_requests.show(stage.as_(COLLEAGUE), ref)
    assert [(one.author, one.text) for one in seen.notes] == [("stf_0000000000007", "The stamp is faint.")]
    assert [item for item, ticked in seen.checklist.items() if ticked] == [ChecklistItem.SEATS]
    assert transfer_requests.show(stage.customer(ref), ref).notes == ()


def test_a_question_is_answered_in_words_and_a_new_one_waits_for_a_new_answer(stage, held):
    ref = stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})])
    submission.submit(stage.customer(ref), ref)
    review.begin(stage.as_(), ref)
    review.request_information(stage.as_(), ref, "Why?")
    transfer_requests.change(stage.customer(ref), ref, {"answer": "The old office is closed."})
    assert submission.submit(stage.customer(ref), ref).answer == "The old office is closed."
    assert review.request_information(stage.as_(), ref, "Since when?").answer is None


def test_a_request_whose_papers_were_taken_back_is_not_approved(stage, held):
    ref = stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})])
    submission.submit(stage.customer(ref), ref)
    for file in transfer_requests.show(stage.as_(), ref).attachments:
        attachments.remove(stage.customer(ref), ref, file.id)
    review.begin(stage.as_(), ref)
    with pytest.raises(errors.RequestIncomplete):
        review.approve(stage.as_(), ref, return_required=False, checklist=tuple(ChecklistItem))


def test_payment_and_override_fall_with_what_they_were_given_for(stage, held):
    ref = stage.draft("replace_lost", [line(held, {"M-1": 4}, {"M-2": 4})])
    submission.submit(stage.customer(ref), ref)
    review.begin(stage.as_(), ref)
    review.record_payment(stage.as_(), ref, "INV-1")
    review.override_limit(stage.as_(), ref, "urgent")
    review.request_information(stage.as_(), ref, "Which one?")
    changed = transfer_requests.change(stage.customer(ref), ref, {"licenses": (line(held, {"M-1": 4}),)})
    assert (changed.paid_at, changed.order_reference, changed.override) == (None, None, None)


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_a_report_that_came_to_nothing_is_taken_back_and_one_of_staff_stands(stage, held, end):
    def ended() -> str:
        ref = stage.draft("replace_lost", [line(held, {"M-1": 4}, {"M-2": 4})])
        submission.submit(stage.customer(ref), ref)
        if end == "withdrawn":
            submission.withdraw(stage.customer(ref), ref)
        else:
            review.begin(stage.as_(), ref)
            review.reject(stage.as_(), ref, "not true")
        return registry.show(stage.call, "M-1").status

    assert ended() == "in_service"
    reports.report(stage.as_(), "M-1", ModuleEvent.LOST)
    assert ended() == "reported"
    assert reports.reinstate(stage.as_(), "M-1", "it was in a drawer").status == "in_service"
