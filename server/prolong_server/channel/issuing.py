"""Makes the codes of an order and stores them: digests as rows, the list sealed. The hot path of large orders.

The digests are kept in 256 buckets by their first byte (16 MB for a million) and written bucket by bucket, each sorted,
because rows in the order of their primary key go to the end of its index and not all over it. On PostgreSQL they are
one binary COPY, whose rows are joined from constant parts; a call per row would cost more than the server's work.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from struct import pack
from typing import Final

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.channel import sealed_codes
from prolong_server.models.licensing import ISSUED
from prolong_server.rules import codes, digests, errors

_WIDTH: Final = digests.BYTES
_COPY: Final = "COPY codes (digest, order_id, key_id, state) FROM STDIN (FORMAT BINARY)"
_INSERT: Final = f"INSERT INTO codes (digest, order_id, key_id, state) VALUES (?, ?, ?, {ISSUED})"  # noqa: S608 - a constant
# The frame of COPY's binary format: signature, flags, length of the extension; and the row that ends it.
_BEGIN: Final = b"PGCOPY\n\xff\r\n\x00" + pack("!ii", 0, 0)
_END: Final = pack("!h", -1)

Progress = Callable[[int], None]


def issue(session: Session, call: Call, order_id: int, quantity: int, progress: Progress) -> None:
    """Make `quantity` codes of an order in this transaction; `progress` is told the number of each part just made.

    Raises TryAgain when the database is away, or when a code was made twice (once in 2^80 orders): then nothing of the
    order remains.
    """
    with _not_waiting(session.connection()):
        buckets = _make(session, call, order_id, quantity, progress)
    _write(session.connection(), buckets, order_id, call.keys.codes[0].id)


@contextmanager
def _not_waiting(connection: Connection) -> Iterator[None]:
    """On PostgreSQL the sealed chunks are sent without awaiting each answer, so that it writes while codes are made."""
    if connection.dialect.name != "postgresql":
        yield
        return
    with _driver(connection).pipeline():
        yield


def _make(session: Session, call: Call, order_id: int, quantity: int, progress: Progress) -> list[bytearray]:
    buckets = [bytearray() for _ in range(256)]
    key = call.keys.codes[0]
    for number, start in enumerate(range(0, quantity, sealed_codes.CHUNK)):
        size = min(sealed_codes.CHUNK, quantity - start)
        block = codes.generate_block(size, call.random)
        sealed_codes.store(session, call, order_id, number, block)
        for digest in digests.of_block(block, key.secret, key.scheme):
            buckets[digest[0]] += digest
        progress(size)
    return buckets


def _write(connection: Connection, buckets: list[bytearray], order_id: int, key_id: int) -> None:
    write = _copy if connection.dialect.name == "postgresql" else _insert
    try:
        write(connection, _drained(buckets), order_id, key_id)
    except (IntegrityError, psycopg.IntegrityError) as failure:
        raise errors.TryAgain from failure


def _drained(buckets: list[bytearray]) -> Iterator[list[bytes]]:
    """The digests of each bucket in order, the bucket's memory given back."""
    for at, bucket in enumerate(buckets):
        buckets[at] = bytearray()
        if bucket:
            yield sorted(bytes(bucket[start : start + _WIDTH]) for start in range(0, len(bucket), _WIDTH))


def _copy(connection: Connection, parts: Iterable[list[bytes]], order_id: int, key_id: int) -> None:
    before = pack("!hi", 4, _WIDTH)
    after = pack("!iqihih", 8, order_id, 2, key_id, 2, ISSUED)
    with _driver(connection).cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_BEGIN)
        for part in parts:
            copy.write(before + (after + before).join(part) + after)
        copy.write(_END)


def _driver(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("PostgreSQL is reached through psycopg")
    return driver


def _insert(connection: Connection, parts: Iterable[list[bytes]], order_id: int, key_id: int) -> None:
    for part in parts:
        connection.exec_driver_sql(_INSERT, [(digest, order_id, key_id) for digest in part])
