"""The letter to whom an endpoint belongs, when it is no longer sent to."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.models.catalogue import Representative
from prolong_server.models.channel import Dealer
from prolong_server.models.webhooks import WebhookEndpoint
from prolong_server.operations import mail
from prolong_server.operations.mail_messages import Letter
from prolong_server.rules import identifiers, targets

_VENDOR: Final = "default"
_TEXT: Final = """\
The webhook endpoint {name} at {origin} was disabled: {reason}.

Nothing is lost yet: what waits for it is kept for 30 days from the day on which it happened and is sent as soon as the
endpoint is enabled again. Events that happen meanwhile are not kept for it.

When the receiver is well again, enable it:

    PATCH {issuer}/v1/webhook-endpoints/{name}
    {{"status": "active"}}
"""


def tell_disabled(session: Session, call: Call, endpoint: WebhookEndpoint, reason: str) -> None:
    """Queue the letter to the dealer, or for the vendor's endpoint to its own contact; to nobody without an address."""
    to = _owner(session, endpoint)
    if to is None:
        return
    name = identifiers.show("whe", endpoint.id)
    text = _TEXT.format(name=name, origin=targets.origin(endpoint.url), reason=reason, issuer=call.issuer)
    letter = Letter(f"Webhook endpoint {name} was disabled", text)
    mail.queue(session, call, to=to, letter=letter, language="en", purpose="webhook")


def _owner(session: Session, endpoint: WebhookEndpoint) -> str | None:
    if endpoint.dealer_id is None:
        return session.scalar(select(Representative.email).where(Representative.country == _VENDOR))
    return session.scalar(select(Dealer.email).where(Dealer.id == endpoint.dealer_id))
