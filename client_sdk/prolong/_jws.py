"""Compact JWS (RFC 7515) with Ed25519 (RFC 8037) and nothing else: the one place that knows the library.

The algorithm and the keys are pinned by the reader; nothing that a text says about itself chooses either.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey

from prolong import errors
from prolong.reading import json_object

_FORBIDDEN = frozenset({"b64", "crit", "jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u"})
_SIGNATURE_SYMBOLS = 86
_OWN_RULES = "The license document wants to choose its own key or its own rules. Do not trust it."
_NOT_WHOLE = "This is not a whole license document. Ask the license server for it again."


def payload(text: str, keys: Mapping[str, Any], kind: str) -> tuple[bytes, str]:
    """The payload of a text of the `typ` `kind` that the holder of one of `keys` signed, and the key's id.

    Raises, in this order: `MalformedDocument`, `ForbiddenHeader`, `WrongAlgorithm`, `WrongType`, `MalformedDocument`
    again (a signature of another length than Ed25519's: the text was cut off), `UnknownKey`, `BadSignature`.
    """
    signed = _parse(text)
    key_id = _judge_header(signed.headers(), kind)
    if len(signed.segments["signature"]) != _SIGNATURE_SYMBOLS:
        raise errors.MalformedDocument(_NOT_WHOLE)
    _judge_signature(signed, _trusted_key(keys, key_id))
    return signed.payload, key_id


class _Pinned(jws.JWSRegistry):
    """Knows one algorithm. joserfc's own list would also let others in, and warns of EdDSA's newer name (RFC 9864)."""

    def get_alg(self, name: str) -> Any:  # joserfc does not export the type.
        if name != "EdDSA":
            raise UnsupportedAlgorithmError("only EdDSA")
        return self.algorithms["EdDSA"]


_REGISTRY = _Pinned(strict_check_header=False)


def _parse(text: str) -> jws.CompactSignature:
    try:
        signed = jws.extract_compact(text.encode("ascii"))
        signed.headers().items()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        if _FORBIDDEN & _header(text).keys():
            raise errors.ForbiddenHeader(_OWN_RULES) from None
        raise errors.MalformedDocument(_NOT_WHOLE) from None
    return signed


def _header(text: str) -> Mapping[str, Any]:
    """The header of a text that joserfc does not take; nothing where there is none."""
    try:
        head = text.split(".")[0].encode("ascii")
        return json_object(json.loads(base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4))))
    except (ValueError, TypeError, RecursionError):
        return {}


def _judge_header(header: Mapping[str, Any], kind: str) -> str:
    if _FORBIDDEN & header.keys():
        raise errors.ForbiddenHeader(_OWN_RULES)
    if header.get("alg") != "EdDSA":
        raise errors.WrongAlgorithm("The license document is not signed with Ed25519. Do not trust it.")
    if header.get("typ") != kind:
        raise errors.WrongType(f"This is a signed text of another kind than {kind}.")
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
    if signed.segments["signature"][-1:] not in b"AQgw":
        raise errors.BadSignature("The signature of the license document is damaged.")
    if not jws.validate_compact(signed, key, registry=_REGISTRY):
        raise errors.BadSignature("The license document was changed after it was signed. Do not trust it.")
