"""The arithmetic of the audit chain: one canonical form of an event, and the hash that binds it to all before it.

The form must not depend on the database: PostgreSQL's JSONB forgets the order of keys and the spelling of numbers
(1e20 comes back as a whole number), SQLite keeps both. So keys are sorted, and a number that is whole is written whole.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

# What stands before the first event.
GENESIS: Final = bytes(32)


def link(previous: bytes, event: Mapping[str, object]) -> bytes:
    """The hash (32 bytes, SHA-256) of an event behind `previous`, the hash of the one before it."""
    return sha256(previous + canonical(event)).digest()


def canonical(event: Mapping[str, object]) -> bytes:
    """The event as JSON in ASCII with sorted keys and no blanks. TypeError or ValueError for what is no JSON."""
    plain = _plain(event)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _plain(inside) for name, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inside) for inside in value]
    return value
