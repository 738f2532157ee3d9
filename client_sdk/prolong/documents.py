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

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey

from prolong import errors
from prolong.machine import Machine
from prolong.reading import NUMERIC_DATE, TEXT, WHOLE, part, read
from prolong.results import License

#: How far the clock of a computer may lag behind the server's before a new document counts as not yet valid.
CLOCK_SKEW = dt.timedelta(minutes=5)

_FORBIDDEN = frozenset({"b64", "crit", "jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u"})


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
        if term.status in ("revoked", "suspended"):
            return term.status.upper()
        if now < begins_at:
            return "NOT_STARTED"
        return "VALID" if now < term.ends_at else "EXPIRED"


def verify(document: str, keys: Mapping[str, Any], now: dt.datetime) -> Document:
    """Read a `license_document` that the holder of one of `keys` signed.

    `keys` is a JWKS (RFC 7517) that the product trusts: built in, or fetched before; `now` is aware.
    Checked in this order, each with its own error: the form (`MalformedDocument`), the header (`ForbiddenHeader`,
    `WrongAlgorithm`, `WrongType`), the key (`UnknownKey`), the signature (`BadSignature`), the payload
    (`MalformedDocument`) and its beginning (`NotYetValid`). That the license still runs is not judged here: see
    `Document.standing` and `Document.fresh_until`.
    """
    signed = _parse(document)
    key_id = _judge_header(signed.headers())
    _judge_signature(signed, _trusted_key(keys, key_id))
    found = _payload(signed.payload, key_id)
    if found.valid_from > now + CLOCK_SKEW:
        raise errors.NotYetValid("The license begins later than this computer's clock shows. Is the clock right?")
    return found


class _Pinned(jws.JWSRegistry):
    """Knows one algorithm. joserfc's own list would also let others in, and warns of EdDSA's newer name (RFC 9864)."""

    def get_alg(self, name: str) -> Any:  # joserfc does not export the type.
        if name != "EdDSA":
            raise UnsupportedAlgorithmError("only EdDSA")
        return self.algorithms["EdDSA"]


_REGISTRY = _Pinned(strict_check_header=False)


def _parse(document: str) -> jws.CompactSignature:
    try:
        signed = jws.extract_compact(document.encode("ascii"))
        signed.headers().items()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise errors.MalformedDocument(
            "This is not a whole license document. Ask the license server for it again."
        ) from None
    return signed


def _judge_header(header: Mapping[str, Any]) -> str:
    if _FORBIDDEN & header.keys():
        raise errors.ForbiddenHeader("The license document wants to choose its own key. Do not trust it.")
    if header.get("alg") != "EdDSA":
        raise errors.WrongAlgorithm("The license document is not signed with Ed25519. Do not trust it.")
    if header.get("typ") != "license+jwt":
        raise errors.WrongType("This is a signed text of another kind, not a license document.")
    return str(header.get("kid", ""))


def _trusted_key(keys: Mapping[str, Any], key_id: str) -> OKPKey:
    try:
        found = [key for key in keys["keys"] if key.get("kid") == key_id and key.get("crv") == "Ed25519"]
        key: OKPKey = OKPKey.import_key(found[0])
    except (JoseError, AttributeError, LookupError, TypeError, ValueError):
        raise errors.UnknownKey("The license document is signed by a key that is not trusted here.") from None
    return key


def _judge_signature(signed: jws.CompactSignature, key: OKPKey) -> None:
    # 64 bytes leave four bits of the last base64 symbol unused: unless they are zero, a changed symbol could pass.
    segment = signed.segments["signature"]
    if len(segment) != 86 or segment[-1:] not in b"AQgw":
        raise errors.BadSignature("The signature of the license document is damaged.")
    if not jws.validate_compact(signed, key, registry=_REGISTRY):
        raise errors.BadSignature("The license document was changed after it was signed. Do not trust it.")


def _payload(payload: bytes, key_id: str) -> Document:
    names = {"iss": "issuer", "iat": "issued_at", "nbf": "valid_from"}
    try:
        claims = json.loads(payload)
        return read(Document, {**{names.get(name, name): value for name, value in claims.items()}, "key_id": key_id})
    except (TypeError, ValueError, OverflowError, OSError, AttributeError, RecursionError):
        # Not chained: the text of the cause may quote the payload, which holds the key.
        raise errors.MalformedDocument("The signed text holds no license that this version understands.") from None
