"""The move itself: all licenses and Modules of an approved request in one transaction, or none of them (M6–M8, M10).

Locks are taken in one order everywhere: the request, licenses by number, Modules by number, the count of the
revocation list.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import bulk, license_files, revocations
from prolong_server.licensing.license_files import Seats
from prolong_server.models.modules import (
    LicenseFile,
    Module,
    ModuleReturn,
    SeatMove,
    TransferRequest,
)
from prolong_server.modules import (
    binding,
    move_plans,
    notices,
    registry,
    request_rows,
    request_states,
    request_views,
)
from prolong_server.modules.move_plans import Plan
from prolong_server.modules.request_rows import Line, SeatsOn
from prolong_server.modules.request_views import RequestView
from prolong_server.rules import errors, identifiers, module_facts, module_states, modules, moves
from prolong_server.rules.module_facts import LicenseMove, MovedLicense, MoveLimit, Override, Place
from prolong_server.rules.module_words import Action, ChecklistItem, MoveKind


@db.transactional
def execute(session: Session, call: Call, ref: str) -> RequestView:
    """Move what an approved request says, revoke the old files and issue new ones; the seats stay the same (M6).

    NotFound, StateChanged, ScansChangedSinceReview, DocumentsNotAccepted, ReplacementNotPaid, RequestIncomplete,
    ModuleOutOfService, MoveLimitReached, SecondPersonNeeded, SeatsNotConserved, LicenseRevoked, LicenseSuspended.
    """
    row = request_rows.find(session, call, ref, lock=True)
    to = request_states.judge(row, Action.EXECUTE)
    plan = move_plans.plan(session, row)
    moved = _moved(session, plan)
    _judge(session, call, plan, moved)
    fresh = _write(session, call, plan, moved)
    row.executed_at = call.now
    request_states.move(session, call, row, to, files=len(fresh), licenses=len(plan.lines))
    _settle(session, call, plan)
    revocations.count_one(session, call)
    return request_views.view(session, call, row)


def _moved(session: Session, plan: Plan) -> dict[int, MovedLicense]:
    before: dict[int, dict[str, int]] = {number: {} for number in plan.licenses}
    serials = _serials(session, plan)
    for file in plan.files:
        before[file.license_id][serials[file.module_id]] = file.seats
    limits, days = _limits(plan), _days(session, plan)
    return {
        line.license_id: MovedLicense(
            license=identifiers.show("lic", line.license_id),
            before=before[line.license_id],
            after=moves.moved(before[line.license_id], _move(line)),
            moved_on=tuple(days.get(line.license_id, ())),
            limit=limits.get(line.license_id),
        )
        for line in plan.lines
    }


def _move(line: Line) -> LicenseMove:
    origins, targets = (tuple(Place(on.serial, on.seats) for on in side) for side in (line.origins, line.targets))
    return LicenseMove(line.license_key, line.software or "", origins, targets)


def _serials(session: Session, plan: Plan) -> dict[int, str]:
    known = {number: module.serial for number, module in plan.modules.items()}
    others = {file.module_id for file in plan.files} - known.keys()
    for part in bulk.batches(others):
        rows = session.execute(select(Module.id, Module.serial).where(Module.id.in_(part)))
        known |= {row.id: row.serial for row in rows}
    return known


def _limits(plan: Plan) -> dict[int, MoveLimit]:
    """M10: What a product allows. A replacement is no move of the customer's choice, and is not limited."""
    if plan.row.kind.replaces:
        return {}
    products = {number: held.edition.product for number, held in plan.licenses.items()}
    return {
        number: MoveLimit(product.moves_allowed_count, product.moves_policy_term_months)
        for number, product in products.items()
        if product.moves_allowed_count is not None
    }


def _days(session: Session, plan: Plan) -> dict[int, list[date]]:
    """The days on which these licenses were moved before, replacements left out."""
    found: dict[int, list[date]] = {}
    chosen = select(SeatMove.license_id, SeatMove.moved_on).join(
        TransferRequest, TransferRequest.id == SeatMove.request_id
    )
    chosen = chosen.where(TransferRequest.kind.not_in([kind for kind in MoveKind if kind.replaces]))
    for part in bulk.batches(plan.licenses):
        for number, day in session.execute(chosen.where(SeatMove.license_id.in_(part))):
            found.setdefault(number, []).append(day)
    return found


def _judge(session: Session, call: Call, plan: Plan, moved: Mapping[int, MovedLicense]) -> None:
    blocked = (binding.refuse_blocked(plan.licenses[line.license_id]) for line in plan.lines)
    if refusal := next(filter(None, blocked), None):
        raise refusal
    if any(not line.targets for line in plan.lines):
        raise errors.ReplacementNotNamed
    if refusal := modules.judge(_facts(session, call, plan, moved), modules.EXECUTION):
        raise refusal


