"""Which answers an operation can have beside its good ones, and with which headers: for the OpenAPI document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from marshmallow import Schema

from prolong_server.api.limits import LIMITED
from prolong_server.rules.actors import Grant

Described = dict[str, Any]
PROBLEM_REF: Final = {"$ref": "#/components/schemas/Problem"}
PROBLEM: Final[Described] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id", "support"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:prolong:problem:[a-z-]+$"},
        "title": {"type": "string", "minLength": 1},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "minLength": 1},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "request_id": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        "support": {
            "type": ["object", "null"],
            "required": ["name", "phone", "email", "url"],
            "properties": {name: {"type": "string"} for name in ("name", "phone", "email", "url")},
            "additionalProperties": False,
        },
        "where_to_buy": {"type": "string"},
        "errors": {"type": "object"},
    },
}


def _header(required: bool = True, **schema: object) -> Described:
    return {"schema": {"type": "string", **schema}, "required": required}


REQUEST_ID: Final = {"X-Request-Id": _header(pattern="^[A-Za-z0-9._-]{1,64}$")}
_RETRY: Final = {"Retry-After": _header(pattern="^[0-9]+$")}
_MAY_RETRY: Final = {"Retry-After": _header(required=False, pattern="^[0-9]+$")}
_CHALLENGE: Final = {"WWW-Authenticate": _header(pattern="^Bearer ")}
_TAG: Final = {"ETag": _header(minLength=2)}
_HEADERS: Final[Mapping[int, Described]] = {401: _CHALLENGE, 409: _MAY_RETRY, 429: _RETRY, 503: _RETRY}
# These look up what the body or the query names; all others are told what is unknown by their path.
_BY_NAME: Final = {
    *("redemptions.redeem", "redemptions.check", "redemptions.list", "activations.activate", "validations.validate"),
    *("leads.list", "reports.redemptions", "reports.renewals", "reports.revenue"),
    *("support.show", "orders.place", "price_list.show", "prices.list", "licenses.create", "price_lists.create"),
    *("license_links.open", "license_links.unsubscribe", "codes.status"),
    *("webhook_endpoints.create", "webhook_deliveries.list"),
    *("license_files.bind", "license_files.list", "transfer_requests.create"),
}
_DESTROYED: Final = {"orders.codes"}
_LIMITED: Final = {"transfer_requests.create", "transfer_requests.renew_link"}
# Beyond what the method of an operation, its body and its query let it refuse.
_OF_ITS_OWN: Final[Mapping[str, set[int]]] = {"attachments.remove": {409}, "attachment_pages.show": {422}}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an operation answers and takes."""

    writer: Schema | None
    status: int
    also: tuple[int, ...]
    once: bool
    once_required: bool
    secret: bool | Callable[[Any], bool]
    media: tuple[str, ...]
    upload: str | None
    method: str
    path: str
    body: Schema | None
    query: Schema | None


def good(shape: Shape) -> dict[int, Described]:
    """The good answers of an operation by status."""
    return {status: _good(shape, status) for status in (shape.status, *shape.also)}


def refusals(operation: str, shape: Shape, grant: Grant) -> dict[int, Described]:
    """The problem documents of an operation by status."""
    return {status: problem(status) for status in sorted(_statuses(operation, shape, grant))}


def problem(status: int) -> Described:
    """A problem document with the headers of its status."""
    return {
        "description": HTTPStatus(status).phrase,
        "headers": REQUEST_ID | _HEADERS.get(status, {}),
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    }


def _good(shape: Shape, status: int) -> Described:
    content: Described = {kind: {"schema": {"type": "string"}} for kind in shape.media}
    if shape.writer is not None:
        content["application/json"] = {"schema": shape.writer}
    told = {"description": HTTPStatus(status).phrase, "headers": _good_headers(shape, status)}
    return told | ({"content": content} if content and status != HTTPStatus.NOT_MODIFIED else {})


def _good_headers(shape: Shape, status: int) -> Described:
    tag = _TAG if HTTPStatus.NOT_MODIFIED in shape.also else {}
    repeated = status in shape.also and status == HTTPStatus.OK
    told = {"Idempotent-Replayed": _header(required=repeated, enum=["true"])} if repeated or shape.once else {}
    return REQUEST_ID | tag | told


def _statuses(operation: str, shape: Shape, grant: Grant) -> set[int]:
    reads_body = shape.body is not None or shape.upload is not None
    found = {413, 500, 503}
    found |= set() if grant.is_for_everybody else {401, 403}
    found |= {400, 415} if reads_body else set()
    found |= {422} if reads_body or shape.query is not None or shape.once else set()
    found |= {404} if "<" in shape.path or operation in _BY_NAME else set()
    found |= {429} if operation in LIMITED else set()
    found |= {409} if shape.method in {"POST", "PATCH"} else set()
    found |= _OF_ITS_OWN.get(operation, set()) | ({429} if operation in _LIMITED else set())
    return found | ({410} if operation in _DESTROYED else set())
