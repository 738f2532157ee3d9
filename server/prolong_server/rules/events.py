"""What the system tells others about: the events that a webhook can be sent for, and what becomes of sending it."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from prolong_server.rules import calendar


class EventKind(StrEnum):
    """The types of events, as Standard Webhooks names them: a noun and what became of it."""

    ORDER_ISSUED = "order.issued"
    LICENSE_ACTIVATED = "license.activated"
    LICENSE_RENEWED = "license.renewed"
    LICENSE_EXPIRING = "license.expiring"
    CODE_VOIDED = "code.voided"
    REDEMPTION_REVERSED = "redemption.reversed"


class EndpointStatus(StrEnum):
    """Whether an endpoint is sent to."""

    ACTIVE = "active"
    DISABLED = "disabled"


class DeliveryStatus(StrEnum):
    """A delivery is pending until its receiver took it, or until it was tried for three days."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryError(StrEnum):
    """Why an attempt failed, in a word of ours: what a peer says is never kept."""

    ADDRESS_REFUSED = "address_refused"
    NAME_NOT_FOUND = "name_not_found"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILED = "tls_failed"
    TIMEOUT = "timeout"
    BAD_ANSWER = "bad_answer"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    GONE = "gone"
    SERVER_ERROR = "server_error"


# A code of one dealer can be spent on a license that another has sold: which ids are whose.
_OF_BOTH: Final = frozenset({EventKind.LICENSE_RENEWED, EventKind.REDEMPTION_REVERSED})
_OF_THE_CODE: Final = frozenset({"order", "dealer"})
_OF_THE_LICENSE: Final = frozenset({"license", "redemption"})


def body(kind: EventKind, at: datetime, data: Mapping[str, object]) -> str:
    """The payload of Standard Webhooks as JSON: `type`, `timestamp` (RFC 3339, UTC) and `data`.

    Dates and instants are written in ISO 8601, money as decimal strings.
    """
    return _written({"type": kind, "timestamp": _plain(at), "data": data})


def body_for_dealer(kind: EventKind, whole: str, *, sold_code: bool, sold_license: bool) -> str:
    """What a dealer gets of a body: not the ids of what another dealer has sold. The same bytes every time."""
    hidden = (frozenset() if sold_code else _OF_THE_CODE) | (frozenset() if sold_license else _OF_THE_LICENSE)
    if kind not in _OF_BOTH or not hidden:
        return whole
    told = json.loads(whole)
    return _written(told | {"data": {name: value for name, value in told["data"].items() if name not in hidden}})


def _written(told: Mapping[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return calendar.in_utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"an event tells no {type(value).__name__}")
