"""The write of a redemption: a compare-and-set that stands without any lock taken before.

It spends the code only if the license still is as judged (`seq`) and the code is unspent, moves the license only if
the code was spent, and writes the receipt only if the license moved. Every change of a license raises its `seq`, so
nothing that a rule has looked at can have changed in between.

On PostgreSQL it is one statement, of one swap or of many, and so a transaction of its own. It passes over what another
transaction holds instead of waiting, so that nobody who waits for the rest of a batch waits for a stranger; whoever was
passed over comes again alone and waits for the license (`hold`). On SQLite it is a statement for each table.
"""

from collections.abc import Sequence
from functools import cache

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

from prolong_server import prepared
from prolong_server.db import Base
from prolong_server.licensing.swap_many import swap_many
from prolong_server.licensing.swap_rows import EVENT, MACHINE, RECEIPT, Names, Swap, values_of
from prolong_server.models.licensing import ISSUED, REDEEMED, Code, License, Machine, Redemption
from prolong_server.models.webhooks import Event


def _as_judged() -> Select[int]:
    return select(License.id).where(License.id == bindparam("p_license"), License.seq == bindparam("p_seq"))


def _unspent(held: Exists) -> Select[bytes]:
    return select(Code.digest).where(Code.digest == bindparam("p_code"), Code.state == ISSUED, held)


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


def swap(connection: Connection, judged: Sequence[Swap], *, waits: bool = False) -> set[bytes]:
    """Spend the codes, move the licenses, write the receipts; the digests of those for which all was as judged.

    For the others nothing was done. No two of them share a code or a license. On PostgreSQL it is a transaction of its
    own; elsewhere the caller's transaction holds it. With `waits` one that is held by another is waited for.
    """
    if len(judged) > 1 or not is_one_statement(connection):
        return swap_many(connection, judged)
    one = judged[0]
    statement = _one_statement(one.machine_id is not None, one.event is not None, waits)
    return set() if prepared.fetch_one(connection, statement, values_of(one)) is None else {one.digest}


def is_one_statement(connection: Connection) -> bool:
    """Whether `swap` is a single statement here, which needs no transaction around it."""
    return prepared.takes_arrays(connection)


def _add_if(moved: CTE, table: type[Base], names: Names) -> Insert:
    row = select(*(bindparam(name, type_=column.type) for column, name in names.items()))
    return insert(table).from_select(list(names), row.where(exists(select(moved.c.id))))


@cache
def _one_statement(registers: bool, tells: bool, waits: bool) -> Executable:
    # The license is locked before the code is touched, as everywhere: one lock order, no deadlock.
    held = _as_judged().with_for_update(skip_locked=not waits).cte("held")
    free = _unspent(exists(select(held.c.id))).with_for_update(skip_locked=not waits).cte("free")
    spent = _spend(exists(select(free.c.digest))).returning(Code.digest).cte("spent")
    moved = _move(registers).where(exists(select(spent.c.digest))).returning(License.id).cte("moved")
    receipt = _add_if(moved, Redemption, RECEIPT).returning(Redemption.code)
    if registers:
        receipt = receipt.add_cte(_add_if(moved, Machine, MACHINE).cte("registered"))
    return receipt.add_cte(_add_if(moved, Event, EVENT).cte("told")) if tells else receipt


_LOCK = select(License.id).where(License.id == bindparam("license_id")).with_for_update()


def hold(connection: Connection, license_id: int) -> None:
    """Hold the license until the end of the transaction, so that the next attempt cannot be overtaken."""
    connection.execute(_LOCK, {"license_id": license_id})
