"""From a JSON object to a frozen dataclass: each field declares in its metadata how its value is read.

Unknown fields are left out and missing optional ones keep their default, so an older client understands a newer server;
a missing required field or a value of another type is a `TypeError` or `ValueError`, so a garbled answer is noticed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


def read(kind: type[T], value: object) -> T:
    """Make a `kind` (a dataclass whose fields are declared by this module) from a JSON object.

    Raises `TypeError` or `ValueError` when the value does not fit.
    """
    given = {name: item for name, item in json_object(value).items() if item is not None}
    known = [one for one in fields(kind) if one.name in given]  # type: ignore[arg-type]  # T is a dataclass by contract.
    return kind(**{one.name: one.metadata["read"](given[one.name]) for one in known})


def part(make: Callable[[Any], object]) -> Mapping[str, Any]:
    """The metadata of a field that `make` builds from its JSON value."""
    return {"read": make}


def parts(kind: type[Any]) -> Mapping[str, Any]:
    """The metadata of a field that is a tuple of such dataclasses, from a JSON array of objects."""
    return part(lambda value: tuple(map(partial(read, kind), json_array(value))))


def json_array(value: object) -> list[Any]:
    """The value itself if it is a JSON array, else `TypeError`."""
    return _typed(value, list)


def json_object(value: object) -> Mapping[str, Any]:
    """The value itself if it is a JSON object, else `TypeError`."""
    return _typed(value, dict)


def _typed(value: object, kind: type[T]) -> T:
    # In Python True is an int; in JSON it is not a number.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


def _instant(value: object) -> dt.datetime:
    # Before Python 3.11 fromisoformat does not know the letter Z.
    moment = dt.datetime.fromisoformat(_typed(value, str).replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("an instant without an offset")
    return moment


def _decimal(value: object) -> Decimal:
    try:
        number = Decimal(_typed(value, str))
    except InvalidOperation:
        raise ValueError("not a decimal number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


#: Texts; a decimal number in a text, as money and percentages travel.
TEXTS = part(lambda value: tuple(_typed(one, str) for one in json_array(value)))
DECIMAL = part(_decimal)
#: What no server tells, whatever it says.
NEVER = part(lambda _: None)
#: Text; a whole number; true or false; a day `YYYY-MM-DD`; an RFC 3339 instant; seconds since the epoch (RFC 7519).
TEXT = part(lambda value: _typed(value, str))
WHOLE = part(lambda value: _typed(value, int))
FLAG = part(lambda value: _typed(value, bool))
DAY = part(lambda value: dt.date.fromisoformat(_typed(value, str)))
INSTANT = part(_instant)
NUMERIC_DATE = part(lambda value: dt.datetime.fromtimestamp(_typed(value, int), dt.timezone.utc))
