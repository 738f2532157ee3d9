"""JSON as it is answered, signed and logged: without white space, in UTF-8."""

import json
from collections.abc import Callable
from typing import Any, Final

import orjson

# What is no JSON by itself is refused, or given to `default`, as Python's own library does.
_PLAIN: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def written(value: object) -> bytes:
    """A value as JSON. Raises TypeError for what is none.

    What only Python's own library writes (numbers of more than 64 bits) is written by it. Half a pair of UTF-16, which
    JSON's escapes can write and UTF-8 cannot, is told as "?".
    """
    try:
        return orjson.dumps(value, option=_PLAIN)
    except TypeError:
        return _encode(value).encode(errors="replace")


def line(event: object, default: Callable[[Any], Any] = repr) -> bytes:
    """An event as a line of JSON, with `default` for whatever is none."""
    try:
        return orjson.dumps(event, default, _PLAIN)
    except TypeError:
        return json.dumps(event, default=default).encode()
