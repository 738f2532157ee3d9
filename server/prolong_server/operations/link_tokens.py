"""Signed tokens of links that go out by mail: one salt for each purpose, signed with the keyring's secrets.

A token is good for days that its reader says, and never longer than a secret is kept after it was the newest.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from prolong_server.call import Call
from prolong_server.rules import errors


class _Stamped(TimestampSigner):
    """A signer that is told the time."""

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = int(now.timestamp())

    def get_timestamp(self) -> int:
        """The present instant, in seconds since the epoch."""
        return self._now


def write(call: Call, salt: str, told: object) -> str:
    """A token that tells this (as JSON has it), signed now for the purpose that the salt names."""
    return str(_serializer(call, salt).dumps(told))


def read(call: Call, salt: str, token: str, days: int) -> Any:
    """What a token of this purpose tells. LinkInvalid for a forged one and for one older than so many days."""
    try:
        return _serializer(call, salt).loads(token, max_age=days * 86_400)
    except (BadData, UnicodeEncodeError):
        raise errors.LinkInvalid from None


def _serializer(call: Call, salt: str) -> URLSafeTimedSerializer:
    # The library signs with the last key of its list; the keyring has the newest first.
    keys = list(reversed(call.keys.secrets))
    told = {"key_derivation": "hmac", "digest_method": sha256, "now": call.now}
    return URLSafeTimedSerializer(keys, salt=salt, signer=_Stamped, signer_kwargs=told)
