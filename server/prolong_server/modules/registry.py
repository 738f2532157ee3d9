"""The Modules that the vendor has given out: registered, shown, reported lost, broken, found or returned (M9)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import bulk, license_files, revocations
from prolong_server.models.licensing import Customer
from prolong_server.models.modules import LicenseFile, Module
from prolong_server.modules import request_rows
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers, module_states, texts
from prolong_server.rules.module_words import FileStatus, ModuleEvent, ModuleState

LONGEST_SERIAL: Final = 64
LONGEST_REASON: Final = 500
# Within so many days a Module that must be given back is expected (M5).
DAYS_TO_RETURN: Final = 30


@dataclass(frozen=True, slots=True)
class ModuleView:
    """A Module. `event` is what was last reported, `return_by` the last day for one that must be given back."""

    id: str
    serial: str
    status: ModuleState
    customer: str | None
    event: ModuleEvent | None
    event_at: datetime | None
    out_of_service_at: datetime | None
    return_by: date | None
    returned_at: datetime | None
    seats: int


@idempotency.creating
def register(session: Session, call: Call, serial: str, customer: str | None = None) -> ModuleView:
    """Register a Module by its serial number, for a customer (`cus_…`) or for nobody yet.

    InvalidRequest, AlreadyExists for a number that is registered in any case.
    """
    row = Module(id=call.new_id(), serial=serial.strip(), state=ModuleState.IN_SERVICE, created_at=call.now)
    if canonical(serial) is None:
        raise errors.InvalidRequest({"serial": [f"Write 1 to {LONGEST_SERIAL} printable characters."]})
    row.customer_id = None if customer is None else _customer(session, customer)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise errors.AlreadyExists(field="serial") from None
    audit.record(session, call, "module.registered", _name(row), after={"serial": row.serial, "customer": customer})
    return _view(session, row)


@db.reading
def list_all(session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT) -> Page[ModuleView]:
    """A page of all Modules. InvalidRequest for a foreign cursor."""
    rows, following = pages.fetch(session, select(Module), Module.id, cursor, limit)
    return Page(tuple(_view(session, row) for row in rows), following)


@db.reading
def show(session: Session, call: Call, serial: str) -> ModuleView:
    """The Module with this serial number or `mod_…`; ModuleNotFound."""
    return _view(session, find(session, serial))


@db.transactional
def report(
    session: Session, call: Call, serial: str, event: ModuleEvent, *, request_id: int | None = None
) -> ModuleView:
    """M9: Record that a Module was lost, broke, was found or came back; the same again changes nothing.

    With `request_id` it is the customer of that request who reports, of a Module that the request names, and only a
    loss or a damage. ModuleNotFound, Forbidden, StateChanged.
    """
    row = find(session, serial, lock=True)
    if request_id is not None:
        _refuse_strangers(session, row, event, request_id)
    note(session, call, row, event)
    return _view(session, row)


@db.transactional
def retire(session: Session, call: Call, serial: str, reason: str) -> ModuleView:
    """M9: Take a Module that was reported out of service at once, by a representative's decision, and for ever.

    Its files are void from now on, and their seats wait for its replacement. ModuleNotFound, InvalidRequest,
    StateChanged for one that nobody has reported.
    """
    if not texts.is_line(reason, LONGEST_REASON):
        raise errors.InvalidRequest({"reason": [f"Give a reason of 1 to {LONGEST_REASON} characters on one line."]})
    number = find(session, serial).id
    # Licenses are locked before Modules everywhere. Nothing new is bound to a reported Module, so none is missed here.
    held = _bound_to(session, number)
    license_files.lock_licenses(session, {file.license_id for file in held})
    row = lock(session, [number])[0]
    if row.state is ModuleState.OUT_OF_SERVICE:
        return _view(session, row)
    if row.state is not ModuleState.REPORTED:
        raise errors.StateChanged(state=row.state.value)
    out_of_service(session, call, row, reason)
    license_files.change(session, call, _bound_to(session, number), gone=FileStatus.HELD)
    revocations.count_one(session, call)
    return _view(session, row)


def note(session: Session, call: Call, row: Module, event: ModuleEvent) -> None:
    """Record an event of a Module that is held; the same again changes nothing. StateChanged."""
    before = row.state
    after = module_states.reported(before, event)
    if isinstance(after, errors.StateChanged):
        raise after
    if event is row.event and after is before and not (event is ModuleEvent.RETURNED and row.return_by):
        return
    row.state, row.event, row.event_at = after, event, call.now
    if event is ModuleEvent.RETURNED:
        row.returned_at, row.return_by = call.now, None
    if event is ModuleEvent.FOUND:
        row.return_by = row.return_by or call.today + timedelta(days=DAYS_TO_RETURN)
    audit.record(session, call, f"module.{event}", _name(row), {"status": before}, {"status": after})


def out_of_service(session: Session, call: Call, row: Module, reason: str) -> None:
    """Take a Module that is held out of service for ever, and once; its files are the caller's to end."""
    if row.state is ModuleState.OUT_OF_SERVICE:
        return
    before, row.state, row.out_of_service_at = row.state, ModuleState.OUT_OF_SERVICE, call.now
    after = {"status": row.state, "reason": reason}
    audit.record(session, call, "module.out_of_service", _name(row), {"status": before}, after)


