"""The audit trail, for staff."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import page_of
from prolong_server.api.schemas.records import AuditEventSchema, AuditQuerySchema
from prolong_server.call import Call
from prolong_server.operations import audit_trail
from prolong_server.operations.audit_trail import AuditView
from prolong_server.operations.pages import Page

noun = Noun("audit_events", "Every change, by whom and from where")


@noun.operation("list", "GET", "/audit-events", query=AuditQuerySchema, answer=page_of(AuditEventSchema))
def list_all(call: Call, asked: Mapping[str, Any]) -> Page[AuditView]:
    """All changes, newest first; with `object` those of one thing."""
    return audit_trail.list_all(call, **asked)
