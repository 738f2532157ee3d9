"""A request is handed in, or taken back, by its customer (M2, M3, M7, M8, M9)."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import license_views
from prolong_server.models.licensing import License
from prolong_server.models.modules import LicenseFile, TransferRequest
from prolong_server.modules import (
    attachments,
    notices,
    registry,
    reports,
    request_rows,
    request_states,
    request_views,
)
from prolong_server.modules.request_rows import Line, SeatsOn
from prolong_server.modules.request_views import RequestView
from prolong_server.rules import errors, modules
from prolong_server.rules.module_words import Action, ModuleEvent, ModuleState, MoveKind, RequestState

_EVENTS = {MoveKind.REPLACE_LOST: ModuleEvent.LOST, MoveKind.REPLACE_BROKEN: ModuleEvent.BROKEN}


@db.transactional
def submit(session: Session, call: Call, ref: str) -> RequestView:
    """Hand a request in, or in again after a question: what it states is judged, and the server completes it (M7).

    NotFound, StateChanged, RequestIncomplete with all that is missing, SeatsNotConserved, LicenseFileForged,
    LicenseFileForeign, LicenseFileSuperseded, ModuleOutOfService.
    """
    row = request_rows.find(session, call, ref, lock=True)
    to = request_states.judge(row, Action.SUBMIT)
    of, files = request_rows.lines(session, row.id), request_rows.attachments(session, row.id)
    if refusal := modules.judge(request_rows.facts(row, of, files), modules.SUBMISSION):
        raise refusal
    of = completed(session, row, of)
    _refuse_what_is_not_bound(session, of)
    attachments.judge_handed_in(session, call, row, of, files)
    request_rows.write_lines(session, row.id, of)
    _report(session, call, row, of)
    row.submitted_at = call.now
    # Whoever reviews it goes on with the scans as they now are.
    row.documents = request_rows.scans(files) if to is RequestState.IN_REVIEW else row.documents
    request_states.move(session, call, row, to, licenses=len(of))
    notices.tell(session, call, row)
    if to is RequestState.SUBMITTED:
        notices.tell_owners(session, call, row)
    return request_views.view(session, call, row)


@db.transactional
def withdraw(session: Session, call: Call, ref: str) -> RequestView:
    """Take a request back that nobody has decided yet. NotFound, StateChanged."""
    row = request_rows.find(session, call, ref, lock=True)
    request_states.move(session, call, row, request_states.judge(row, Action.WITHDRAW))
    reports.lift(session, call, row)
    notices.tell(session, call, row)
    return request_views.view(session, call, row)


def completed(session: Session, row: TransferRequest, of: Sequence[Line]) -> tuple[Line, ...]:
    """M7: For a replacement all that is bound to the old Module moves, whole, and what was forgotten is added."""
    if not row.kind.replaces:
        return tuple(of)
    (old,) = {on.module_id: on for line in of for on in line.origins}.values()
    targets = {on.module_id: on for line in of for on in line.targets}
    held = [file for file in request_rows.bound(session, (), [old.module_id]) if file.module_id == old.module_id]
    named = {line.license_id: line for line in of}
    forgotten = [_forgotten(session, file) for file in held if file.license_id not in named]
    whole = {file.license_id: replace(old, seats=file.seats) for file in held}
    return tuple(
        _whole(line, whole.get(line.license_id), next(iter(targets.values()), None)) for line in (*of, *forgotten)
    )


def _forgotten(session: Session, file: LicenseFile) -> Line:
    held = session.scalars(license_views.with_all().where(License.id == file.license_id)).one()
    return Line(held.id, held.license_key, held.edition.product.name, (), (), added=True)


def _whole(line: Line, origin: SeatsOn | None, target: SeatsOn | None) -> Line:
    if origin is None:
        return line
    return replace(line, origins=(origin,), targets=() if target is None else (replace(target, seats=origin.seats),))


def _refuse_what_is_not_bound(session: Session, of: Sequence[Line]) -> None:
    """M6, judged early: no Module can give more seats of a license than it holds."""
    ids = {line.license_id for line in of}
    seats = {(file.license_id, file.module_id): file.seats for file in request_rows.bound(session, ids)}
    for number, line in enumerate(of, start=1):
        stated = {on.module_id: on.seats for on in line.origins}
        holds = {module: seats.get((line.license_id, module), 0) for module in stated}
        if any(stated[module] > holds[module] for module in stated):
            raise errors.SeatsNotConserved(license=number, before=sum(holds.values()), after=sum(stated.values()))


def _report(session: Session, call: Call, row: TransferRequest, of: Sequence[Line]) -> None:
    """M9: the request to replace a Module is the customer's report of its loss or damage, as long as it names it."""
    named = {on.module_id for line in of for on in line.origins} if row.kind.replaces else set()
    reports.lift(session, call, row, keep=named)
    if row.kind not in _EVENTS:
        return
    for module in registry.lock(session, {on.module_id for line in of for on in line.origins}):
        if module.state in {ModuleState.IN_SERVICE, ModuleState.AWAITING_RETURN}:
            registry.note(session, call, module, _EVENTS[row.kind])
            module.reported_for = row.id
