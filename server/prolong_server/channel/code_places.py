"""Where codes are: their digests page by page, each kind of search from an index.

A place is the number of an order and a digest, told in this order; a search that is not by dealer leaves the order 0.
The cursor of a page is the last place that was told, so that a page costs the same wherever it stands.
"""

import base64
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sqlalchemy import Select, bindparam, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from prolong_server.models.channel import Order
from prolong_server.models.licensing import Activation, Code, Redemption
from prolong_server.models.operations import KeyRecord
from prolong_server.rules import digests, errors
from prolong_server.rules.vocabulary import LicenseClass

Place = tuple[int, bytes]
Finder = Callable[[Place, int], list[Place]]

_SHAPE: Final = struct.Struct(f"!Q{digests.BYTES}s")
_BEGIN: Final[Place] = (0, b"")


def write(place: Place) -> str:
    """A place as a cursor."""
    return base64.urlsafe_b64encode(_SHAPE.pack(*place)).decode("ascii")


def read(cursor: str | None) -> Place:
    """The place of a cursor, or the one before all others; InvalidRequest for a cursor that is not ours."""
    if cursor is None:
        return _BEGIN
    try:
        order_id, digest = _SHAPE.unpack(base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, struct.error):
        told = "This is not a cursor of this list; begin again without one."
        raise errors.InvalidRequest({"cursor": [told]}) from None
    return order_id & (1 << 63) - 1, digest


def in_range(session: Session, least: bytes, greatest: bytes, mark: LicenseClass | None) -> Finder:
    """The codes with these digests under keys that begin a digest with the first group, of the mark's class if any."""
    grouped = select(KeyRecord.id).where(KeyRecord.scheme == digests.GROUPED)
    there = select(Code.digest).where(Code.digest.between(least, greatest), Code.key_id.in_(grouped))
    if mark is not None:
        there = there.join(Order, Order.id == Code.order_id).where(Order.license_class == mark)
    return lambda after, most: _told(session, there.where(Code.digest > after[1]).order_by(Code.digest).limit(most))


def of_licenses(session: Session, licenses: Select[int], number: int | None = None) -> Finder:
    """The codes that were spent on these licenses, and on the one of this number."""
    numbers = session.scalars(licenses).all() if number is None else [number, *session.scalars(licenses)]
    spent = union_all(
        *(select(record.code).where(record.license_id.in_(numbers)) for record in (Redemption, Activation))
    ).subquery()
    there = select(spent.c.code).order_by(spent.c.code)
    return lambda after, most: _told(session, there.where(spent.c.code > after[1]).limit(most))


def of_order(session: Session, order_id: int, after: bytes, most: int) -> list[Place]:
    """The first `most` codes of an order behind the digest `after`."""
    # An order has one code or a million, so the number is written out: the statement is planned for this very order.
    this = Code.order_id == bindparam("order", order_id, literal_execute=True)
    behind = select(Code.digest).where(this, Code.digest > after).order_by(Code.digest).limit(most)
    return _told(session, behind, order_id)


def of_dealer(session: Session, dealer_id: int, after: Place, most: int) -> list[Place]:
    """The first `most` codes of a dealer behind `after`, its newest order first."""
    last, digest = after
    told = of_order(session, last, digest, most) if last else []
    whole: list[int] = []
    missing = most - len(told)
    for number, quantity in _orders(session, dealer_id, last, missing):
        if quantity > missing:
            return told + _of_whole(session, whole) + of_order(session, number, b"", missing)
        whole.append(number)
        missing -= quantity
    return told + _of_whole(session, whole)


def _orders(session: Session, dealer_id: int, last: int, most: int) -> Iterator[tuple[int, int]]:
    """The orders older than `last` (0: all), the newest first; every one has a code, so `most` of them suffice."""
    age = tuple_(Order.created_at, Order.id)
    older = select(Order.id, Order.quantity).where(Order.dealer_id == dealer_id)
    if last:
        at = session.scalar(select(Order.created_at).where(Order.id == last))
        older = older.where(age < tuple_(literal(at, Order.created_at.type), last))
    for row in session.execute(older.order_by(Order.created_at.desc(), Order.id.desc()).limit(most)):
        yield row.id, row.quantity


def _of_whole(session: Session, order_ids: Sequence[int]) -> list[Place]:
    """Every code of these orders, which are small."""
    if not order_ids:
        return []
    these = Code.order_id.in_(bindparam("orders", order_ids, expanding=True, literal_execute=True))
    rows = session.execute(select(Code.order_id, Code.digest).where(these))
    rank = {number: at for at, number in enumerate(order_ids)}
    return sorted(((row.order_id, row.digest) for row in rows), key=lambda place: (rank[place[0]], place[1]))


def _told(session: Session, statement: Select[bytes], order_id: int = 0) -> list[Place]:
    return [(order_id, digest) for digest in session.scalars(statement)]
