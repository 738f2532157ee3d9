"""License documents: what a product can verify without the network. Signed outside every transaction.

Compact JWS (RFC 7515) with Ed25519 (RFC 8037). The time in a document moves in steps of the product's `refresh_days`,
and Ed25519 has no randomness, so the same license, machine, step and key sign to the same bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from joserfc import jws
from joserfc.jwa import JWSAlgModel
from joserfc.jws import JWSRegistry

from prolong_server.call import Call
from prolong_server.keyring import Keyring
from prolong_server.licensing import license_views
from prolong_server.licensing.license_views import LicenseView

ALGORITHM = "EdDSA"
DAY = 86_400


class _OneAlgorithm(JWSRegistry):
    """Knows one algorithm; joserfc's own list warns of its newer name (RFC 9864), and the contract says EdDSA."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """The algorithm of every document."""
        return self.algorithms[ALGORITHM]


_REGISTRY = _OneAlgorithm(algorithms=[ALGORITHM])


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
    first_moment = datetime.combine(subject.license.starts_on, time(), call.zone)
    payload: dict[str, Any] = {
        "iss": call.issuer,
        "iat": issued,
        "nbf": int(first_moment.timestamp()),
        "license": license_views.written(subject.license),
        "seq": subject.seq,
        "fresh_until": issued + 3 * subject.refresh_days * DAY,
    }
    if subject.fingerprint is not None:
        payload["machine"] = {"fingerprint": subject.fingerprint}
    return seal(call.keys, "license+jwt", payload)


def issued_at(now: datetime, changed_at: datetime, refresh_days: int) -> int:
    """The later of the last change and the last multiple of `refresh_days` since the epoch, in seconds."""
    step = refresh_days * DAY
    return max(int(changed_at.timestamp()), int(now.timestamp()) // step * step)


def seal(keys: Keyring, kind: str, payload: Mapping[str, Any]) -> str:
    """A compact JWS of `typ` `kind` over `payload`, signed with the newest key."""
    newest = keys.signing[0]
    header = {"alg": ALGORITHM, "kid": newest.kid, "typ": kind}
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact(header, body, newest.key, registry=_REGISTRY)
