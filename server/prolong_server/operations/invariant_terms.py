"""What holds of terms. Calendar years differ from one database's SQL to another's, so the rules themselves count."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.orm import aliased

from prolong_server.models.channel import Order
from prolong_server.models.licensing import Code, Redemption, Reversal
from prolong_server.rules import calendar
from prolong_server.rules.reversals import Applied, recomputed

_PART = 1000
_EARLIER = aliased(Reversal, name="earlier")
_REVERSED = (
    select(
        Reversal.code,
        Reversal.license_id,
        Reversal.expires_on,
        Redemption.previous_expires_on,
        Redemption.period_years,
        Redemption.renewal_basis,
        Redemption.redeemed_on,
        _EARLIER.code.is_not(None).label("is_reversed"),
    )
    .outerjoin(
        Redemption,
        and_(Redemption.license_id == Reversal.license_id, Redemption.license_seq < Reversal.license_seq),
    )
    .outerjoin(_EARLIER, and_(_EARLIER.code == Redemption.code, _EARLIER.license_seq <= Reversal.license_seq))
    .order_by(Reversal.code, Redemption.license_seq)
)


def new_ends_follow_period_and_basis(connection: Connection, most: int) -> tuple[int, list[int]]:
    """A redemption's new end follows from its old end, its day, its basis and the period of its code (R5)."""
    count, examples = 0, set[int]()
    for row in _receipts(connection):
        if not _follows(row):
            count += 1
            examples = set(sorted(examples | {row.license_id})[:most])
    return count, sorted(examples)


def reversals_follow_the_rule(connection: Connection, most: int) -> tuple[int, list[int]]:
    """A reversal's new end is the one that R18 computes from the redemptions and reversals before it."""
    count, examples = 0, set[int]()
    for reversal, rows in groupby(_reversals(connection), attrgetter("code", "license_id", "expires_on")):
        if _recomputed(list(rows)) != reversal[2]:
            count += 1
            examples = set(sorted(examples | {reversal[1]})[:most])
    return count, sorted(examples)


def _reversals(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    """Each reversal with every redemption that its license then had, and whether that one was reversed by then."""
    last = b""
    # Neither a reversal nor what was before it ever changes, so parts tell the same as one reading of all.
    while codes := connection.scalars(
        select(Reversal.code).where(Reversal.code > last).order_by(Reversal.code).limit(_PART)
    ).all():
        yield from connection.execute(_REVERSED.where(Reversal.code.in_(codes)))
        last = codes[-1]


def _recomputed(rows: list[Row[*tuple[Any, ...]]]) -> date | None:
    applied = [
        Applied(row.previous_expires_on, row.period_years, row.renewal_basis, row.redeemed_on, row.is_reversed)
        for row in rows
    ]
    return recomputed(applied) if any(one.reversed for one in applied) else None


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
