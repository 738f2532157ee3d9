"""The addresses that want to be told of events: the vendor's own, and each dealer's.

A dealer's token sees its own dealer's endpoints of its own world (R19); staff see all. What a caller does not see does
not exist for it. An address may hold a secret of the receiver's in its path or query, so the audit trail, and to
staff who are no admins every answer, names only its origin. The endpoint's own secret is told once and kept sealed.
"""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.channel import Dealer
from prolong_server.models.webhooks import WebhookDelivery, WebhookEndpoint
from prolong_server.operations import audit, idempotency, keys, outbox, pages, sealing, webhook_secrets
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers, targets
from prolong_server.rules.actors import Role
from prolong_server.rules.addresses import Network
from prolong_server.rules.events import DeliveryStatus, EndpointStatus, EventKind

MOST: Final = 20
ASKED: Final = "asked"
_SECRET_BYTES: Final = 32
_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """Where to tell of which events; the last two fields are an admin's: whose they are, and of which world (R19)."""

    url: str
    events: tuple[str, ...]
    dealer: str | None = None
    test: bool | None = None


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint without its secret. `dealer` is None for the vendor's; `disabled_reason` is a word of ours.

    `url` is only the origin for whom neither owns nor administers it.
    """

    id: str
    dealer: str | None
    url: str
    events: tuple[str, ...]
    test: bool
    status: EndpointStatus
    disabled_at: datetime | None
    disabled_reason: str | None
    failing_since: datetime | None
    created_at: datetime


@idempotency.creating
def create(
    session: Session, call: Call, spec: EndpointSpec, networks: tuple[Network, ...] = ()
) -> tuple[EndpointView, str]:
    """A new endpoint and its secret (`whsec_…`, Standard Webhooks), which is never told again.

    `networks` are those that the operator allows. Forbidden for what only an admin may name, NotFound for an unknown
    dealer, InvalidRequest for an address that nothing is sent to, StateChanged beyond MOST endpoints of one owner.
    """
    dealer_id, test = _owner(session, call, spec)
    _judge(spec, networks)
    if (session.scalar(select(func.count()).where(_owned_by(dealer_id))) or 0) >= MOST:
        raise errors.StateChanged(state=f"there are {MOST} endpoints already")
    keys.hold_secret(session, call.keys)
    secret = call.random(_SECRET_BYTES)
    row = _row(call, spec, dealer_id, test)
    row.secret = sealing.seal(call.keys, call.random, secret, webhook_secrets.context(row.id))
    session.add(row)
    audit.record(session, call, "webhook_endpoint.created", shown(row.id), after=_audited(row))
    return _view(call, row), _PREFIX + base64.b64encode(secret).decode("ascii")


@db.reading
def list_all(session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT) -> Page[EndpointView]:
    """A page of the endpoints that the caller sees. InvalidRequest for a foreign cursor."""
    rows, following = pages.fetch(
        session, select(WebhookEndpoint).where(visible(call)), WebhookEndpoint.id, cursor, limit
    )
    return Page(tuple(_view(call, row) for row in rows), following)


@db.reading
def show(session: Session, call: Call, ref: str) -> EndpointView:
    """The endpoint `whe_…`; NotFound, a foreign one included."""
    return _view(call, find(session, call, ref))


@db.transactional
def change(session: Session, call: Call, ref: str, status: EndpointStatus) -> EndpointView:
    """Enable an endpoint, which sends again all that waits for it, or disable it. NotFound."""
    row = find(session, call, ref, lock=True)
    if row.status is not status:
        (_enable if status is EndpointStatus.ACTIVE else _pause)(session, call, row)
    return _view(call, row)


@db.transactional
def delete(session: Session, call: Call, ref: str) -> None:
    """Remove an endpoint with its secret and its log of deliveries. NotFound."""
    row = find(session, call, ref, lock=True)
    audit.record(session, call, "webhook_endpoint.deleted", ref, before=_audited(row))
    session.delete(row)


def find(session: Session, call: Call, ref: str, *, lock: bool = False) -> WebhookEndpoint:
    """The row of `whe_…`, with `lock` locked to the end of the transaction; NotFound for what the caller cannot see."""
    number = identifiers.read("whe", ref)
    statement = select(WebhookEndpoint).where(WebhookEndpoint.id == number, visible(call))
    row = session.scalars(statement.with_for_update() if lock else statement).one_or_none() if number else None
    if row is None:
        raise errors.NotFound
    return row


def held(session: Session, numbers: Collection[int]) -> dict[int, WebhookEndpoint]:
    """These endpoints, locked to the end of the transaction in one order; whoever locks deliveries does so after."""
    statement = select(WebhookEndpoint).where(WebhookEndpoint.id.in_(numbers)).order_by(WebhookEndpoint.id)
    return {row.id: row for row in session.scalars(statement.with_for_update(key_share=True))}


def visible(call: Call) -> ColumnElement[bool]:
    """The condition that the caller sees an endpoint."""
    if call.actor.dealer_id is None:
        return true()
    return (WebhookEndpoint.dealer_id == call.actor.dealer_id) & (WebhookEndpoint.test == call.actor.test)


def disable(session: Session, call: Call, row: WebhookEndpoint, reason: str) -> None:
    """Stop sending to a locked endpoint; what waits stays. Audited as `webhook_endpoint.disabled`."""
    row.status, row.disabled_at, row.disabled_reason = EndpointStatus.DISABLED, call.now, reason
    # A lease stays: whoever is sending at this moment may still say that it was delivered.
    _reschedule(session, row, {"next_attempt_at": None})
    audit.record(session, call, "webhook_endpoint.disabled", shown(row.id), after={"reason": reason})


def _view(call: Call, row: WebhookEndpoint) -> EndpointView:
    sees_all = call.actor.dealer_id is not None or call.actor.role is Role.ADMIN
    return EndpointView(
        id=shown(row.id),
        dealer=None if row.dealer_id is None else identifiers.show("dlr", row.dealer_id),
        url=row.url if sees_all else targets.origin(row.url),
        events=row.events,
        test=row.test,
        status=row.status,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
        created_at=row.created_at,
    )


def shown(number: int) -> str:
    """The public identifier of an endpoint."""
    return identifiers.show("whe", number)


def _owner(session: Session, call: Call, spec: EndpointSpec) -> tuple[int | None, bool]:
    if call.actor.role is not Role.ADMIN:
        if spec.dealer is not None or spec.test is not None:
            raise errors.Forbidden(needed="role admin")
        return _locked(session, call.actor.dealer_id), call.actor.test
    if spec.dealer is None:
        return None, bool(spec.test)
    return _locked(session, identifiers.read("dlr", spec.dealer)), bool(spec.test)


def _locked(session: Session, number: int | None) -> int:
    # Held so that of two requests at once none counts without the other.
    held = select(Dealer.id).where(Dealer.id == number).with_for_update(key_share=True)
    dealer_id = None if number is None else session.scalar(held)
    if dealer_id is None:
        raise errors.NotFound
    return dealer_id


def _judge(spec: EndpointSpec, networks: Collection[Network]) -> None:
    wrong: dict[str, object] = {}
    if not spec.events or not set(spec.events) <= set(EventKind):
        wrong["events"] = ["One or more of " + ", ".join(EventKind) + "."]
    try:
        targets.read(spec.url, networks)
    except targets.Unfit as unfit:
        wrong["url"] = [str(unfit)]
    if wrong:
        raise errors.InvalidRequest(wrong)


def _owned_by(dealer_id: int | None) -> ColumnElement[bool]:
    return outbox.AUDIENCE.in_([dealer_id or 0])


def _row(call: Call, spec: EndpointSpec, dealer_id: int | None, test: bool) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=call.new_ordered_id(),
        dealer_id=dealer_id,
        test=test,
        url=spec.url,
        events=tuple(kind.value for kind in EventKind if kind in spec.events),
        status=EndpointStatus.ACTIVE,
        created_at=call.now,
    )


def _enable(session: Session, call: Call, row: WebhookEndpoint) -> None:
    row.status, row.disabled_at, row.disabled_reason, row.failing_since = EndpointStatus.ACTIVE, None, None, None
    _reschedule(session, row, {"next_attempt_at": call.now, "attempts": 0})
    audit.record(session, call, "webhook_endpoint.enabled", shown(row.id))


def _pause(session: Session, call: Call, row: WebhookEndpoint) -> None:
    disable(session, call, row, ASKED)


def _reschedule(session: Session, row: WebhookEndpoint, values: dict[str, object]) -> None:
    waiting = (WebhookDelivery.endpoint_id == row.id, WebhookDelivery.status == DeliveryStatus.PENDING)
    session.execute(update(WebhookDelivery).where(*waiting).values(values))


def _audited(row: WebhookEndpoint) -> dict[str, object]:
    dealer = None if row.dealer_id is None else identifiers.show("dlr", row.dealer_id)
    # What is stored was judged before: only its origin is told, whatever networks are allowed today.
    return {"origin": targets.origin(row.url), "events": row.events, "dealer": dealer, "test": row.test}
