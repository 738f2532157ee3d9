"""Authenticated encryption under a key that the database does not hold, such as that of an order's codes.

A sealed blob is: version (1 byte), id of its key (4), nonce (12), ciphertext and tag of AES-256-GCM (NIST SP 800-38D).
The key is derived (HKDF-SHA-256, RFC 5869) from one of the keyring's secrets, for this purpose alone. The first secret
seals, every one opens. The context (such as the order and the number of the chunk) is authenticated and not stored:
a blob moved to another place does not open there.
"""

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, LargeBinary, func
from sqlalchemy.orm import InstrumentedAttribute

from prolong_server.keyring import Keyring, KeysBehind

_VERSION: Final = b"\x01"
_ID: Final = 4
_NONCE: Final = 12
_TAG: Final = 16
_HEAD: Final = len(_VERSION) + _ID + _NONCE
_KEY: Final = 32


class Tampered(Exception):
    """What was sealed was changed or belongs to another context; nothing of it is told."""

    def __init__(self) -> None:
        super().__init__("A sealed part of the database was changed or moved. Restore it from a backup.")


class KeyMissing(KeysBehind):
    """What was sealed names a secret that this process does not hold: it may have been rotated beside it."""

    def __init__(self) -> None:
        super().__init__(frozenset())


def seal(keyring: Keyring, random: Callable[[int], bytes], plain: bytes, context: bytes) -> bytes:
    """`plain` sealed under the newest secret, 33 bytes longer; `random(n)` gives n bytes of the system's CSPRNG."""
    key_id, key = _derive(keyring.secrets[0])
    head = _VERSION + key_id + random(_NONCE)
    return head + AESGCM(key).encrypt(head[-_NONCE:], plain, _authenticated(head, context))


def unseal(keyring: Keyring, sealed: bytes, context: bytes) -> bytes:
    """What was sealed. Raises Tampered when blob or context are not as then, KeyMissing when its secret is not held."""
    if len(sealed) < _HEAD + _TAG or not sealed.startswith(_VERSION):
        raise Tampered
    head = sealed[:_HEAD]
    key = _named(keyring, head[len(_VERSION) : len(_VERSION) + _ID])
    try:
        return AESGCM(key).decrypt(head[-_NONCE:], sealed[_HEAD:], _authenticated(head, context))
    except InvalidTag:
        raise Tampered from None


def is_under(sealed: InstrumentedAttribute[bytes], secret: bytes) -> ColumnElement[bool]:
    """The condition that a column's blob is sealed under this secret."""
    key_id, _key = _derive(secret)
    return func.substr(sealed, len(_VERSION) + 1, _ID, type_=LargeBinary) == key_id


def _named(keyring: Keyring, key_id: bytes) -> bytes:
    for secret in keyring.secrets:
        held_id, key = _derive(secret)
        if held_id == key_id:
            return key
    raise KeyMissing


def _derive(secret: bytes) -> tuple[bytes, bytes]:
    derived = HKDF(hashes.SHA256(), _ID + _KEY, salt=None, info=b"prolong sealing v1").derive(secret)
    return derived[:_ID], derived[_ID:]


def _authenticated(head: bytes, context: bytes) -> bytes:
    return head + context
