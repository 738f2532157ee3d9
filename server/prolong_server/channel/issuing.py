"""Makes the codes of an order and stores them: digests as rows, the list sealed. The hot path of large orders.

Rows in the order of their primary key go to the end of its index and not all over it, so codes are made in that order
(`rules.lots`), and each part is sent at once: the database writes it while the next is made. On PostgreSQL they are one
binary COPY, whose rows are joined from constant parts; a call per row would cost more than the server's work. The list
is sealed meanwhile (25 MB for a million codes) and stored last.
"""

import select
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from struct import pack
from sys import maxsize
from typing import Final

import psycopg
from psycopg.copy import LibpqWriter
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.channel import sealed_codes
from prolong_server.keyring import CodeKey
from prolong_server.models.licensing import ISSUED
from prolong_server.rules import digests, errors
from prolong_server.rules.lots import Lot

_WIDTH: Final = digests.BYTES
# That a code begins as issued is the column's default, which costs PostgreSQL less than to read it in every row.
_COPY: Final = "COPY codes (digest, order_id, key_id) FROM STDIN (FORMAT BINARY)"
# Bytes that may wait for PostgreSQL: its socket takes 0.2 MB, and whoever waited for that after every megabyte would
# leave it with nothing to do as soon as a part takes longer to be made than that to be read. They wait here, because
# the driver moves all that waits there each time that some of it is sent.
_AHEAD: Final = 16 << 20
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
    lot, key = Lot(quantity, call.random), call.keys.codes[0]
    chunks = (sealed_codes.seal(call, order_id, *chunk) for chunk in enumerate(lot.listed(sealed_codes.CHUNK)))
    sealed: list[bytes] = []
    _write(session.connection(), chain(_digests(lot, key, progress), _kept(chunks, sealed)), order_id, key.id)
    sealed_codes.store(session, order_id, sealed)


def _kept(chunks: Iterator[bytes], sealed: list[bytes]) -> Iterator[list[bytes]]:
    """Seal the list while the database is still at work with the codes: a part without any for each chunk."""
    for chunk in chunks:
        sealed.append(chunk)
        yield []


def _digests(lot: Lot, key: CodeKey, progress: Progress) -> Iterator[list[bytes]]:
    """The digests of a lot as its codes are made, ascending, but for the few codes of the last block."""
    made = _made(lot, key, progress)
    return made if key.scheme == digests.GROUPED else _by_first_byte(made)


def _made(lot: Lot, key: CodeKey, progress: Progress) -> Iterator[list[bytes]]:
    for block in lot.ascending():
        made = sorted(digests.of_block(block, key.secret, key.scheme))
        yield made
        progress(len(made))


def _by_first_byte(parts: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    # Digests of the older scheme ascend only when the last is made; 256 buckets of them are sorted one by one.
    buckets = [bytearray() for _ in range(256)]
    for digest in chain.from_iterable(parts):
        buckets[digest[0]] += digest
    for at, bucket in enumerate(buckets):
        buckets[at] = bytearray()
        yield sorted(bytes(bucket[start : start + _WIDTH]) for start in range(0, len(bucket), _WIDTH))


def _write(connection: Connection, parts: Iterable[list[bytes]], order_id: int, key_id: int) -> None:
    write = _copy if connection.dialect.name == "postgresql" else _insert
    try:
        write(connection, parts, order_id, key_id)
    except (IntegrityError, psycopg.IntegrityError) as failure:
        raise errors.TryAgain from failure


def _copy(connection: Connection, parts: Iterable[list[bytes]], order_id: int, key_id: int) -> None:
    before = pack("!hi", 3, _WIDTH)
    after = pack("!iqih", 8, order_id, 2, key_id)
    driver = _driver(connection)
    with driver.cursor() as cursor, cursor.copy(_COPY, writer=LibpqWriter(cursor, flush_threshold=maxsize)) as copy:
        ahead = _Ahead(copy, driver.fileno())
        ahead.write(_BEGIN)
        for part in parts:
            ahead.write(before + (after + before).join(part) + after if part else b"")
        ahead.write(_END)
        ahead.finish()


class _Ahead:
    """Gives PostgreSQL what it takes at once, and keeps the rest, of which it waits only for what exceeds `_AHEAD`."""

    def __init__(self, copy: psycopg.Copy, descriptor: int) -> None:
        self._copy, self._waiting, self._bytes = copy, deque[bytes](), 0
        self._socket = select.poll()
        self._socket.register(descriptor, select.POLLOUT)

    def write(self, part: bytes) -> None:
        """Send it when its turn comes; nothing is only an opportunity to send what waits."""
        if part:
            self._waiting.append(part)
            self._bytes += len(part)
        self._send(_AHEAD)

    def finish(self) -> None:
        """Send all that is left."""
        self._send(0)

    def _send(self, most: int) -> None:
        while self._waiting and self._socket.poll(None if self._bytes > most else 0):
            part = self._waiting.popleft()
            self._bytes -= len(part)
            self._copy.write(part)


def _driver(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("PostgreSQL is reached through psycopg")
    return driver


def _insert(connection: Connection, parts: Iterable[list[bytes]], order_id: int, key_id: int) -> None:
    for part in filter(None, parts):
        connection.exec_driver_sql(_INSERT, [(digest, order_id, key_id) for digest in part])
