"""The audit trail, for staff."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Response, request

from prolong_server.api import tables
from prolong_server.api.core import Noun, Reply
from prolong_server.api.schemas.base import page_of
from prolong_server.api.schemas.records import AuditEventSchema, AuditQuerySchema
from prolong_server.call import Call
from prolong_server.operations import audit_trail, pages
from prolong_server.operations.audit_trail import AuditView

HEADER: Final = (
    "id",
    "position",
    "at",
    "actor",
    "address",
    "request_id",
    "action",
    "object_id",
    "before",
    "after",
)
noun = Noun("audit_events", "Every change, by whom and from where")


@noun.operation(
    "list",
    "GET",
    "/audit-events",
    query=AuditQuerySchema,
    answer=page_of(AuditEventSchema),
    media=tables.MEDIA,
)
def list_all(call: Call, asked: Mapping[str, Any]) -> Reply | Response:
    """All changes, newest first; with `object` those of one thing. As CSV or XLSX all pages from `cursor` on."""
    kind = tables.chosen(request.accept_mimetypes)
    first = audit_trail.list_all(call, **asked)
    if kind == "json":
        return Reply(first, headers={"Vary": "Accept"})
    return tables.answer(kind, "audit-events", HEADER, map(_row, _following(call, first, asked)))


def _following(call: Call, page: pages.Page[AuditView], asked: Mapping[str, Any]) -> Iterator[AuditView]:
    while True:
        yield from page.items
        if page.next_cursor is None:
            return
        more = {"object_id": asked["object_id"], "cursor": page.next_cursor, "limit": pages.LONGEST}
        page = audit_trail.list_all(call, **more)


def _row(event: AuditView) -> tuple[object, ...]:
    return tuple(_cell(getattr(event, name)) for name in HEADER)


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value
