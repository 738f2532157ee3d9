"""The move itself: seats stay the same, old files are void, new ones are valid, Modules change their state."""

import pytest

from prolong_server.modules import binding, registry, reports, returns, review, transfer_requests, verification
from prolong_server.operations import invariants
from prolong_server.rules import errors
from prolong_server.rules.module_words import FileCode, ModuleState, RequestState
from tests.modules.stage import line


@pytest.fixture(autouse=True)
def sound(context):
    """Whatever a test moves, the database holds together."""
    yield
    assert invariants.check() == []


def worth(stage, file) -> FileCode:
    return verification.verify(stage.call, file.file).code


def seats_on(stage, held) -> dict[str, int]:
    """The seats of a license by Module, as its current files have them."""
    files = binding.list_all(stage.call, held.id, limit=500).items
    return {file.module: file.seats for file in files if file.status == "current"}


def test_a_merge_brings_all_seats_to_one_module_and_makes_the_old_files_void(stage):
    stage.modules("M-1", "M-2", "M-3")
    held = stage.license(10)
    old = [stage.bind(held, "M-1", 4), stage.bind(held, "M-2", 6)]
    ref = stage.draft("merge", [line(held, {"M-1": 4, "M-2": 6}, {"M-3": 10})])
    stage.approve(ref)
    done = stage.execute(ref)
    assert done.state is RequestState.COMPLETED
    assert seats_on(stage, held) == {"M-3": 10}
    assert [worth(stage, file) for file in old] == [FileCode.REVOKED, FileCode.REVOKED]


def test_a_module_that_gets_more_seats_gets_a_new_revision_and_its_old_file_is_superseded(stage):
    stage.modules("M-1", "M-2")
    held = stage.license(10)
    first, second = stage.bind(held, "M-1", 4), stage.bind(held, "M-2", 6)
    ref = stage.draft("merge", [line(held, {"M-1": 4, "M-2": 6}, {"M-2": 10})])
    stage.approve(ref)
    stage.execute(ref)
    assert (worth(stage, first), worth(stage, second)) == (FileCode.REVOKED, FileCode.SUPERSEDED)
    (fresh,) = [file for file in binding.list_all(stage.call, held.id).items if file.status == "current"]
    assert (fresh.id, fresh.revision, fresh.seats) == (second.id, second.revision + 1, 10)
    assert worth(stage, fresh) is FileCode.VALID


def test_a_broken_module_is_replaced_with_all_its_licenses_and_must_come_back(stage):
    stage.modules("OLD", "NEW")
    named, forgotten = stage.license(3), stage.license(5)
    old = [stage.bind(named, "OLD", 3), stage.bind(forgotten, "OLD", 5)]
    ref = stage.draft("replace_broken", [line(named, {"OLD": 3}, {"NEW": 3})])
    stage.approve(ref)
    with pytest.raises(errors.ReplacementNotPaid):
        stage.execute(ref)
    review.record_payment(stage.as_(), ref, "INV-1")
    done = stage.execute(ref)
    assert done.state is RequestState.AWAITING_RETURN
    assert (seats_on(stage, named), seats_on(stage, forgotten)) == ({"NEW": 3}, {"NEW": 5})
    assert {worth(stage, file) for file in old} == {FileCode.REVOKED}
    assert registry.show(stage.call, "OLD").status is ModuleState.OUT_OF_SERVICE
    assert returns.record(stage.as_(), ref, "OLD").state is RequestState.COMPLETED


def test_the_vendor_names_the_new_module_of_a_replacement_at_approval(stage):
    stage.modules("OLD", "NEW")
    held = stage.license(3)
    stage.bind(held, "OLD", 3)
    ref = stage.draft("replace_lost", [line(held, {"OLD": 3})])
    stage.approve(ref, exchange_modules=["NEW"])
    review.record_payment(stage.as_(), ref, "INV-1")
    assert stage.execute(ref).state is RequestState.COMPLETED
    assert seats_on(stage, held) == {"NEW": 3}


def test_exchanged_modules_take_the_place_of_the_targets_and_the_old_ones_are_waited_for(stage):
    stage.modules("M-1", "M-2", "N-1")
    held = stage.license(10)
    stage.bind(held, "M-1", 10)
    ref = stage.draft("transfer", [line(held, {"M-1": 10}, {"M-2": 10})])
    stage.approve(ref, return_required=True, exchange_modules=["N-1"])
    done = stage.execute(ref)
    assert seats_on(stage, held) == {"N-1": 10}
    assert (done.state, [one.module for one in done.returns]) == (RequestState.AWAITING_RETURN, ["M-1", "M-2"])
    with pytest.raises(errors.ModuleOutOfService):
        stage.bind(stage.license(1), "M-1", 1)


def test_a_module_retired_at_once_is_void_and_its_seats_wait_for_the_replacement(stage):
    stage.modules("OLD", "NEW", "LOAN")
    held = stage.license(3)
    old = stage.bind(held, "OLD", 3)
    with pytest.raises(errors.SeatsExceeded):
        stage.bind(held, "LOAN", 3, held.expires_on)
    ref = stage.draft("replace_lost", [line(held, {"OLD": 3}, {"NEW": 3})])
    stage.approve(ref)
    reports.retire(stage.as_(), "OLD", "stolen")
    assert worth(stage, old) is FileCode.MODULE_OUT_OF_SERVICE
    with pytest.raises(errors.SeatsExceeded):
        stage.bind(held, "NEW", 3)
    bridge = stage.bind(held, "LOAN", 3, held.expires_on)
    assert worth(stage, bridge) is FileCode.VALID
    review.record_payment(stage.as_(), ref, "INV-1")
    stage.execute(ref)
    assert seats_on(stage, held) == {"NEW": 3}
    assert worth(stage, bridge) is FileCode.REVOKED


def test_a_request_shows_what_is_missing_and_the_customer_sees_only_their_own(stage):
    ref = stage.draft("transfer", [])
    assert "licenses" in [one.code for one in transfer_requests.show(stage.customer(ref), ref).missing]
    with pytest.raises(errors.NotFound):
        transfer_requests.show(stage.customer(stage.draft("transfer", [])), ref)
