"""The computers that have registered themselves with a license (R6), and their release by staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing.license_views import find
from prolong_server.models.licensing import Machine
from prolong_server.operations import audit, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers


@dataclass(frozen=True, slots=True)
class MachineView:
    """A registered computer; `fingerprint` is what it told of itself."""

    id: str
    fingerprint: str
    name: str | None
    registered_at: datetime


@db.reading
def list_all(
    session: Session, call: Call, license_ref: str, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[MachineView]:
    """A page of the machines of a license. LicenseNotFound, InvalidRequest for a foreign cursor."""
    statement = select(Machine).where(Machine.license_id == find(session, license_ref).id)
    rows, following = pages.fetch(session, statement, Machine.id, cursor, limit)
    return Page(tuple(map(_view, rows)), following)


@db.transactional
def release(session: Session, call: Call, license_ref: str, machine_ref: str) -> None:
    """Take a machine off a license, so that its seat is free for another. LicenseNotFound, NotFound."""
    license_row = find(session, license_ref, lock=True)
    number = identifiers.read("mch", machine_ref)
    machine = session.get(Machine, number) if number else None
    if machine is None or machine.license_id != license_row.id:
        raise errors.NotFound
    session.delete(machine)
    license_row.machines -= 1
    license_row.seq += 1
    license_row.changed_at = call.now
    before, after = ({"machines": license_row.machines + gone} for gone in (1, 0))
    named = identifiers.show("lic", license_row.id)
    audit.record(session, call, "machine.released", named, before | {"machine": machine_ref}, after)


def _view(row: Machine) -> MachineView:
    shown = identifiers.show("mch", row.id)
    return MachineView(id=shown, fingerprint=row.fingerprint, name=row.name, registered_at=row.registered_at)
