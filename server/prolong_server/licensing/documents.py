"""License documents: what a product can verify without the network. Signed outside every transaction.

Compact JWS (RFC 7515) with Ed25519 (RFC 8037). The time in a document moves in steps of the product's `refresh_days`,
and Ed25519 has no randomness, so the same license, machine, step and key sign to the same bytes.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from prolong_server.call import Call
from prolong_server.licensing.license_views import LicenseView
from prolong_server.operations import signatures

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Subject:
    """What a document speaks of: the license as it is now, its `seq` and last change, the machine that asks."""

    license: LicenseView
    seq: int
    changed_at: datetime
    refresh_days: int
    fingerprint: str | None


def sign(call: Call, subject: Subject) -> str:
    """The signed `license_document` of the contract. `iat`, `nbf` and `fresh_until` are seconds since the epoch."""
    issued = issued_at(call.now, subject.changed_at, subject.refresh_days)
    payload: dict[str, Any] = {
        "iss": call.issuer,
        "iat": issued,
        "nbf": _first_second(subject.license.starts_on, call.zone),
        "license": subject.license.as_json,
        "seq": subject.seq,
        "fresh_until": issued + 3 * subject.refresh_days * DAY,
    }
    if subject.fingerprint is not None:
        payload["machine"] = {"fingerprint": subject.fingerprint}
    return signatures.sign(call.keys, "license+jwt", payload)


@lru_cache(maxsize=4096)
def _first_second(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def issued_at(now: datetime, changed_at: datetime, refresh_days: int) -> int:
    """The later of the last change and the last multiple of `refresh_days` since the epoch, in seconds."""
    step = refresh_days * DAY
    return max(int(changed_at.timestamp()), int(now.timestamp()) // step * step)
