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
from prolong_server.licensing import bulk
from prolong_server.models.licensing import Customer
from prolong_server.models.modules import LicenseFile, Module
from prolong_server.modules import request_rows
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers, module_states
from prolong_server.rules.module_words import FileStatus, ModuleEvent, ModuleState

LONGEST_SERIAL: Final = 64
LONGEST_REASON: Final = 500
# Within so many days a Module that must be given back is expected (M5).
DAYS_TO_RETURN: Final = 30
_NO_SERIAL: Final = (
    f"Write 1 to {LONGEST_SERIAL} printable ASCII characters, without a slash at either end; mod_… are identifiers."
)


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
        raise errors.InvalidRequest({"serial": [_NO_SERIAL]})
    row.customer_id = None if customer is None else _customer(session, customer)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise errors.AlreadyExists(field="serial") from None
    audit.record(session, call, "module.registered", name(row), after={"serial": row.serial, "customer": customer})
    return view(session, row)


@db.reading
def list_all(
    session: Session,
    call: Call,
    status: ModuleState | None = None,
    overdue: bool = False,
    cursor: str | None = None,
    limit: int = pages.DEFAULT,
) -> Page[ModuleView]:
    """A page of all Modules, of those of one status, or that should have come back by now (M5, M9). InvalidRequest."""
    chosen = select(Module) if status is None else select(Module).where(Module.state == status)
    if overdue:
        chosen = chosen.where(Module.return_by < call.today)
    rows, following = pages.fetch(session, chosen, Module.id, cursor, limit)
    return Page(tuple(view(session, row) for row in rows), following)


@db.reading
def show(session: Session, call: Call, serial: str) -> ModuleView:
    """The Module with this serial number or `mod_…`; ModuleNotFound."""
    return view(session, find(session, serial))


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
    audit.record(session, call, f"module.{event}", name(row), {"status": before}, {"status": after})


def out_of_service(session: Session, call: Call, row: Module, reason: str) -> None:
    """Take a Module that is held out of service for ever, and once; its files are the caller's to end."""
    if row.state is ModuleState.OUT_OF_SERVICE:
        return
    before, row.state, row.out_of_service_at = row.state, ModuleState.OUT_OF_SERVICE, call.now
    after = {"status": row.state, "reason": reason}
    audit.record(session, call, "module.out_of_service", name(row), {"status": before}, after)


def await_return(session: Session, call: Call, row: Module, due_on: date) -> None:
    """M5: A Module that is held has to be given back by this day; one that is in service gets nothing new meanwhile."""
    if row.state is ModuleState.IN_SERVICE:
        row.state = ModuleState.AWAITING_RETURN
    row.return_by, row.returned_at = due_on, None
    audit.record(session, call, "module.return_asked", name(row), after={"return_by": due_on})


def canonical(serial: str) -> str | None:
    """The form in which serial numbers are compared: trimmed, in capitals; None for what none can be."""
    text = serial.strip()
    fits = 1 <= len(text) <= LONGEST_SERIAL and text.isascii() and text.isprintable()
    # An address cannot end or begin with a slash and still name the same, and what reads as `mod_…` is an identifier.
    return text.upper() if fits and text.strip("/") == text and not identifiers.read("mod", text) else None


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


def refuse_strangers(session: Session, row: Module, event: ModuleEvent, request_id: int) -> None:
    # Who holds the link of a request may tell of the Modules that it names and that hold its licenses: else a draft
    # could name the Module of a stranger, and have nothing bound to it any more.
    if event not in {ModuleEvent.LOST, ModuleEvent.BROKEN}:
        raise errors.Forbidden(needed="role admin / representative")
    if not session.scalar(select(request_rows.holds(request_id, row.id))):
        raise errors.ModuleNotFound(module=row.serial)


def bound_to(session: Session, number: int) -> Sequence[LicenseFile]:
    chosen = select(LicenseFile).where(LicenseFile.module_id == number, LicenseFile.status == FileStatus.CURRENT)
    return session.scalars(chosen.order_by(LicenseFile.license_id)).all()


def name(row: Module) -> str:
    return identifiers.show("mod", row.id)


def view(session: Session, row: Module) -> ModuleView:
    bound = select(func.coalesce(func.sum(LicenseFile.seats), 0))
    return ModuleView(
        id=name(row),
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
