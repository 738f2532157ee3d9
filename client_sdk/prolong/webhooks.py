"""Webhooks, verified and read (https://www.standardwebhooks.com: HMAC-SHA256 over `id.timestamp.body`).

    event = prolong.webhooks.verify(body, headers, secret)
    if isinstance(event.data, prolong.webhooks.LicenseRenewed):
        print(event.data.license, event.data.expires_on)

The same event can come more than once: remember `event.id`. Nothing but the standard library is needed for this.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from prolong.errors import ForgedWebhook, MalformedWebhook, StaleWebhook
from prolong.reading import INSTANT, TEXT, json_object, part, read
from prolong.webhook_events import (
    BY_TYPE,
    CodeVoided,
    LicenseActivated,
    LicenseExpiring,
    LicenseRenewed,
    OrderIssued,
    RedemptionReversed,
)

__all__ = [
    "CodeVoided",
    "Event",
    "LicenseActivated",
    "LicenseExpiring",
    "LicenseRenewed",
    "OrderIssued",
    "RedemptionReversed",
    "sign",
    "verify",
]

TOLERANCE = dt.timedelta(minutes=5)
Data = Union[
    OrderIssued, LicenseActivated, LicenseRenewed, LicenseExpiring, CodeVoided, RedemptionReversed, Mapping[str, Any]
]
_UNUSABLE = "A webhook's secret looks like whsec_ and then Base64."
_SECONDS = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True)
class Event:
    """What happened, at `timestamp`. `data` is of the class of its `type`; a mapping for a type that is new here.

    `id` is the same in every attempt and at every endpoint; `sent_at` is the time of this attempt.
    """

    id: str = field(metadata=TEXT)
    sent_at: dt.datetime = field(metadata=part(lambda value: value))
    type: str = field(metadata=TEXT)
    timestamp: dt.datetime = field(metadata=INSTANT)
    data: Data = field(metadata=part(json_object))


def verify(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    now: dt.datetime | None = None,
    tolerance: dt.timedelta = TOLERANCE,
) -> Event:
    """The event of a request, if it is genuine and of this time.

    `body`: the bytes as they came, before they are parsed. `headers`: of any case; only the three of the standard are
    looked at. `secret`: `whsec_…`; several while one is being replaced. `now`: aware; for tests.
    Raises `MalformedWebhook`, `StaleWebhook`, `ForgedWebhook`; `ValueError` for a secret that is none.
    """
    keys = [_key(one) for one in ([secret] if isinstance(secret, str) else secret)]
    if not keys:
        raise ValueError(_UNUSABLE)
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    named, stamp, signatures = _told(headers)
    if not _is_signed(_digests(keys, named, stamp, content), signatures):
        raise ForgedWebhook("The webhook is not signed with the endpoint's secret. Do not act on it.")
    sent_at = dt.datetime.fromtimestamp(int(stamp), dt.timezone.utc)
    if abs(sent_at - (now or dt.datetime.now(dt.timezone.utc))) > tolerance:
        raise StaleWebhook("The webhook was not sent just now by the clock of this computer. Do not act on it.")
    return _event(named, sent_at, content)


def sign(body: bytes | str, secret: str, *, id: str, at: dt.datetime) -> dict[str, str]:  # noqa: A002  # The standard's word.
    """The headers of a webhook with this body, for tests of your receiver. `id`: `evt_…`; `at`: aware."""
    content = body.encode("utf-8") if isinstance(body, str) else body
    stamp = str(int(at.timestamp()))
    [digest] = _digests([_key(secret)], id, stamp, content)
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{digest.decode('ascii')}"}


def _told(headers: Mapping[str, str]) -> tuple[str, str, list[bytes]]:
    lower = {str(name).lower(): value for name, value in headers.items()}
    named, stamp, signed = (lower.get(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not named or not stamp or not signed or not _SECONDS.fullmatch(stamp):
        raise MalformedWebhook(
            "The request is no webhook: webhook-id, webhook-timestamp or webhook-signature is amiss."
        )
    pairs = [one.partition(",") for one in signed.split(" ")]
    return named, stamp, [text.encode("utf-8", "surrogatepass") for version, _, text in pairs if version == "v1"]


def _digests(keys: Sequence[bytes], named: str, stamp: str, content: bytes) -> list[bytes]:
    signed = f"{named}.{stamp}.".encode("utf-8", "surrogatepass") + content
    return [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in keys]


def _is_signed(digests: Sequence[bytes], signatures: Sequence[bytes]) -> bool:
    # Every pair is compared, so that the time that it takes does not tell which one fits.
    return True in [hmac.compare_digest(digest, given) for digest in digests for given in signatures]


def _key(secret: str) -> bytes:
    text = secret.strip()
    text = text[len("whsec_") :] if text.startswith("whsec_") else text
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        # The text of a wrong secret may be almost the right one, so it is not quoted.
        raise ValueError(_UNUSABLE) from None
    return key


def _event(named: str, sent_at: dt.datetime, content: bytes) -> Event:
    try:
        told = json_object(json.loads(content.decode("utf-8")))
        event = read(Event, {**told, "id": named, "sent_at": sent_at})
        kind = BY_TYPE.get(event.type)
        # Frozen, so it is made anew with its typed data.
        data = json_object(event.data) if kind is None else read(kind, event.data)
        return Event(event.id, event.sent_at, event.type, event.timestamp, data)
    except (TypeError, ValueError, RecursionError):
        raise MalformedWebhook("The webhook is genuine, but this version cannot read it. Update the library.") from None
