"""Compact JWS (RFC 7515) with Ed25519 (RFC 8037): what this server signs, and the reading of it back."""

import base64
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode
from nacl.bindings import crypto_sign, crypto_sign_BYTES

from prolong_server import compact_json
from prolong_server.keyring import Keyring

ALGORITHM: Final = "EdDSA"
# A signature has 64 bytes: 86 symbols, of which the last carries two bits. Any other spelling of it is a changed text.
_SHAPE: Final = re.compile(r"([\w-]{2,512})\.[\w-]{2,65536}\.[\w-]{85}[AQgw]", re.ASCII)


class NotSigned(Exception):
    """The text is no JWS of the wanted kind, or none of the keys has signed it."""


class _OneAlgorithm(JWSRegistry):
    """Knows one algorithm; joserfc's own list warns of its newer name (RFC 9864), and the contract says EdDSA."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """The algorithm of every document."""
        return self.algorithms[ALGORITHM]


_REGISTRY: Final = _OneAlgorithm(algorithms=[ALGORITHM])


def sign(keys: Keyring, kind: str, payload: Mapping[str, Any]) -> str:
    """A compact JWS of `typ` `kind` over `payload`, signed with the newest key."""
    newest = keys.signing[0]
    text = _head(newest.kid, kind) + urlsafe_b64encode(compact_json.written(payload))
    signature = crypto_sign(text, newest.private)[:crypto_sign_BYTES]
    return (text + b"." + urlsafe_b64encode(signature)).decode("ascii")


@lru_cache(maxsize=64)
def _head(kid: str, kind: str) -> bytes:
    # The same for every document of a kind, so that it is not written and encoded anew for each.
    header = {"alg": ALGORITHM, "kid": kid, "typ": kind}
    return urlsafe_b64encode(json.dumps(header, separators=(",", ":")).encode()) + b"."


def read(keys: Mapping[str, OKPKey], kind: str, text: str) -> dict[str, Any]:
    """The payload of a JWS of `typ` `kind` that one of `keys` (by `kid`) has signed. Raises NotSigned."""
    header = _header_of(text)
    key = keys.get(str(header.get("kid")))
    if key is None or (header.get("alg"), header.get("typ")) != (ALGORITHM, kind):
        raise NotSigned
    try:
        payload = json.loads(jws.deserialize_compact(text, key, registry=_REGISTRY).payload)
    except (JoseError, ValueError):
        raise NotSigned from None
    if not isinstance(payload, dict):
        raise NotSigned
    return payload


def key_id(text: str) -> str:
    """The `kid` of the key that a compact JWS says it was signed with, not yet proven. Raises NotSigned."""
    return str(_header_of(text).get("kid"))


def _header_of(text: str) -> dict[str, Any]:
    shaped = _SHAPE.fullmatch(text)
    if shaped is None:
        raise NotSigned
    try:
        header = json.loads(base64.urlsafe_b64decode(shaped[1] + "=" * (-len(shaped[1]) % 4)))
    except ValueError:
        raise NotSigned from None
    if not isinstance(header, dict):
        raise NotSigned
    return header
