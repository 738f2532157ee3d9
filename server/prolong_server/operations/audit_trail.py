"""The audit trail as staff read it: every change, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import pages
from prolong_server.operations.pages import Page


@dataclass(frozen=True, slots=True)
class AuditView:
    """One change: who (`stf_…`, `dlr_…`, `system`, `anonymous`), from where, did what to `object_id`.

    `position` is its place in the chain, None until it is sealed.
    """

    id: str
    position: int | None
    at: datetime
    actor: str
    address: str | None
    request_id: str
    action: str
    object_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@db.reading
def list_all(
    session: Session, call: Call, object_id: str | None = None, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[AuditView]:
    """A page of all events, or of those about one thing (`lic_…`, `ord_…`, …). InvalidRequest for a foreign cursor."""
    statement = select(AuditEvent)
    if object_id is not None:
        statement = statement.where(AuditEvent.object_id == object_id)
    rows, following = pages.fetch(session, statement, AuditEvent.id, cursor, limit, descending=True)
    return Page(tuple(map(_view, rows)), following)


def _view(row: AuditEvent) -> AuditView:
    return AuditView(
        id=str(row.id),
        position=row.position,
        at=row.at,
        actor=row.actor,
        address=row.address,
        request_id=row.request_id,
        action=row.action,
        object_id=row.object_id,
        before=row.before,
        after=row.after,
    )
