"""The outbox: an event is written in the transaction of what happened, and only where somebody wants to be told.

So an event is neither lost nor told of something that was rolled back. `webhooks.dispatch` takes it from there.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Text,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.models.webhooks import Event, WebhookEndpoint
from prolong_server.rules import events
from prolong_server.rules.events import EndpointStatus, EventKind

AUDIENCE: Final[ColumnElement[int]] = func.coalesce(WebhookEndpoint.dealer_id, literal_column("0"))


def tell(
    session: Session,
    call: Call,
    kind: EventKind,
    data: Mapping[str, object],
    dealer_id: int | None,
    seller_id: int | None = None,
) -> None:
    """Write one event into the caller's transaction, if an active endpoint wants it.

    `data` holds ids, dates, counts and decimal strings, and `test` (R19), which says to whose world it belongs; never
    a code, a key, a token or a person. `dealer_id` sold the code or owns the order; `seller_id` sold the license that
    the code was spent on. Both are told, each of what is its own (`events.body_for_dealer`), and the vendor of all.
    """
    values = row(call, kind, data, dealer_id, seller_id)
    told = select(*(literal(value, _column(name).type) for name, value in values.items()))
    somebody = wanted(kind, literal(values["test"]), *map(_big, (dealer_id, seller_id)))
    session.execute(insert(Event).from_select(list(values), told.where(somebody)))


def row(
    call: Call, kind: EventKind, data: Mapping[str, object], dealer_id: int | None, seller_id: int | None = None
) -> dict[str, Any]:
    """The values of an event's row; its body is fixed now."""
    return {
        "id": call.new_id(),
        "type": kind.value,
        "dealer_id": dealer_id,
        "seller_id": seller_id,
        "test": bool(data["test"]),
        "body": events.body(kind, call.now, data),
        "created_at": call.now,
    }


def wanted(kind: EventKind, test: SQLColumnExpression[bool], *dealers: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """The condition that an active endpoint of the vendor or of one of the dealers wants events of this kind.

    Constants are written out: the hot path asks this inside a prepared statement of its own.
    """
    return exists(
        select(WebhookEndpoint.id).where(
            AUDIENCE.in_([literal_column("0"), *dealers]),
            WebhookEndpoint.status == literal_column(f"'{EndpointStatus.ACTIVE}'"),
            WebhookEndpoint.test == test,
            # No kind is part of the name of another, so that the list need not be taken apart.
            type_coerce(WebhookEndpoint.events, Text).like(literal_column(f"'%{kind}%'")),
        )
    )


def _big(number: int | None) -> ColumnElement[Any]:
    return literal(number, Event.dealer_id.type)


def _column(name: str) -> Any:
    return Event.__table__.c[name]
