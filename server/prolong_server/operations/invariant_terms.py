"""What holds of terms. Calendar years differ from one database's SQL to another's, so the rules themselves count."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from prolong_server.models.channel import Order
from prolong_server.models.licensing import Code, Redemption
from prolong_server.rules import calendar

_PART = 1000


def new_ends_follow_period_and_basis(connection: Connection, most: int) -> tuple[int, list[int]]:
    """A redemption's new end follows from its old end, its day, its basis and the period of its code (R5)."""
    count, examples = 0, set[int]()
    for row in _receipts(connection):
        if not _follows(row):
            count += 1
            examples = set(sorted(examples | {row.license_id})[:most])
    return count, sorted(examples)


def _receipts(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    receipt = (Redemption.code, Redemption.license_id, Redemption.previous_expires_on, Redemption.expires_on)
    terms = (Redemption.redeemed_on, Redemption.renewal_basis, Redemption.period_years)
    statement = select(*receipt, *terms, Order.period_years.label("bought"))
    statement = statement.join(Code, Code.digest == Redemption.code).join(Order, Order.id == Code.order_id)
    last = b""
    # A receipt never changes, so parts read one after the other tell the same as one reading of all.
    while rows := connection.execute(
        statement.where(Redemption.code > last).order_by(Redemption.code).limit(_PART)
    ).all():
        yield from rows
        last = rows[-1].code


def _follows(row: Row[*tuple[Any, ...]]) -> bool:
    after = calendar.renewed(row.previous_expires_on, row.bought, row.renewal_basis, row.redeemed_on)
    return bool(row.expires_on == after and row.period_years == row.bought)