def await_return(session: Session, call: Call, row: Module, due_on: date) -> None:
    """M5: A Module that is held has to be given back by this day; one that is in service gets nothing new meanwhile."""
    if row.state is ModuleState.IN_SERVICE:
        row.state = ModuleState.AWAITING_RETURN
    row.return_by, row.returned_at = due_on, None
    audit.record(session, call, "module.return_asked", _name(row), after={"return_by": due_on})


def canonical(serial: str) -> str | None:
    """The form in which serial numbers are compared: trimmed, in capitals; None for what none can be."""
    text = serial.strip()
    return text.upper() if 1 <= len(text) <= LONGEST_SERIAL and text.isascii() and text.isprintable() else None


def find(session: Session, serial: str, *, lock: bool = False) -> Module:
    """The Module with this serial number, whose case does not matter, or `mod_…`; ModuleNotFound."""
    number, text = identifiers.read("mod", serial), canonical(serial)
    chosen = select(Module).where(Module.id == number if number else func.upper(Module.serial) == text)
    if lock:
        chosen = chosen.with_for_update(key_share=True)
    row = session.scalars(chosen).one_or_none() if number or text else None
    if row is None:
        raise errors.ModuleNotFound(module=(text or "")[:LONGEST_SERIAL])
    return row


def known(session: Session, serials: Collection[str]) -> dict[str, int]:
    """The numbers of these serials by their canonical form; those that nobody has registered are left out."""
    found: dict[str, int] = {}
    for part in bulk.batches(filter(None, {canonical(serial) for serial in serials})):
        rows = session.execute(select(Module.id, Module.serial).where(func.upper(Module.serial).in_(part)))
        found |= {row.serial.upper(): row.id for row in rows}
    return found


def lock(session: Session, numbers: Collection[int]) -> Sequence[Module]:
    """These Modules in the order of their numbers, held until the end of the transaction; licenses are held before."""
    found: list[Module] = []
    for part in bulk.batches(sorted(numbers)):
        chosen = select(Module).where(Module.id.in_(part)).order_by(Module.id).with_for_update(key_share=True)
        found += session.scalars(chosen.execution_options(populate_existing=True))
    return found


def _customer(session: Session, ref: str) -> int:
    number = identifiers.read("cus", ref)
    if number is None or session.get(Customer, number) is None:
        raise errors.InvalidRequest({"customer": ["We know no such customer; name one by its cus_… identifier."]})
    return number


def _refuse_strangers(session: Session, row: Module, event: ModuleEvent, request_id: int) -> None:
    # Who holds the link of a request may tell of the Modules that it names and that hold its licenses: else a draft
    # could name the Module of a stranger, and have nothing bound to it any more.
    if event not in {ModuleEvent.LOST, ModuleEvent.BROKEN}:
        raise errors.Forbidden(needed="role admin / representative")
    if not session.scalar(select(request_rows.holds(request_id, row.id))):
        raise errors.ModuleNotFound(module=row.serial)


def _bound_to(session: Session, number: int) -> Sequence[LicenseFile]:
    chosen = select(LicenseFile).where(LicenseFile.module_id == number, LicenseFile.status == FileStatus.CURRENT)
    return session.scalars(chosen.order_by(LicenseFile.license_id)).all()


def _name(row: Module) -> str:
    return identifiers.show("mod", row.id)


def _view(session: Session, row: Module) -> ModuleView:
    bound = select(func.coalesce(func.sum(LicenseFile.seats), 0))
    return ModuleView(
        id=_name(row),
        serial=row.serial,
        status=row.state,
        customer=identifiers.show("cus", row.customer_id) if row.customer_id else None,
        event=row.event,
        event_at=row.event_at,
        out_of_service_at=row.out_of_service_at,
        return_by=row.return_by,
        returned_at=row.returned_at,
        seats=session.scalar(bound.where(LicenseFile.module_id == row.id, LicenseFile.status == FileStatus.CURRENT))
        or 0,
    )
