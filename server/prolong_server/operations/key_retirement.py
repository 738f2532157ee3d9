"""When a key may go: not while something that it has digested, signed or sealed still needs it."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from prolong_server.call import Call
from prolong_server.keyring import LINK_DAYS
from prolong_server.models.channel import SealedChunk
from prolong_server.models.licensing import Code
from prolong_server.models.mail import Mail
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.models.webhooks import WebhookEndpoint
from prolong_server.operations import audit_heads, sealing
from prolong_server.operations.key_material import KeyMaterial
from prolong_server.rules import errors

_SEALED: Final = (SealedChunk.sealed, WebhookEndpoint.secret, Mail.sealed)


def require_unneeded(session: Session, call: Call, row: KeyRecord) -> None:
    """Raise StateChanged, which says why, unless the key, whose row is locked, may be retired."""
    newer = (KeyRecord.purpose == row.purpose, KeyRecord.id > row.id, KeyRecord.retired_at.is_(None))
    if session.scalar(select(KeyRecord.id).where(*newer).limit(1)) is None:
        raise errors.StateChanged(state=f"the newest {row.purpose} key")
    if session.scalar(select(Code.key_id).where(Code.key_id == row.id).limit(1)) is not None:
        raise errors.StateChanged(state="named by codes")
    if row.purpose == KeyPurpose.SECRET:
        _require_unneeded_secret(session, call, row)
    if row.public_jwk is not None and audit_heads.is_last_under(session, row.public_jwk["kid"]):
        raise errors.StateChanged(state="the signer of the audit trail's newest head")


def _require_unneeded_secret(session: Session, call: Call, row: KeyRecord) -> None:
    if _seals(session, call, row):
        raise errors.StateChanged(state="the key of something sealed")
    # It has signed links until the next secret came.
    following = (KeyRecord.purpose == row.purpose, KeyRecord.id > row.id)
    succeeded_at = session.scalars(select(KeyRecord.created_at).where(*following).order_by(KeyRecord.id).limit(1)).one()
    free_at = succeeded_at + timedelta(days=LINK_DAYS)
    if call.now < free_at:
        day = (free_at.astimezone(call.zone) + timedelta(days=1)).date()
        raise errors.StateChanged(state=f"the signer of links in letters that still work; it may go from {day} on")


def _seals(session: Session, call: Call, row: KeyRecord) -> bool:
    held = [KeyMaterial(KeyPurpose.SECRET, secret) for secret in call.keys.secrets]
    named = [key.secret for key in held if row.fingerprint in key.fingerprints]
    return any(_is_named(session, column, named) for column in _SEALED)


def _is_named(session: Session, column: InstrumentedAttribute[Any], secrets: list[bytes]) -> bool:
    # A key that this process does not hold cannot be told from others, so anything sealed speaks for it.
    under = [sealing.is_under(column, secret) for secret in secrets]
    return session.scalar(select(literal(1)).where(column.is_not(None), *under).limit(1)) is not None
