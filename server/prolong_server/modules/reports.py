"""What is reported of Modules (M9): lost, broken, found, returned; out of service at once; and a report taken back."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import license_files, revocations
from prolong_server.models.modules import LicenseFile, Module, ModuleReturn, TransferRequest
from prolong_server.modules import notices, registry, returns
from prolong_server.modules.registry import LONGEST_REASON, ModuleView
from prolong_server.operations import audit
from prolong_server.rules import errors, texts
from prolong_server.rules.module_words import FileStatus, ModuleEvent, ModuleState


@db.transactional
def report(
    session: Session, call: Call, serial: str, event: ModuleEvent, *, request_id: int | None = None
) -> ModuleView:
    """Record that a Module was lost, broke, was found or came back; the same again changes nothing.

    A Module that came back is received for the request that waits for it, too. With `request_id` it is the customer of
    that request who reports, of a Module that holds a license of the request, and only a loss or a damage.
    ModuleNotFound, Forbidden, StateChanged.
    """
    number = registry.find(session, serial).id
    requests = _waiting(session, number) if event is ModuleEvent.RETURNED and request_id is None else []
    row = registry.find(session, serial, lock=True)
    if request_id is not None:
        registry.refuse_strangers(session, row, event, request_id)
    is_news = row.event is not event
    registry.note(session, call, row, event)
    row.reported_for = None
    if request_id is not None and is_news:
        notices.tell_of_report(session, call, session.get_one(TransferRequest, request_id))
    for request in requests:
        returns.receive(session, call, request, number)
    return registry.view(session, row)


@db.transactional
def retire(session: Session, call: Call, serial: str, reason: str) -> ModuleView:
    """Take a Module that was reported out of service at once, by a representative's decision, and for ever.

    Its files are void from now on, and their seats wait for its replacement. ModuleNotFound, InvalidRequest,
    StateChanged for one that nobody has reported.
    """
    _judge(reason)
    number = registry.find(session, serial).id
    # Licenses are locked before Modules everywhere. Nothing new is bound to a reported Module, so none is missed here.
    license_files.lock_licenses(session, {file.license_id for file in registry.bound_to(session, number)})
    (row,) = registry.lock(session, [number])
    if row.state is ModuleState.OUT_OF_SERVICE:
        return registry.view(session, row)
    if row.state is not ModuleState.REPORTED:
        raise errors.StateChanged(state=row.state.value)
    registry.out_of_service(session, call, row, reason)
    license_files.change(session, call, registry.bound_to(session, number), gone=FileStatus.HELD)
    revocations.count_one(session, call)
    return registry.view(session, row)


@db.transactional
def reinstate(session: Session, call: Call, serial: str, reason: str) -> ModuleView:
    """Take a report back that was not true, by a representative's decision: the Module is in service as before.

    Bridges of its licenses end, because their seats are used on the Module itself. ModuleNotFound, InvalidRequest,
    StateChanged for one that is out of service, which is for ever.
    """
    _judge(reason)
    row = registry.find(session, serial)
    if row.state is not ModuleState.REPORTED and row.state is not ModuleState.IN_SERVICE:
        raise errors.StateChanged(state=row.state.value)
    _lift(session, call, [row.id], reason)
    return registry.view(session, registry.find(session, serial))


def lift(session: Session, call: Call, request: TransferRequest, keep: Collection[int] = ()) -> None:
    """Take back what a request alone has reported, when it is rejected, withdrawn, or names other Modules.

    The request is held. What staff or another request have reported too stays reported.
    """
    chosen = select(Module.id).where(Module.reported_for == request.id, Module.state == ModuleState.REPORTED)
    numbers = [number for number in session.scalars(chosen) if number not in keep]
    _lift(session, call, numbers, "the request that reported it came to nothing")


def _lift(session: Session, call: Call, numbers: Collection[int], reason: str) -> None:
    bound = [file for number in sorted(numbers) for file in registry.bound_to(session, number)]
    license_ids = {file.license_id for file in bound}
    license_files.lock_licenses(session, license_ids)
    reported = [row for row in registry.lock(session, numbers) if row.state is ModuleState.REPORTED]
    bridges = _bridges(session, license_ids) if reported else []
    license_files.change(session, call, bridges)
    for row in reported:
        row.state, row.reported_for = ModuleState.IN_SERVICE, None
        before, after = {"status": ModuleState.REPORTED}, {"status": row.state, "reason": reason}
        audit.record(session, call, "module.reinstated", registry.name(row), before, after)
    session.flush()
    if bridges:
        revocations.count_one(session, call)


def _bridges(session: Session, license_ids: Collection[int]) -> list[LicenseFile]:
    return [file for file in license_files.current(session, license_ids) if file.interim_until is not None]


def _waiting(session: Session, number: int) -> list[TransferRequest]:
    """The requests that wait for a Module, held; they are locked before it."""
    waits = select(ModuleReturn.request_id).where(ModuleReturn.module_id == number, ModuleReturn.received_at.is_(None))
    chosen = select(TransferRequest).where(TransferRequest.id.in_(waits)).order_by(TransferRequest.id)
    return list(session.scalars(chosen.with_for_update()))


def _judge(reason: str) -> None:
    if not texts.is_line(reason, LONGEST_REASON):
        raise errors.InvalidRequest({"reason": [f"Give a reason of 1 to {LONGEST_REASON} characters on one line."]})
