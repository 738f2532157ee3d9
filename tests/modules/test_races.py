"""People who decide at once, on PostgreSQL with real sessions: one wins, the other is told, and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from dateutil.relativedelta import relativedelta
from flask import Flask

from prolong_server.licensing.license_views import LicenseView
from prolong_server.modules import binding, reports, review, submission, transfer_requests
from prolong_server.operations import invariants
from prolong_server.rules import errors, modules
from prolong_server.rules.module_words import FileStatus, ModuleEvent, RequestState
from tests.modules.stage import COLLEAGUE, Stage, line

ROUNDS = 8
ATTEMPTS = 40
Deed = Callable[[], object]


@pytest.fixture(params=["postgresql"])
def database_url(request) -> str:
    """SQLite has one writer and shows no race."""
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(autouse=True)
def sound(context):
    yield
    assert invariants.check() == []


def at_once(app: Flask, *deeds: Deed) -> list[object]:
    """What each deed answered or raised, all begun in one instant, each in a session of its own."""
    start = Barrier(len(deeds))

    def carry_out(deed: Deed) -> object:
        with app.app_context():
            start.wait()
            return answer(deed)

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(carry_out, deeds))


def answer(deed: Deed) -> object:
    """What a deed was told in the end: what may be tried again is tried again, as a client would."""
    for _ in range(ATTEMPTS):
        try:
            return deed()
        except errors.TryAgain:
            continue
        except errors.Refusal as refusal:
            return refusal
    return errors.TryAgain()


def refused(answers: list[object]) -> list[str]:
    return sorted(answer.code for answer in answers if isinstance(answer, errors.Refusal))


def reviewed(stage: Stage, number: int, held: LicenseView | None = None) -> str:
    """A request in review, of a license and Modules of its own."""
    stage.modules(f"A-{number}", f"B-{number}")
    held = held or stage.license(4)
    stage.bind(held, f"A-{number}", 4)
    ref = stage.draft("transfer", [line(held, {f"A-{number}": 4}, {f"B-{number}": 4})])
    submission.submit(stage.customer(ref), ref)
    review.begin(stage.as_(), ref)
    return ref


def approve(stage: Stage, ref: str) -> object:
    seen = transfer_requests.show(stage.as_(), ref)
    items = modules.checklist(seen.kind, return_required=False)
    return review.approve(stage.as_(), ref, return_required=False, checklist=items)


def test_of_an_approval_and_a_rejection_at_once_one_wins_and_the_other_is_told(app, stage):
    for number in range(ROUNDS):
        ref = reviewed(stage, number)
        answers = at_once(
            app,
            partial(approve, stage, ref),
            partial(review.reject, stage.as_(COLLEAGUE), ref, "illegible"),
        )
        assert refused(answers) == ["state_changed"]
        assert transfer_requests.show(stage.as_(), ref).state in {RequestState.APPROVED, RequestState.REJECTED}


def test_a_scan_that_comes_while_it_is_approved_is_either_refused_by_the_approval_or_by_the_execution(app, stage):
    for number in range(ROUNDS):
        ref = reviewed(stage, number)
        approved, _ = at_once(app, partial(approve, stage, ref), partial(stage.attach, ref, "letter", "another"))
        if isinstance(approved, errors.Refusal):
            assert approved.code == "scans_changed_since_review"
        else:
            with pytest.raises(errors.ScansChangedSinceReview):
                stage.execute(ref)


def test_an_execution_asked_for_twice_moves_once(app, stage):
    for number in range(ROUNDS):
        ref = reviewed(stage, number)
        approve(stage, ref)
        answers = at_once(app, partial(stage.execute, ref), partial(stage.execute, ref))
        assert refused(answers) == ["state_changed"]


def test_bindings_of_one_license_to_many_modules_at_once_never_exceed_its_seats(app, stage):
    held = stage.license(10)
    serials = [f"M-{number}" for number in range(8)]
    stage.modules(*serials)
    answers = at_once(app, *(partial(stage.bind, held, serial, 3) for serial in serials))
    assert refused(answers) == ["seats_exceeded"] * 5
    files = binding.list_all(stage.call, held.id).items
    assert sum(file.seats for file in files if file.status is FileStatus.CURRENT) == 9


def test_two_moves_that_cross_each_other_end_without_a_deadlock(app, stage):
    for number in range(ROUNDS):
        stage.modules(f"A-{number}", f"B-{number}")
        one, two = stage.license(4), stage.license(4)
        for held, serial in ((one, "A"), (one, "B"), (two, "A"), (two, "B")):
            stage.bind(held, f"{serial}-{number}", 2)
        there = [line(held, {f"A-{number}": 2}, {f"B-{number}": 2}) for held in (one, two)]
        back = [line(held, {f"B-{number}": 2}, {f"A-{number}": 2}) for held in (two, one)]
        refs = [stage.draft("transfer", lines) for lines in (there, back)]
        for ref in refs:
            stage.approve(ref)
        assert refused(at_once(app, *(partial(stage.execute, ref) for ref in refs))) == []


def test_a_license_that_is_renewed_while_it_is_bound_has_its_new_day_in_every_file(app, stage):
    codes = stage.codes(ROUNDS)
    for number, code in enumerate(codes):
        stage.modules(f"M-{number}", f"N-{number}")
        held = stage.license(10)
        stage.bind(held, f"M-{number}", 2)
        told = at_once(
            app,
            partial(stage.redeem, held, code),
            partial(stage.bind, held, f"N-{number}", 2),
        )
        assert refused(told) == []
        until = held.expires_on + relativedelta(years=1)
        assert ends(stage, held) == {(f"M-{number}", until), (f"N-{number}", until)}


def ends(stage: Stage, held: LicenseView) -> set[tuple[str, object]]:
    """The Modules of a license with the last day that their current files say."""
    files = binding.list_all(stage.call, held.id).items
    return {(file.module, file.expires_on) for file in files if file.status is FileStatus.CURRENT}


def test_a_license_that_is_renewed_while_it_is_moved_has_its_new_day_where_it_went(app, stage):
    for number, code in enumerate(stage.codes(ROUNDS, seats=4)):
        held = stage.license(4)
        ref = reviewed(stage, number, held)
        approve(stage, ref)
        told = at_once(
            app,
            partial(stage.redeem, held, code),
            partial(stage.execute, ref),
        )
        assert refused(told) == []
        assert ends(stage, held) == {(f"B-{number}", held.expires_on + relativedelta(years=1))}


def test_a_module_retired_while_something_is_bound_to_it_holds_nothing_afterwards(app, stage):
    for number in range(ROUNDS):
        serial = f"M-{number}"
        stage.modules(serial)
        held = stage.license(4)
        stage.bind(held, serial, 2)

        def retire(serial=serial) -> object:
            reports.report(stage.as_(), serial, ModuleEvent.LOST)
            return reports.retire(stage.as_(), serial, "lost")

        at_once(app, retire, partial(stage.bind, held, serial, 3))
        files = binding.list_all(stage.call, held.id).items
        assert FileStatus.CURRENT not in {file.status for file in files}
