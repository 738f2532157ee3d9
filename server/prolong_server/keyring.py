"""The keys that a process holds, newest first; each list signs, digests or seals with its first and reads with all."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from nacl.bindings import crypto_sign_seed_keypair

from prolong_server.rules import errors

# For how many days a link that a secret has signed works, and a secret is needed after the last.
LINK_DAYS: Final = 90


class KeysBehind(errors.TryAgain):
    """The database names a key that this process does not hold: load the keys again.

    `known` are the ids of the code keys in use; none where a key of another purpose is missing.
    """

    def __init__(self, known: frozenset[int]) -> None:
        super().__init__()
        self.known = known


@dataclass(frozen=True, slots=True)
class CodeKey:
    """A key of the digest under which codes are stored; `id` names it in the database (1–32767).

    `scheme` (of `rules.digests`) is how its digests are made, as the database has recorded it.
    """

    id: int
    secret: bytes = field(repr=False)
    scheme: int


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key that signs documents; `kid` is its RFC 7638 thumbprint."""

    kid: str
    key: OKPKey = field(repr=False)

    @cached_property
    def private(self) -> bytes:
        """What signs, as libsodium takes it: that needs two thirds of the time of OpenSSL for the same bytes."""
        found = self.key.get_op_key("sign")
        if not isinstance(found, Ed25519PrivateKey):
            raise TypeError("Documents are signed with Ed25519.")
        return bytes(crypto_sign_seed_keypair(found.private_bytes_raw())[1])


@dataclass(frozen=True, slots=True)
class Keyring:
    """`codes` digest codes, `signing` sign documents, `secrets` seal lists of codes and sign links."""

    codes: tuple[CodeKey, ...]
    signing: tuple[SigningKey, ...]
    secrets: tuple[bytes, ...] = field(repr=False)
