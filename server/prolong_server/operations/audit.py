"""The audit trail: every change by whom, from where, what before and after, in the transaction of the change."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.models.operations import AuditEvent
from prolong_server.rules import identifiers
from prolong_server.rules.actors import Actor


def record(
    session: Session,
    call: Call,
    action: str,
    object_id: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Append one event, such as `license.suspended` of `lic_…`; never a code, a token or a personal datum."""
    session.add(AuditEvent(**event(call, action, object_id, before, after)))


def event(
    call: Call,
    action: str,
    object_id: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """The values of one event's row, for who writes many rows at once."""
    return {
        "at": call.now,
        "actor": actor_name(call.actor),
        "address": call.address,
        "request_id": call.request_id,
        "action": action,
        "object_id": object_id,
        "before": _plain(before),
        "after": _plain(after),
    }


def actor_name(actor: Actor) -> str:
    """Who it was, as the trail names them: `dlr_…`, `stf_…`, `trq_…` for its customer, `system` or `anonymous`."""
    if actor.dealer_id is not None:
        return identifiers.show("dlr", actor.dealer_id)
    if actor.request_id is not None:
        return identifiers.show("trq", actor.request_id)
    if actor.id is not None:
        return identifiers.show("stf", actor.id)
    return actor.kind


def _plain(values: Mapping[str, object] | None) -> dict[str, Any] | None:
    return None if values is None else {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (tuple, list, frozenset, set)):
        return [_plain_value(item) for item in value]
    if isinstance(value, Mapping):
        return _plain(value)
    return value
