"""Deliveries that are due: claimed by a lease before they are sent, settled under it afterwards (`webhook_outcomes`).

Whoever claims a delivery may send it until its lease runs out; then it is due again, so what a killed process was
sending goes out once more, with the same id and body. An outcome counts only while the lease is still the one that was
claimed. The endpoint's row is locked before its deliveries, as everywhere.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal_column, select, union_all, update
from sqlalchemy.orm import Session, aliased

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.webhooks import Event, WebhookDelivery, WebhookEndpoint
from prolong_server.operations import sealing, webhook_endpoints, webhook_secrets
from prolong_server.rules import events
from prolong_server.rules.events import EndpointStatus

LEASE: Final = timedelta(seconds=90)
IN_FLIGHT: Final = 2
UNREADABLE: Final = "secret_unreadable"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send until its lease runs out: what to send, where to, signed with what."""

    id: int
    lease: int
    attempts: int
    event_id: int
    body: str
    endpoint_id: int
    url: str
    secret: bytes
    failing: bool


def claim(call: Call, busy: Collection[int], well: int, failing: int) -> tuple[Claimed, ...]:
    """Take due deliveries, at most IN_FLIGHT of an endpoint and none of the `busy` ones.

    Up to `well` are for endpoints whose last attempt did not fail, up to `failing` for the others. Raises KeyMissing
    when a secret is sealed under a key that this process does not hold. An endpoint whose secret was tampered with is
    disabled.
    """
    claimed, unreadable = _take(call, busy, well, failing)
    if unreadable:
        _disable_unreadable(call, unreadable)
    return claimed


@db.transactional
def _take(
    session: Session, call: Call, busy: Collection[int], well: int, failing: int
) -> tuple[tuple[Claimed, ...], frozenset[int]]:
    """What was claimed, and the endpoints whose secrets cannot be read."""
    chosen = [
        _due(call, busy, is_failing, limit) for is_failing, limit in ((False, well), (True, failing)) if limit > 0
    ]
    rows = [row for statement in chosen for row in session.execute(statement)]
    if not rows:
        return (), frozenset()
    lease, until = call.new_id(), call.now + LEASE
    read = [(row, _secret(call, row)) for row in rows]
    claimed = tuple(_claimed(row, lease, secret) for row, secret in read if secret is not None)
    taken = update(WebhookDelivery).where(WebhookDelivery.id.in_([one.id for one in claimed]))
    session.execute(taken.values(lease=lease, next_attempt_at=until))
    return claimed, frozenset(row.endpoint_id for row, secret in read if secret is None)


@db.transactional
def _disable_unreadable(session: Session, call: Call, numbers: Collection[int]) -> None:
    # Not in the transaction that holds deliveries: the endpoint's row is locked first.
    for endpoint in webhook_endpoints.held(session, numbers).values():
        if endpoint.status is EndpointStatus.ACTIVE:
            webhook_endpoints.disable(session, call, endpoint, UNREADABLE)


def _due(call: Call, busy: Collection[int], failing: bool, limit: int) -> Select[*tuple[Any, ...]]:
    columns = (WebhookDelivery.id, WebhookDelivery.attempts, WebhookDelivery.event_id)
    of_event = (Event.type, Event.body, Event.dealer_id, Event.seller_id)
    of_endpoint = (WebhookEndpoint.id.label("endpoint_id"), WebhookEndpoint.dealer_id.label("owner_id"))
    joined = (
        select(*columns, *of_event, *of_endpoint, WebhookEndpoint.url, WebhookEndpoint.secret)
        .add_columns(WebhookEndpoint.failing_since)
        .join_from(WebhookDelivery, Event, Event.id == WebhookDelivery.event_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
    )
    first = select(_first_of_each(call, busy, failing).c.id)
    return (
        joined.where(WebhookDelivery.id.in_(first), *_is_due(WebhookDelivery, call))
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.id)
        .limit(limit)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )


def _first_of_each(call: Call, busy: Collection[int], failing: bool) -> Any:
    is_failing = WebhookEndpoint.failing_since.is_not(None)
    chosen: tuple[ColumnElement[bool], ...] = (
        WebhookEndpoint.status == EndpointStatus.ACTIVE,
        WebhookEndpoint.id.not_in(busy),
        is_failing if failing else ~is_failing,
    )
    return union_all(
        *(
            select(_nth(call, number).label("id")).select_from(WebhookEndpoint).where(*chosen)
            for number in range(IN_FLIGHT)
        )
    ).subquery()


def _nth(call: Call, number: int) -> Any:
    # Asked for each endpoint by its index, so that one with a long queue costs no more than others.
    due = aliased(WebhookDelivery)
    statement = select(due.id).where(due.endpoint_id == WebhookEndpoint.id, *_is_due(due, call))
    ordered = statement.order_by(due.next_attempt_at, due.id).limit(1).offset(number)
    return ordered.correlate(WebhookEndpoint).scalar_subquery()


def _is_due(table: Any, call: Call) -> tuple[ColumnElement[bool], ...]:
    # Written out, because the index of what is due holds pending rows only.
    return (table.status == literal_column("'pending'"), table.next_attempt_at <= call.now)


def _secret(call: Call, row: Any) -> bytes | None:
    try:
        return sealing.unseal(call.keys, row.secret, webhook_secrets.context(row.endpoint_id))
    except sealing.Tampered:
        return None


def _claimed(row: Any, lease: int, secret: bytes) -> Claimed:
    return Claimed(
        id=row.id,
        lease=lease,
        attempts=row.attempts,
        event_id=row.event_id,
        body=_body(row),
        endpoint_id=row.endpoint_id,
        url=row.url,
        secret=secret,
        failing=row.failing_since is not None,
    )


def _body(row: Any) -> str:
    if row.owner_id is None:
        return str(row.body)
    sold_code, sold_license = row.owner_id == row.dealer_id, row.owner_id == row.seller_id
    return events.body_for_dealer(row.type, row.body, sold_code=sold_code, sold_license=sold_license)
