"""The log of deliveries as the endpoints' owners and staff see it, and sending one again by hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.webhooks import Event, WebhookDelivery, WebhookEndpoint
from prolong_server.operations import audit, pages, webhook_endpoints
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers
from prolong_server.rules.events import DeliveryError, DeliveryStatus, EndpointStatus, EventKind


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One event for one endpoint: what became of it so far. `attempts` counts since it was last asked for."""

    id: str
    event: str
    endpoint: str
    type: EventKind
    status: DeliveryStatus
    attempts: int
    last_status: int | None
    last_error: DeliveryError | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


@db.reading
def list_all(
    session: Session,
    call: Call,
    endpoint: str | None = None,
    status: DeliveryStatus | None = None,
    cursor: str | None = None,
    limit: int = pages.DEFAULT,
) -> Page[DeliveryView]:
    """A page of the deliveries that the caller sees, the newest first, of one endpoint (`whe_…`) or of all.

    NotFound for an endpoint that the caller does not see, InvalidRequest for a foreign cursor.
    """
    statement = _visible(call)
    if endpoint is not None:
        chosen = webhook_endpoints.find(session, call, endpoint).id
        statement = statement.where(WebhookDelivery.endpoint_id == chosen)
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    rows, following = pages.fetch(session, statement, WebhookDelivery.id, cursor, limit, descending=True)
    return Page(tuple(_view(*row) for row in rows), following)


@db.transactional
def redeliver(session: Session, call: Call, ref: str) -> DeliveryView:
    """Send a delivery once more, at once, with the same id and the same body, whatever became of it before.

    NotFound, a foreign one included; StateChanged while its endpoint is disabled.
    """
    number = identifiers.read("whd", ref)
    found = session.execute(_visible(call).where(WebhookDelivery.id == number)).one_or_none() if number else None
    if found is None:
        raise errors.NotFound
    delivery, kind = found
    _require_active(session, delivery.endpoint_id)
    session.refresh(delivery, with_for_update=True)
    delivery.status, delivery.attempts, delivery.lease = DeliveryStatus.PENDING, 0, None
    delivery.next_attempt_at, delivery.delivered_at = call.now, None
    audit.record(session, call, "webhook_delivery.redelivered", ref)
    return _view(delivery, kind)


def _visible(call: Call) -> Select[WebhookDelivery, EventKind]:
    joined = select(WebhookDelivery, Event.type).join(Event, Event.id == WebhookDelivery.event_id)
    of = joined.join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
    return of.where(webhook_endpoints.visible(call))


def _require_active(session: Session, endpoint_id: int) -> None:
    # The endpoint is locked before its deliveries, as everywhere.
    held = select(WebhookEndpoint.status).where(WebhookEndpoint.id == endpoint_id).with_for_update(read=True)
    if session.scalar(held) is not EndpointStatus.ACTIVE:
        raise errors.StateChanged(state="the endpoint is disabled")


def _view(row: WebhookDelivery, kind: EventKind) -> DeliveryView:
    return DeliveryView(
        id=identifiers.show("whd", row.id),
        event=identifiers.show("evt", row.event_id),
        endpoint=webhook_endpoints.shown(row.endpoint_id),
        type=kind,
        status=row.status,
        attempts=row.attempts,
        last_status=row.last_status,
        last_error=row.last_error,
        next_attempt_at=row.next_attempt_at,
        delivered_at=row.delivered_at,
        created_at=row.created_at,
    )
