"""The secrets of endpoints, which are kept sealed: what each is bound to, and how an older key falls out of use."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.webhooks import WebhookEndpoint
from prolong_server.operations import keys, pages, sealing


@db.transactional
def reseal(session: Session, call: Call) -> int:
    """Seal again under the newest secret key what is under an older one, so that this can be retired; how many.

    What was tampered with stays as it is. Safe beside any number of others. Raises KeyMissing.
    """
    newest = sealing.is_under(WebhookEndpoint.secret, call.keys.secrets[0])
    older = select(WebhookEndpoint).where(~newest).limit(pages.LONGEST).with_for_update(skip_locked=True)
    rows = session.scalars(older).all()
    if rows:
        keys.hold_secret(session, call.keys)
    return sum(_reseal(call, row) for row in rows)


def context(number: int) -> bytes:
    """What the sealed secret of an endpoint is bound to."""
    return f"webhook endpoint {number}".encode()


def _reseal(call: Call, row: WebhookEndpoint) -> bool:
    try:
        plain = sealing.unseal(call.keys, row.secret, context(row.id))
    except sealing.Tampered:
        return False
    row.secret = sealing.seal(call.keys, call.random, plain, context(row.id))
    return True