def _facts(session: Session, call: Call, plan: Plan, moved: Mapping[int, MovedLicense]) -> module_facts.Execution:
    row = plan.row
    return module_facts.Execution(
        today=call.today,
        kind=row.kind,
        ticked=frozenset(ChecklistItem(item) for item, ticked in (row.checklist or {}).items() if ticked),
        return_required=bool(row.return_required),
        scans_approved=(row.documents or b"").hex(),
        scans_now=request_rows.scans(request_rows.attachments(session, row.id)).hex(),
        paid=row.paid_at is not None,
        origins=_modules(plan, (line.origins for line in plan.lines)),
        targets=_modules(plan, (line.targets for line in plan.lines)),
        licenses=tuple(moved.values()),
        override=_override(row),
    )


def _modules(plan: Plan, sides: Iterable[Sequence[SeatsOn]]) -> tuple[module_facts.Module, ...]:
    numbers = dict.fromkeys(on.module_id for side in sides for on in side)
    rows = (plan.modules[number] for number in numbers)
    return tuple(module_facts.Module(row.serial, row.state) for row in rows)


def _override(row: TransferRequest) -> Override | None:
    if row.override_reason is None or row.override_asked_by is None:
        return None
    return Override(row.override_reason, row.override_asked_by, row.override_by)


def _write(session: Session, call: Call, plan: Plan, moved: Mapping[int, MovedLicense]) -> list[LicenseFile]:
    """End the files of every Module touched, and those of bridges; issue the next revisions; record the moves."""
    touched = {(line.license_id, on.module_id) for line in plan.lines for on in (*line.origins, *line.targets)}
    ended = [file for file in plan.files if (file.license_id, file.module_id) in touched] + _bridges(session, plan)
    numbers = {module.serial: number for number, module in plan.modules.items()}
    wanted = [
        Seats(license_id, numbers[serial], seats)
        for license_id, one in moved.items()
        for serial, seats in sorted(one.after.items())
        if serial in numbers and (license_id, numbers[serial]) in touched
    ]
    fresh = license_files.change(session, call, ended, wanted, request_id=plan.row.id)
    rows = [
        {
            "request_id": plan.row.id,
            "license_id": license_id,
            "seats_before": sum(one.before.values()),
            "seats_after": sum(one.after.values()),
            "moved_on": call.today,
        }
        for license_id, one in moved.items()
    ]
    session.execute(insert(SeatMove), rows)
    return fresh


def _bridges(session: Session, plan: Plan) -> list[LicenseFile]:
    """The bridges that end: with a replacement what it was bridged by, else what stands where seats come to stay."""
    moved = {line.license_id for line in plan.lines} if plan.row.kind.replaces else set()
    old = {on.module_id for line in plan.lines for on in line.origins} if plan.row.kind.replaces else set()
    targets = {(line.license_id, on.module_id) for line in plan.lines for on in line.targets}
    return [
        file
        for file in license_files.current(session, plan.licenses)
        if file.interim_until is not None
        and (file.license_id in moved or file.module_id in old or (file.license_id, file.module_id) in targets)
    ]


def _settle(session: Session, call: Call, plan: Plan) -> None:
    """M7–M9: what was replaced goes out of service for ever; M5, M8: what must come back is waited for."""
    row = plan.row
    empty = _emptied(session, plan)
    if row.kind.replaces:
        for number in {on.module_id for line in plan.lines for on in line.origins}:
            registry.out_of_service(session, call, plan.modules[number], f"replaced by {request_rows.name(row)}")
    asked = modules.must_return(row.kind, decided=bool(row.return_required))
    outstanding = empty if asked else []
    due_on = call.today + timedelta(days=registry.DAYS_TO_RETURN)
    for module in outstanding:
        session.add(ModuleReturn(request_id=row.id, module_id=module.id, due_on=due_on))
        registry.await_return(session, call, module, due_on)
    to = module_states.settled(outstanding=bool(outstanding))
    request_states.move(session, call, row, to, returns=[module.serial for module in outstanding])
    notices.tell(session, call, row)


def _emptied(session: Session, plan: Plan) -> list[Module]:
    """The Modules that the request names and that hold nothing any more, in the order of their serials."""
    fresh = {on.module_id for line in plan.lines for on in line.targets}
    candidates = [module for number, module in plan.modules.items() if number not in fresh]
    held = {file.module_id for file in request_rows.bound(session, (), [module.id for module in candidates])}
    return sorted((module for module in candidates if module.id not in held), key=lambda module: module.serial)
