"""The vendor's signed list of what is revoked, read without the network."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prolong import errors
from prolong.reading import NUMERIC_DATE, TEXT, WHOLE, part, read


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("expected a list of texts")
    return frozenset(value)


@dataclass(frozen=True)
class Revocations:
    """A verified list. `seq` never goes back; after `next_update` there is a newer one. `licenses` are `lic_…` ids."""

    issuer: str = field(metadata=TEXT)
    issued_at: dt.datetime = field(metadata=NUMERIC_DATE)
    next_update: dt.datetime = field(metadata=NUMERIC_DATE)
    seq: int = field(metadata=WHOLE)
    licenses: frozenset[str] = field(repr=False, metadata=part(_names))


def verify(text: str, keys: Mapping[str, Any]) -> Revocations:
    """Read a list that the holder of one of `keys` signed; raises the `DocumentError`s of `documents.verify`."""
    from prolong import _jws  # Here, because cryptography takes long to import.

    payload, _ = _jws.payload(text, keys, "revocations+jwt")
    names = {"iss": "issuer", "iat": "issued_at"}
    try:
        claims = json.loads(payload)
        return read(Revocations, {names.get(name, name): value for name, value in claims.items()})
    except (TypeError, ValueError, OverflowError, OSError, AttributeError, RecursionError):
        raise errors.MalformedDocument("The signed text is no revocation list that this version understands.") from None
