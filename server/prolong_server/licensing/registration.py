"""Machines register themselves with a license while seats are free (R6)."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.db import transactional
from prolong_server.licensing import license_turns
from prolong_server.licensing.forms import MachineForm
from prolong_server.models.licensing import License, Machine
from prolong_server.operations import audit
from prolong_server.rules import identifiers


def register(call: Call, license_id: int, machine: MachineForm) -> bool:
    """Register a machine if it is not yet and a seat is free; False when every seat is taken by others."""
    with license_turns.of(license_id):
        return _register(call, license_id, machine)


@transactional
def _register(session: Session, call: Call, license_id: int, machine: MachineForm) -> bool:
    session.execute(select(License.id).where(License.id == license_id).with_for_update())
    if is_registered(session, license_id, machine.fingerprint):
        return True
    free = (License.id == license_id, License.machines < License.seats)
    taken = update(License).where(*free).values(machines=License.machines + 1, seq=License.seq + 1, changed_at=call.now)
    if session.connection().execute(taken).rowcount != 1:
        return False
    row = machine_row(call, license_id, machine)
    session.add(row)
    # What a machine tells of itself stays out of the trail.
    told = {"machine": identifiers.show("mch", row.id)}
    audit.record(session, call, "machine.registered", identifiers.show("lic", license_id), after=told)
    return True


def is_registered(session: Session, license_id: int, fingerprint: str) -> bool:
    """Whether the license knows this machine."""
    same = (Machine.license_id == license_id, Machine.fingerprint == fingerprint)
    return session.scalar(select(func.count()).select_from(Machine).where(*same)) == 1


def machine_row(call: Call, license_id: int, machine: MachineForm) -> Machine:
    """The row of a machine that registers now."""
    return Machine(
        id=call.new_id(),
        license_id=license_id,
        fingerprint=machine.fingerprint,
        name=machine.name,
        registered_at=call.now,
    )
