"""The revocation list as it goes out: signed, in editions that a client can ask about without taking the list."""

from dataclasses import dataclass
from typing import Final

from prolong_server.call import Call
from prolong_server.licensing import documents, revocations
from prolong_server.licensing.revocations import Revocations
from prolong_server.operations import signatures

# A new edition is signed at least this often, so that a client can tell an old list from a withheld one.
REFRESH_DAYS: Final = 1


@dataclass(frozen=True, slots=True)
class SignedList:
    """A compact JWS (`typ` `revocations+jwt`) and the tag of its edition, for an ETag."""

    tag: str
    text: str


def sign(call: Call) -> SignedList:
    """The present list, signed outside every transaction; the same list, day and key give the same bytes."""
    found = revocations.show(call)
    issued = _issued(call, found)
    payload = {
        "iss": call.issuer,
        "iat": issued,
        "seq": found.seq,
        "next_update": issued + REFRESH_DAYS * documents.DAY,
        "licenses": list(found.licenses),
        "license_files": [{"id": file.id, "revision": file.revision} for file in found.license_files],
        "modules": list(found.modules),
    }
    return SignedList(_tag(call, found.seq), signatures.sign(call.keys, "revocations+jwt", payload))


def tag(call: Call) -> str:
    """The tag of the edition that `sign` would give now, at the cost of one short look."""
    return _tag(call, revocations.sequence(call))


def _tag(call: Call, seq: int) -> str:
    step = int(call.now.timestamp()) // (REFRESH_DAYS * documents.DAY)
    return f"{seq}-{step}-{call.keys.signing[0].kid}"


def _issued(call: Call, found: Revocations) -> int:
    changed_at = found.changed_at
    if changed_at is None:
        step = REFRESH_DAYS * documents.DAY
        return int(call.now.timestamp()) // step * step
    return documents.issued_at(call.now, changed_at, REFRESH_DAYS)
