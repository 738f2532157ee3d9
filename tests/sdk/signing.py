"""A vendor's keys, and documents signed by another library than the one that reads: the format is RFC 7515's."""

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEADER = {"alg": "EdDSA", "kid": "k1", "typ": "license+jwt"}
DAY = 86_400


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(key: Ed25519PrivateKey, **more: str) -> dict[str, Any]:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw), "kid": "k1", **more}


KEYS = {"keys": [jwk(STRANGER, kid="k0"), jwk(PRIVATE, use="sig", alg="EdDSA")]}


def sign(claims: Any, header: Any = HEADER, key: Ed25519PrivateKey = PRIVATE) -> str:
    signed = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return signed + "." + b64(key.sign(signed.encode()))


def claims(license_: dict[str, Any], at: float | None = None, **changes: Any) -> dict[str, Any]:
    """The payload of a document made at that instant (default: now), fresh for 21 days."""
    issued = int(time.time() if at is None else at)
    told = {
        "iss": "https://licenses.example.com",
        "iat": issued,
        "nbf": issued - 60,
        "license": license_,
        "machine": {"fingerprint": "fingerprint-0001"},
        "seq": 3,
        "fresh_until": issued + 21 * DAY,
    }
    return {**told, **changes}


def revocations(*licenses: str, seq: int = 1, at: float | None = None, key: Ed25519PrivateKey = PRIVATE) -> str:
    """A signed revocation list."""
    issued = int(time.time() if at is None else at)
    told = {"iss": "https://licenses.example.com", "iat": issued, "seq": seq, "next_update": issued + DAY}
    return sign({**told, "licenses": list(licenses)}, {**HEADER, "typ": "revocations+jwt"}, key)
