"""The write of a redemption: a compare-and-set that stands without any lock taken before.

It spends the code only if the license still is as judged (`seq`) and the code is unspent, moves the license only if
the code was spent, and writes the receipt only if the license moved. Every change of a license raises its `seq`, so
nothing that a rule has looked at can have changed in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    Connection,
    Executable,
    Exists,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from prolong_server import prepared
from prolong_server.db import Base
from prolong_server.models.licensing import ISSUED, REDEEMED, Code, License, Machine, Redemption
from prolong_server.models.webhooks import Event


@dataclass(frozen=True, slots=True)
class Swap:
    """A redemption as it was judged: what must still be so, and what becomes of it. `machine_id` registers one.

    `event` are the values of a row of the outbox, where somebody wants to be told.
    """

    digest: bytes
    license_id: int
    seq: int
    previous_expires_on: date
    expires_on: date
    period_years: int
    basis: str
    now: datetime
    today: date
    machine_id: int | None = None
    fingerprint: str | None = None
    machine_name: str | None = None
    event: Mapping[str, Any] | None = None


def _as_judged() -> Select[int]:
    return select(License.id).where(License.id == bindparam("p_license"), License.seq == bindparam("p_seq"))


def _spend(held: Exists) -> Update:
    unspent = and_(Code.digest == bindparam("p_code"), Code.state == ISSUED)
    return update(Code).where(unspent, held).values(state=REDEEMED)


def _move(registers: bool) -> Update:
    return (
        update(License)
        .where(License.id == bindparam("p_license"))
        .values(
            expires_on=bindparam("p_until"),
            seq=License.seq + 1,
            changed_at=bindparam("p_now", type_=License.changed_at.type),
            machines=License.machines + (1 if registers else 0),
        )
    )


_RECEIPT_NAMES = {
    Redemption.code: "p_code",
    Redemption.license_id: "p_license",
    Redemption.license_seq: "p_next_seq",
    Redemption.redeemed_at: "p_now",
    Redemption.redeemed_on: "p_today",
    Redemption.previous_expires_on: "p_previous",
    Redemption.expires_on: "p_until",
    Redemption.period_years: "p_years",
    Redemption.renewal_basis: "p_basis",
}
_MACHINE_NAMES = {
    Machine.id: "p_machine",
    Machine.license_id: "p_license",
    Machine.fingerprint: "p_fingerprint",
    Machine.name: "p_machine_name",
    Machine.registered_at: "p_now",
}
_EVENT_NAMES = {
    Event.id: "p_event",
    Event.type: "p_event_type",
    Event.dealer_id: "p_event_dealer",
    Event.seller_id: "p_event_seller",
    Event.test: "p_event_test",
    Event.body: "p_event_body",
    Event.created_at: "p_now",
}
Names = dict[InstrumentedAttribute[Any], str]


def _add(table: type[Base], names: Names) -> Insert:
    return insert(table).values({column: bindparam(name) for column, name in names.items()})


def _add_if(moved: CTE, table: type[Base], names: Names) -> Insert:
    row = select(*(bindparam(name, type_=column.type) for column, name in names.items()))
    return insert(table).from_select(list(names), row.where(exists(select(moved.c.id))))


def swap(connection: Connection, judged: Swap) -> bool:
    """Spend the code, move the license, write the receipt; False, and nothing done, if one is not as judged.

    On PostgreSQL it is one statement, and so a transaction of its own; elsewhere the caller's transaction holds it.
    """
    values = _values(judged)
    registers, tells = judged.machine_id is not None, judged.event is not None
    if is_one_statement(connection):
        return prepared.fetch_one(connection, _one_statement(registers, tells), values) is not None
    return _step_by_step(connection, registers, tells, values)


def is_one_statement(connection: Connection) -> bool:
    """Whether `swap` is a single statement here, which needs no transaction around it."""
    return connection.dialect.name == "postgresql"


def _values(judged: Swap) -> dict[str, object]:
    values: dict[str, object] = {
        "p_code": judged.digest,
        "p_license": judged.license_id,
        "p_seq": judged.seq,
        "p_next_seq": judged.seq + 1,
        "p_previous": judged.previous_expires_on,
        "p_until": judged.expires_on,
        "p_years": judged.period_years,
        "p_basis": judged.basis,
        "p_now": judged.now,
        "p_today": judged.today,
    }
    if judged.machine_id is not None:
        machine = {"p_machine": judged.machine_id, "p_fingerprint": judged.fingerprint}
        values |= machine | {"p_machine_name": judged.machine_name}
    if judged.event is not None:
        values |= {name: judged.event[column.key] for column, name in _EVENT_NAMES.items()}
    return values


@cache
def _one_statement(registers: bool, tells: bool) -> Executable:
    # The license is locked before the code is touched, as everywhere: one lock order, no deadlock.
    held = _as_judged().with_for_update().cte("held")
    spent = _spend(exists(select(held.c.id))).returning(Code.digest).cte("spent")
    moved = _move(registers).where(exists(select(spent.c.digest))).returning(License.id).cte("moved")
    receipt = _add_if(moved, Redemption, _RECEIPT_NAMES).returning(Redemption.code)
    if registers:
        receipt = receipt.add_cte(_add_if(moved, Machine, _MACHINE_NAMES).cte("registered"))
    return receipt.add_cte(_add_if(moved, Event, _EVENT_NAMES).cte("told")) if tells else receipt


def _step_by_step(connection: Connection, registers: bool, tells: bool, values: dict[str, object]) -> bool:
    if connection.execute(_spend(exists(_as_judged())), values).rowcount != 1:
        return False
    connection.execute(_move(registers), values)
    connection.execute(_add(Redemption, _RECEIPT_NAMES), values)
    if registers:
        connection.execute(_add(Machine, _MACHINE_NAMES), values)
    if tells:
        connection.execute(_add(Event, _EVENT_NAMES), values)
    return True


_LOCK = select(License.id).where(License.id == bindparam("license_id")).with_for_update()


def lock_license(connection: Connection, license_id: int) -> None:
    """Hold the license until the end of the transaction, so that the next attempt cannot be overtaken."""
    connection.execute(_LOCK, {"license_id": license_id})
