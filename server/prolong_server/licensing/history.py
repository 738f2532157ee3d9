"""What has happened to a license, oldest first: the audit trail's events, its renewals and their reversals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing.license_views import find
from prolong_server.models.licensing import Redemption, Reversal
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import pages
from prolong_server.operations.pages import Page
from prolong_server.rules import calendar, errors, identifiers

_BY_ITS_USER = "anonymous"


@dataclass(frozen=True, slots=True)
class Event:
    """One change: who (`stf_…`, `dlr_…`, `system`, `anonymous`) did what to `object_id`, before and after."""

    at: datetime
    actor: str
    action: str
    object_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@db.reading
def show(
    session: Session, call: Call, license_ref: str, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[Event]:
    """A page of the events of a license, oldest first. LicenseNotFound, InvalidRequest for a foreign cursor."""
    number = find(session, license_ref).id
    events = [*_audited(session, number), *_renewals(session, number), *_reversals(session, number)]
    events.sort(key=lambda event: event.at)
    # The tables have no key in common, and a license has few events: the cursor is how many were told.
    begin = _told(cursor)
    end = begin + limit
    return Page(tuple(events[begin:end]), str(end) if end < len(events) else None)


def _told(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise errors.InvalidRequest({"cursor": ["This is not a cursor of this list; begin again without one."]})
    return int(cursor)


def _audited(session: Session, number: int) -> Iterable[Event]:
    about = AuditEvent.object_id == identifiers.show("lic", number)
    for row in session.scalars(select(AuditEvent).where(about).order_by(AuditEvent.id)):
        yield Event(row.at, row.actor, row.action, row.object_id, row.before, row.after)


def _renewals(session: Session, number: int) -> Iterable[Event]:
    receipts = select(Redemption).where(Redemption.license_id == number).order_by(Redemption.license_seq)
    for row in session.scalars(receipts):
        before = {"expires_on": row.previous_expires_on.isoformat()}
        after = {
            "expires_on": row.expires_on.isoformat(),
            "period_years": row.period_years,
            "renewal_basis": row.renewal_basis.value,
            "reversed_at": calendar.in_utc(row.reversed_at) if row.reversed_at else None,
        }
        shown = identifiers.show_pair("rdm", number, row.license_seq)
        yield Event(row.redeemed_at, _BY_ITS_USER, "license.renewed", shown, before, after)


def _reversals(session: Session, number: int) -> Iterable[Event]:
    both = select(Reversal, Redemption.license_seq).join(Redemption, Redemption.code == Reversal.code)
    for row, seq in session.execute(both.where(Reversal.license_id == number).order_by(Reversal.license_seq)):
        before = {"expires_on": row.previous_expires_on.isoformat()}
        after = {"expires_on": row.expires_on.isoformat(), "reason": row.reason}
        shown = identifiers.show_pair("rdm", number, seq)
        yield Event(row.reversed_at, row.actor, "redemption.reversed", shown, before, after)
