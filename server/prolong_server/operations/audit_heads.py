"""The signed heads of the audit chain: which event was the last at a moment, in a form that can be kept elsewhere.

A head is a compact JWS of `typ` `audit-head+jwt`: `iss`, `iat`, `position`, `hash` (hexadecimal) and `previous`, the
position of the head before it (0 for the first), so that no head can be taken out between two others.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.keyring import Keyring
from prolong_server.models.operations import AuditHead, KeyPurpose, KeyRecord
from prolong_server.operations import signatures
from prolong_server.operations.signatures import NotSigned
from prolong_server.rules import chains

KIND: Final = "audit-head+jwt"
Keys = dict[str, OKPKey]


@dataclass(frozen=True, slots=True)
class Head:
    """What a head says: the event at `position` has this `hash`; `previous` is the position of the head before."""

    position: int
    hash: bytes
    previous: int
    signed_at: datetime


NONE_YET: Final = Head(0, chains.GENESIS, 0, datetime.fromtimestamp(0, UTC))


def sign(call: Call, position: int, reached: bytes, previous: int) -> AuditHead:
    """A new head, signed with the newest key."""
    signed_at = call.now.replace(microsecond=0)
    payload = {"iss": call.issuer, "iat": int(signed_at.timestamp()), "position": position}
    payload |= {"hash": reached.hex(), "previous": previous}
    signed = signatures.sign(call.keys, KIND, payload)
    return AuditHead(position=position, hash=reached, signed=signed, signed_at=signed_at)


def read(keys: Keys, text: str) -> Head:
    """What a head says, signed with one of `keys`. Raises NotSigned."""
    told = signatures.read(keys, KIND, text)
    try:
        signed_at = datetime.fromtimestamp(told["iat"], UTC)
        return Head(int(told["position"]), bytes.fromhex(told["hash"]), int(told["previous"]), signed_at)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise NotSigned from None


@db.reading
def last_signed(session: Session, call: Call) -> str | None:
    """The newest head as it was signed, to be kept elsewhere; None while nothing is sealed."""
    row = last(session)
    return row.signed if row else None


def last(session: Session) -> AuditHead | None:
    """The newest head."""
    return session.scalar(select(AuditHead).order_by(AuditHead.position.desc()).limit(1))


def is_last_under(session: Session, kid: str) -> bool:
    """Whether the newest head is signed with this key: such a key cannot be let go, or nobody could prove the head."""
    row = last(session)
    try:
        return row is not None and signatures.key_id(row.signed) == kid
    except NotSigned:
        return False


def held_keys(keyring: Keyring) -> Keys:
    """The signing keys that this process holds, by their `kid`."""
    return {key.kid: key.key for key in keyring.signing}


def recorded_keys(connection: Connection) -> Keys:
    """The public signing keys that the database knows, retired ones included, by their `kid`."""
    signing = select(KeyRecord.public_jwk).where(KeyRecord.purpose == KeyPurpose.SIGNING)
    found = filter(None, (_key(jwk) for jwk in connection.scalars(signing)))
    return {key.thumbprint(): key for key in found}


def _key(jwk: object) -> OKPKey | None:
    try:
        return OKPKey.import_key(jwk) if isinstance(jwk, dict) else None
    except (JoseError, KeyError, TypeError, ValueError):
        # Somebody has spoilt the record: what was signed with it is then not proven any more, and that is told.
        return None
