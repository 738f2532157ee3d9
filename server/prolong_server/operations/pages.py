"""Lists in pages: one unique key gives the order, and an opaque cursor names the last key that was told.

A cursor is base64url of that key. So a page costs the same wherever it stands, and nothing is told twice or left out
when rows come and go between two pages.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, overload

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from prolong_server.rules import errors

LONGEST: Final = 500
DEFAULT: Final = 50
_LONGEST_KEY: Final = 255
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list; `next_cursor` asks for the part behind it and is None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None


@overload
def fetch(
    session: Session,
    statement: Select[T],
    key: InstrumentedAttribute[Any],
    cursor: str | None,
    limit: int = DEFAULT,
    *,
    descending: bool = False,
) -> tuple[list[T], str | None]: ...


@overload
def fetch(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[Any],
    cursor: str | None,
    limit: int = DEFAULT,
    *,
    descending: bool = False,
) -> tuple[list[Any], str | None]: ...


def fetch(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[Any],
    cursor: str | None,
    limit: int = DEFAULT,
    *,
    descending: bool = False,
) -> tuple[list[Any], str | None]:
    """Up to `limit` (1-500) rows behind `cursor` in the order of `key`, and the cursor of the next page or None.

    `key` is a unique column of the statement's tables: a whole number, bytes or text. A statement of one thing gives
    these things, one of several gives tuples. InvalidRequest for a limit outside and for a cursor that is not ours.
    """
    if not 1 <= limit <= LONGEST:
        raise errors.InvalidRequest({"limit": [f"A page has 1 to {LONGEST} items."]})
    asked = _ordered(_behind(statement, key, cursor, descending), key, descending).add_columns(key).limit(limit + 1)
    found: Sequence[Any] = session.execute(asked).unique().all()
    rows = [_things(row) for row in found[:limit]]
    return rows, _write(found[limit - 1][-1]) if len(found) > limit else None


def _behind(
    statement: Select[*tuple[Any, ...]], key: InstrumentedAttribute[Any], cursor: str | None, descending: bool
) -> Select[*tuple[Any, ...]]:
    if cursor is None:
        return statement
    last = _read(cursor, key.type.python_type)
    return statement.where(key < last if descending else key > last)


def _ordered(
    statement: Select[*tuple[Any, ...]], key: InstrumentedAttribute[Any], descending: bool
) -> Select[*tuple[Any, ...]]:
    order: ColumnElement[Any] = key.desc() if descending else key.asc()
    return statement.order_by(None).order_by(order)


def _things(row: Sequence[object]) -> object:
    *things, _key = row
    return things[0] if len(things) == 1 else tuple(things)


def _write(key: object) -> str:
    raw = key if isinstance(key, bytes) else str(key).encode()
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _read(cursor: str, kind: type[Any]) -> object:
    try:
        return _key(_bytes(cursor), kind)
    except ValueError:
        told = "This is not a cursor of this list; begin again without one."
        raise errors.InvalidRequest({"cursor": [told]}) from None


def _bytes(cursor: str) -> bytes:
    raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    if len(raw) > _LONGEST_KEY:
        raise ValueError("longer than any key")
    return raw


def _key(raw: bytes, kind: type[Any]) -> object:
    if kind is bytes:
        return raw
    text = raw.decode("utf-8")
    if "\0" in text:
        raise ValueError("PostgreSQL keeps no NUL in a text")
    return text if kind is str else _whole_number(text)


def _whole_number(text: str) -> int:
    number = int(text) if text.isascii() and text.lstrip("-").isdigit() else 1 << 64
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError("beyond 64 bits")
    return number
