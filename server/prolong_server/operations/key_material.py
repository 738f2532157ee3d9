"""A key as a process holds it: 32 random bytes, written as base64url, and what may be known of it by everybody."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from prolong_server.config import WrongSetting
from prolong_server.keyring import SigningKey
from prolong_server.models.operations import KeyPurpose
from prolong_server.rules import digests

BYTES = 32
_TEXT = re.compile("[A-Za-z0-9_-]{43}=?")


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """A key for one purpose; a fingerprint is what the database remembers of it."""

    purpose: KeyPurpose
    secret: bytes = field(repr=False)

    @property
    def scheme(self) -> int:
        """The scheme under which this key is recorded when it is new; it has a meaning for code keys alone."""
        return digests.NEWEST if self.purpose is KeyPurpose.CODE else digests.HASHED

    @property
    def fingerprint(self) -> str:
        """The fingerprint under which this key is recorded when it is new."""
        return self._fingerprint(self.scheme)

    @property
    def fingerprints(self) -> frozenset[str]:
        """Every fingerprint under which this key may have been recorded."""
        return frozenset(self._fingerprint(scheme) for scheme in range(digests.HASHED, self.scheme + 1))

    def _fingerprint(self, scheme: int) -> str:
        # SHA-256 over purpose, scheme and key: of 256 random bits it tells nothing. A release that does not know the
        # scheme does not know the fingerprint either, and so stops instead of taking genuine codes for forgeries.
        purpose = self.purpose if scheme == digests.HASHED else f"{self.purpose} {scheme}"
        return sha256(purpose.encode("ascii") + b"\0" + self.secret).hexdigest()

    @property
    def signing(self) -> SigningKey:
        """The Ed25519 key (RFC 8032) that these bytes are the seed of; its `kid` is the RFC 7638 thumbprint."""
        key = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(self.secret))
        return SigningKey(key.thumbprint(), key)

    @property
    def public_jwk(self) -> dict[str, str] | None:
        """The public half of a signing key as a JWK (RFC 8037); None for the other purposes."""
        if self.purpose is not KeyPurpose.SIGNING:
            return None
        signing = self.signing
        public = {name: str(value) for name, value in signing.key.as_dict(private=False).items()}
        return public | {"kid": signing.kid, "alg": "EdDSA", "use": "sig"}


def make(random: Callable[[int], bytes]) -> str:
    """A new key as text; `random(n)` gives n bytes of the system's CSPRNG."""
    return base64.urlsafe_b64encode(random(BYTES)).decode("ascii").rstrip("=")


def read(purpose: KeyPurpose, text: str, source: str) -> KeyMaterial:
    """The key that the text writes. Raises WrongSetting, which names the source and never the text."""
    if not _TEXT.fullmatch(text):
        raise WrongSetting(f"{source} must hold base64url of {BYTES} random bytes for each key, newest first.")
    return KeyMaterial(purpose, base64.urlsafe_b64decode(text.rstrip("=") + "="))
