"""What waits for the background jobs, and since when: how an operator sees that no worker runs, or that one lags."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from prolong_server import db
from prolong_server.models.mail import Mail
from prolong_server.models.operations import AuditEvent
from prolong_server.models.webhooks import Event, WebhookDelivery
from prolong_server.rules.events import DeliveryStatus

# Written out and not bound, so that the index of what is pending serves whoever plans without the value.
_IS_PENDING = WebhookDelivery.status == literal_column(f"'{DeliveryStatus.PENDING}'")
_WAITING: tuple[tuple[str, ColumnElement[bool], InstrumentedAttribute[datetime]], ...] = (
    ("audit_events", AuditEvent.position.is_(None), AuditEvent.at),
    ("events", Event.dispatched_at.is_(None), Event.created_at),
    ("deliveries", _IS_PENDING & WebhookDelivery.next_attempt_at.is_not(None), WebhookDelivery.created_at),
    ("mails", Mail.due_at.is_not(None), Mail.queued_at),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things of a kind wait, and the instant of the oldest of them (None where none waits)."""

    kind: str
    count: int
    since: datetime | None


def waiting() -> tuple[Waiting, ...]:
    """All that waits, from the indexes of what waits. Raises TryAgain when the database is away."""
    with db.lookups() as connection:
        counted = ((kind, select(func.count(), func.min(at)).where(waits)) for kind, waits, at in _WAITING)
        return tuple(Waiting(kind, *connection.execute(statement).one()) for kind, statement in counted)
