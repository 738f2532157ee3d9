"""The list of an order's codes, sealed in the database until its dealer confirms receipt or 30 days have passed.

The list is kept in chunks, each sealed for its order and its place, so that a million codes are written and read in
constant memory. Every chunk is a short read of its own: a slow reader holds no transaction open, and one whose list is
destroyed under its eyes is broken off instead of being told a part as if it were the whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import order_views
from prolong_server.models.channel import Order, SealedChunk
from prolong_server.operations import audit, sealing
from prolong_server.rules import codes, errors, identifiers
from prolong_server.rules.vocabulary import LicenseClass

KEPT_FOR: Final = timedelta(days=30)
CHUNK: Final = 4096
DESTROYED_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Download:
    """The codes of an order as they are printed, in the order of the list, each `width` characters long."""

    order: str
    quantity: int
    width: int
    codes: Iterator[str]


@dataclass(frozen=True, slots=True)
class _List:
    """An order's list, opened for reading: whose codes, how many, of which class."""

    order: str
    order_id: int
    quantity: int
    license_class: LicenseClass


def seal(call: Call, order_id: int, number: int, block: bytes) -> bytes:
    """The chunk `number` of an order, sealed: up to CHUNK codes as a block of rules.codes."""
    return sealing.seal(call.keys, call.random, block, _context(order_id, number))


def store(session: Session, order_id: int, chunks: Iterable[bytes]) -> None:
    """Keep the sealed chunks of an order, all of them."""
    rows = [{"order_id": order_id, "number": number, "sealed": sealed} for number, sealed in enumerate(chunks)]
    session.execute(insert(SealedChunk), rows)


def download(call: Call, ref: str) -> Download:
    """Open the codes of an order; the download is audited.

    NotFound and CodesNoLongerAvailable are raised at once. The iterator raises CodesNoLongerAvailable when the list is
    destroyed while it is read: whoever writes the codes out must then break off, too.
    """
    destroy_overdue(call)
    listed = _open(call, ref)
    first = list(codes.show_block(_chunk(call, listed, 0), listed.license_class))
    return Download(listed.order, listed.quantity, len(first[0]), _codes(call, listed, first))


def read(call: Call, ref: str) -> Iterator[str]:
    """The codes of `download` alone."""
    return download(call, ref).codes


@db.transactional
def destroy_overdue(session: Session, call: Call) -> int:
    """Destroy lists whose 30 days have passed, at most DESTROYED_AT_ONCE; the number of orders."""
    overdue = select(Order.id).join(SealedChunk, SealedChunk.order_id == Order.id)
    overdue = overdue.where(SealedChunk.number == 0, Order.sealed_until <= call.now).order_by(Order.sealed_until)
    numbers = session.scalars(overdue.limit(DESTROYED_AT_ONCE)).all()
    for number in numbers:
        if destroy(session, number):
            told = {"because": "its days have passed"}
            audit.record(session, call, "order.codes_destroyed", identifiers.show("ord", number), after=told)
    return len(numbers)


def destroy(session: Session, order_id: int) -> bool:
    """Destroy the sealed list of one order; whether there was one still, because another may have come first."""
    gone = delete(SealedChunk).where(SealedChunk.order_id == order_id)
    return session.connection().execute(gone).rowcount > 0


@db.transactional
def _open(session: Session, call: Call, ref: str) -> _List:
    order = order_views.find(session, call, ref)
    if order.confirmed_at is not None or call.now >= order.sealed_until:
        raise errors.CodesNoLongerAvailable
    name = identifiers.show("ord", order.id)
    audit.record(session, call, "order.codes_downloaded", name, after={"quantity": order.quantity})
    return _List(name, order.id, order.quantity, order.license_class)


@db.reading
def _chunk(session: Session, call: Call, listed: _List, number: int) -> bytes:
    here = (SealedChunk.order_id == listed.order_id, SealedChunk.number == number)
    sealed = session.scalar(select(SealedChunk.sealed).where(*here))
    if sealed is None:
        raise errors.CodesNoLongerAvailable
    return sealing.unseal(call.keys, sealed, _context(listed.order_id, number))


def _codes(call: Call, listed: _List, first: Iterable[str]) -> Iterator[str]:
    yield from first
    for number in range(1, -(-listed.quantity // CHUNK)):
        yield from codes.show_block(_chunk(call, listed, number), listed.license_class)


def _context(order_id: int, number: int) -> bytes:
    return f"codes of order {order_id}, chunk {number}".encode("ascii")
