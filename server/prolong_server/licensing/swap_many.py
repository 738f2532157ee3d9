"""Many swaps together, to which they come as the lines of one table (`prepared.Many`).

On PostgreSQL all is one statement. All licenses are locked in one order before all codes are in theirs, and whatever
another transaction holds is passed over: so a batch waits for nobody, and two of them can never deadlock. On SQLite the
caller's transaction has the only writer, and each table has a statement of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import CTE, Connection, Executable, FromClause, Insert, Select, and_, case, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import ReturningUpdate, Update
from sqlalchemy.types import TypeEngine

from prolong_server import prepared
from prolong_server.db import Base
from prolong_server.licensing.swap_rows import EVENT, MACHINE, RECEIPT, Names, Swap, values_of
from prolong_server.models.licensing import ISSUED, REDEEMED, Code, License, Machine, Redemption
from prolong_server.models.webhooks import Event
from prolong_server.prepared import Many

Lines = Sequence[Mapping[str, object]]
_TYPES: Final[Mapping[str, TypeEngine[Any]]] = {
    **{name: column.type for names in (RECEIPT, MACHINE, EVENT) for column, name in names.items()},
    "p_seq": License.seq.type,
}


def swap_many(connection: Connection, judged: Sequence[Swap]) -> set[bytes]:
    """Do all swaps that still are as judged, and no other; the digests of their codes."""
    lines = [values_of(one) for one in judged]
    registers, tells = (any(name in line for line in lines) for name in ("p_machine", "p_event"))
    if prepared.takes_arrays(connection):
        return {row.code for row in prepared.fetch_many(connection, _at_once(registers, tells), lines)}
    return _table_by_table(connection, lines, registers, tells)


def _table_by_table(connection: Connection, lines: Lines, registers: bool, tells: bool) -> set[bytes]:
    spent = {row.digest for row in prepared.fetch_many(connection, _spending(), lines)}
    done = [line for line in lines if line["p_code"] in spent]
    for one in _following(registers, tells) if done else ():
        prepared.fetch_many(connection, one, done)
    return spent


@cache
def _spending() -> Many:
    return _many(_spend_as_judged, "p_code", "p_license", "p_seq")


@cache
def _following(registers: bool, tells: bool) -> tuple[Many, ...]:
    changed = ("p_license", "p_until", "p_next_seq", "p_now", *(["p_machine"] if registers else []))
    rows = [(Redemption, RECEIPT), *([(Machine, MACHINE)] if registers else []), *([(Event, EVENT)] if tells else [])]
    return (
        _many(partial(_move_all, registers=registers), *changed),
        *(_many(partial(_add_all, table=table, names=names), *names.values()) for table, names in rows),
    )


@cache
def _at_once(registers: bool, tells: bool) -> Many:
    rows = (RECEIPT, *([MACHINE] if registers else []), *([EVENT] if tells else []))
    names = {name: None for row in rows for name in row.values()}
    return _many(partial(_all_of, registers=registers, tells=tells), *names, "p_seq")


def _many(write: Callable[[FromClause], Executable], *names: str) -> Many:
    return Many(write, {name: _TYPES[name] for name in names})


def _all_of(asked: FromClause, registers: bool, tells: bool) -> Executable:
    # A sort takes in all before it gives the first: no code is locked before the last license.
    as_judged = and_(License.id == asked.c.p_license, License.seq == asked.c.p_seq)
    held = _locked(select(asked).select_from(asked).join(License, as_judged), License, License.id).cte("held")
    unspent = and_(Code.digest == held.c.p_code, Code.state == ISSUED)
    free = _locked(select(held).select_from(held).join(Code, unspent), Code, Code.digest).cte("free")
    spent = _spend_all(free).returning(Code.digest).cte("spent")
    moving = _move_all(free, registers).where(License.seq == free.c.p_seq, spent.c.digest == free.c.p_code)
    moved = moving.returning(License.id).cte("moved")
    receipts = _add_all(free, Redemption, RECEIPT, moved).returning(Redemption.code)
    if registers:
        receipts = receipts.add_cte(_add_all(free, Machine, MACHINE, moved).cte("registered"))
    return receipts.add_cte(_add_all(free, Event, EVENT, moved).cte("told")) if tells else receipts


def _locked(rows: Select[Any], table: type[Base], order: InstrumentedAttribute[Any]) -> Select[Any]:
    return rows.order_by(order).with_for_update(of=table, skip_locked=True)


def _spend_as_judged(asked: FromClause) -> ReturningUpdate[Any]:
    as_judged = and_(License.id == asked.c.p_license, License.seq == asked.c.p_seq)
    return _spend_all(asked).where(as_judged).returning(Code.digest)


def _spend_all(rows: FromClause) -> Update:
    return update(Code).where(Code.digest == rows.c.p_code, Code.state == ISSUED).values(state=REDEEMED)


def _move_all(rows: FromClause, registers: bool) -> Update:
    changed: dict[str, Any] = {"expires_on": rows.c.p_until, "seq": rows.c.p_next_seq, "changed_at": rows.c.p_now}
    if registers:
        changed["machines"] = License.machines + case((rows.c.p_machine.is_not(None), 1), else_=0)
    return update(License).where(License.id == rows.c.p_license).values(changed)


def _add_all(rows: FromClause, table: type[Base], names: Names, moved: CTE | None = None) -> Insert:
    added = select(*(rows.c[name] for name in names.values()))
    if moved is not None:
        added = added.join(moved, moved.c.id == rows.c.p_license)
    # What one of the lot does not have (a machine, an event) has no number.
    return insert(table).from_select(list(names), added.where(rows.c[next(iter(names.values()))].is_not(None)))
