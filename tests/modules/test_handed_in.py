"""M3: license files that come with a request: ours, for what it names, and current when it is submitted."""

import pytest

from prolong_server.modules import attachments, reports, submission
from prolong_server.rules import errors
from prolong_server.rules.module_words import FilesHeld, ModuleEvent
from tests.modules.stage import line


@pytest.fixture
def held(context, stage):
    stage.modules("M-1", "M-2", "M-3")
    return stage.license(10)


def moving(stage, held, seats=4) -> str:
    return stage.draft("transfer", [line(held, {"M-1": seats}, {"M-2": seats})], files_held=FilesHeld.ALL)


def hand_in(stage, ref, file) -> None:
    attachments.add_license_file(stage.customer(ref), ref, file)


def test_a_current_file_of_the_request_is_taken_and_may_be_submitted(stage, held):
    file = stage.bind(held, "M-1", 4)
    ref = moving(stage, held)
    with pytest.raises(errors.RequestIncomplete):
        submission.submit(stage.customer(ref), ref)
    hand_in(stage, ref, f"\n{file.file}\n")
    assert submission.submit(stage.customer(ref), ref).missing == ()


def test_a_forged_a_foreign_and_a_superseded_file_are_refused_by_name(stage, held):
    old, other = stage.bind(held, "M-1", 3), stage.bind(held, "M-3", 1)
    file = stage.bind(held, "M-1", 4)
    elsewhere = stage.bind(stage.license(4), "M-1", 4)
    ref = moving(stage, held)
    head, body, signature = file.file.split(".")
    for forged in ("", "x", f"{head}.{other.file.split('.')[1]}.{signature}", f"{head}.{body}.{'A' * len(signature)}"):
        with pytest.raises(errors.LicenseFileForged):
            hand_in(stage, ref, forged)
    for foreign in (other, elsewhere):
        with pytest.raises(errors.LicenseFileForeign):
            hand_in(stage, ref, foreign.file)
    with pytest.raises(errors.LicenseFileSuperseded):
        hand_in(stage, ref, old.file)


def test_a_file_that_another_request_has_made_void_is_refused_at_submission(stage, held):
    file = stage.bind(held, "M-1", 4)
    first, second = moving(stage, held), moving(stage, held, 2)
    for ref in (first, second):
        hand_in(stage, ref, file.file)
    submission.submit(stage.customer(second), second)
    stage.approve(first)
    stage.execute(first)
    stage.bind(held, "M-1", 2)
    third = moving(stage, held, 2)
    with pytest.raises(errors.LicenseFileSuperseded):
        hand_in(stage, third, file.file)


def test_a_file_that_was_current_when_it_came_and_is_not_when_it_is_submitted_is_refused(stage, held):
    file = stage.bind(held, "M-1", 4)
    ref = moving(stage, held)
    hand_in(stage, ref, file.file)
    stage.bind(held, "M-1", 5)
    with pytest.raises(errors.LicenseFileSuperseded):
        submission.submit(stage.customer(ref), ref)


def test_the_file_of_a_module_out_of_service_moves_by_replacement_alone(stage, held):
    file = stage.bind(held, "M-1", 4)
    reports.report(stage.as_(), "M-1", ModuleEvent.LOST)
    reports.retire(stage.as_(), "M-1", "stolen")
    with pytest.raises(errors.ModuleOutOfService):
        hand_in(stage, moving(stage, held), file.file)
    hand_in(stage, stage.draft("replace_lost", [line(held, {"M-1": 4}, {"M-2": 4})]), file.file)
