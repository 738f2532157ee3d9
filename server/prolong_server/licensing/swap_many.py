"""Many swaps by one statement of PostgreSQL, to which they come as arrays.

All licenses are locked in one order before all codes are in theirs, and whatever another transaction holds is passed
over: so a batch waits for nobody, and two of them can never deadlock.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import CTE, Connection, Executable, Insert, Select, and_, case, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine

from prolong_server import prepared
from prolong_server.db import Base
from prolong_server.licensing.swap_rows import EVENT, MACHINE, RECEIPT, Names, Swap, values_of
from prolong_server.models.licensing import ISSUED, REDEEMED, Code, License, Machine, Redemption
from prolong_server.models.webhooks import Event


def swap_many(connection: Connection, judged: Sequence[Swap]) -> set[bytes]:
    """Do all swaps that still are as judged, and no other; the digests of their codes."""
    lines = [values_of(one) for one in judged]
    registers, tells = (any(name in line for line in lines) for name in ("p_machine", "p_event"))
    columns = {name: [line.get(name) for line in lines] for name in _types(registers, tells)}
    rows = prepared.fetch_all(connection, _many_statement(registers, tells), columns)
    return {row.code for row in rows}


def _types(registers: bool, tells: bool) -> dict[str, TypeEngine[Any]]:
    tables = [RECEIPT, *([MACHINE] if registers else []), *([EVENT] if tells else [])]
    named = {name: column.type for names in tables for column, name in names.items()}
    return named | {"p_seq": License.seq.type}


@cache
def _many_statement(registers: bool, tells: bool) -> Executable:
    # A sort takes in all before it gives the first: no code is locked before the last license.
    asked = prepared.many(_types(registers, tells), "asked")
    as_judged = and_(License.id == asked.c.p_license, License.seq == asked.c.p_seq)
    held = _locked(select(asked).select_from(asked).join(License, as_judged), License, License.id).cte("held")
    unspent = and_(Code.digest == held.c.p_code, Code.state == ISSUED)
    free = _locked(select(held).select_from(held).join(Code, unspent), Code, Code.digest).cte("free")
    spent = _spend_all(free).cte("spent")
    moved = _move_all(free, spent, registers).cte("moved")
    receipts = _add_all(free, moved, Redemption, RECEIPT).returning(Redemption.code)
    if registers:
        receipts = receipts.add_cte(_add_all(free, moved, Machine, MACHINE).cte("registered"))
    return receipts.add_cte(_add_all(free, moved, Event, EVENT).cte("told")) if tells else receipts


def _locked(rows: Select[Any], table: type[Base], order: InstrumentedAttribute[Any]) -> Select[Any]:
    return rows.order_by(order).with_for_update(of=table, skip_locked=True)


def _spend_all(free: CTE) -> ReturningUpdate[Any]:
    unspent = and_(Code.digest == free.c.p_code, Code.state == ISSUED)
    return update(Code).where(unspent).values(state=REDEEMED).returning(Code.digest)


def _move_all(free: CTE, spent: CTE, registers: bool) -> ReturningUpdate[Any]:
    as_judged = and_(License.id == free.c.p_license, License.seq == free.c.p_seq, spent.c.digest == free.c.p_code)
    changed: dict[str, Any] = {"expires_on": free.c.p_until, "seq": free.c.p_next_seq, "changed_at": free.c.p_now}
    if registers:
        changed["machines"] = License.machines + case((free.c.p_machine.is_not(None), 1), else_=0)
    return update(License).where(as_judged).values(changed).returning(License.id)


def _add_all(free: CTE, moved: CTE, table: type[Base], names: Names) -> Insert:
    rows = select(*(free.c[name] for name in names.values())).join(moved, moved.c.id == free.c.p_license)
    # What one of the lot does not have (a machine, an event) has no number.
    return insert(table).from_select(list(names), rows.where(free.c[next(iter(names.values()))].is_not(None)))
