"""Signed license documents, read without the network.

A document is a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037) whose payload holds the license as it was then.
The algorithm and the keys are pinned by the reader; nothing that the document says about itself chooses either.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prolong import errors
from prolong.machine import Machine
from prolong.reading import NUMERIC_DATE, TEXT, WHOLE, part, read
from prolong.results import License

#: How far the clock of a computer may lag behind the server's before a new document counts as not yet valid.
CLOCK_SKEW = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Document:
    """A verified document. `seq` grows with every change of the license; ask the server again after `fresh_until`.

    `machine` is the computer that it was made for, to be compared with the one that the product runs on.
    """

    issuer: str = field(metadata=TEXT)
    issued_at: dt.datetime = field(metadata=NUMERIC_DATE)
    valid_from: dt.datetime = field(metadata=NUMERIC_DATE)
    fresh_until: dt.datetime = field(metadata=NUMERIC_DATE)
    seq: int = field(metadata=WHOLE)
    license: License = field(metadata=part(partial(read, License)))
    machine: Machine | None = field(default=None, repr=False, metadata=part(partial(read, Machine)))
    key_id: str = field(default="", metadata={"read": str})

    def standing(self, now: dt.datetime) -> str:
        """What validation would say, as far as the document tells; `now` is aware.

        `REVOKED`, `SUSPENDED`, `NOT_STARTED`, `EXPIRED` or `VALID`.
        """
        term = self.license
        begins_at = term.ends_at - dt.timedelta(days=(term.expires_on - term.starts_on).days + 1)
        if term.status != "active":
            # A status that a later server may tell lets nobody work either.
            return "REVOKED" if term.status == "revoked" else "SUSPENDED"
        if now < begins_at:
            return "NOT_STARTED"
        return "VALID" if now < term.ends_at else "EXPIRED"


def verify(
    document: str,
    keys: Mapping[str, Any],
    now: dt.datetime,
    *,
    product: str | None = None,
    machine: str | None = None,
) -> Document:
    """Read a `license_document` that the holder of one of `keys` signed.

    `keys` is a JWKS (RFC 7517) that the product trusts: built in, or fetched before; `now` is aware; `product` and
    `machine` (a fingerprint) are what the document must name, where the caller knows them.
    Checked in this order, each with its own error: the form (`MalformedDocument`), the header (`ForbiddenHeader`,
    `WrongAlgorithm`, `WrongType`), the signature's length (`MalformedDocument`: truncated), the key (`UnknownKey`), the
    signature (`BadSignature`), the payload (`MalformedDocument`), `WrongProduct`, `WrongMachine` and the beginning
    (`NotYetValid`). That the license still runs is not judged here: see `Document.standing` and `Document.fresh_until`.
    """
    found = identify(document, keys, product=product, machine=machine)
    if found.valid_from > now + CLOCK_SKEW:
        raise errors.NotYetValid("The license begins later than this computer's clock shows. Is the clock right?")
    return found


def identify(
    document: str, keys: Mapping[str, Any], *, product: str | None = None, machine: str | None = None
) -> Document:
    """As `verify`, for a document that may begin later: a store keeps it until its day has come."""
    from prolong import _jws  # Here, because cryptography takes long to import.

    found = _license_document(*_jws.payload(document, keys, "license+jwt"))
    if product is not None and found.license.product != product:
        raise errors.WrongProduct("The license document is genuine, but for another product.")
    if machine is not None and (found.machine is None or found.machine.fingerprint != machine):
        raise errors.WrongMachine("The license document is genuine, but was not made for this computer.")
    return found


def _license_document(payload: bytes, key_id: str) -> Document:
    names = {"iss": "issuer", "iat": "issued_at", "nbf": "valid_from"}
    try:
        claims = json.loads(payload)
        return read(Document, {**{names.get(name, name): value for name, value in claims.items()}, "key_id": key_id})
    except (TypeError, ValueError, OverflowError, OSError, AttributeError, RecursionError):
        # Not chained: the text of the cause may quote the payload, which holds the key.
        raise errors.MalformedDocument("The signed text holds no license that this version understands.") from None
