"""What is kept of a request that has ended, and for how long: scans and personal data go, the audit trail stays.

The trail names scans by their SHA-256 alone, so that its chain is not touched. Files are removed by a sweep of their
own, after the transaction that let go of them: a file that two requests share goes with the last of them, and what was
uploaded in the last day is left alone, because its request may not have been written yet.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.modules import Attachment, LinkMail, TransferRequest
from prolong_server.models.request_notes import RequestNote
from prolong_server.modules import request_rows, request_states, scan_store
from prolong_server.operations import audit
from prolong_server.rules.module_words import RequestState

BATCH: Final = 50
ABANDONED_AFTER: Final = timedelta(days=90)
_LINKS_COUNTED_FOR: Final = timedelta(days=2)
_ERASED: Final[dict[str, Any]] = {
    **dict.fromkeys(("company", "contact_email", "question", "answer", "reason", "order_reference", "ended_on")),
    # Kept as a number, so that a link that is made later is none that somebody has.
    "link": -func.abs(TransferRequest.link),
}


@db.transactional
def purge(session: Session, call: Call, *, kept_days: int) -> int:
    """Erase scans and personal data of a batch of requests that ended so many days ago; how many requests."""
    over = TransferRequest.ended_on < call.today - timedelta(days=kept_days)
    chosen = select(TransferRequest).where(over).order_by(TransferRequest.ended_on).limit(BATCH)
    rows = session.scalars(chosen.with_for_update(skip_locked=True)).all()
    for row in rows:
        _erase(session, call, row)
    return len(rows)


@db.transactional
def withdraw_abandoned(session: Session, call: Call) -> int:
    """Withdraw a batch of drafts that nobody has submitted for three months; how many."""
    old = (TransferRequest.state == RequestState.DRAFT, TransferRequest.created_at < call.now - ABANDONED_AFTER)
    chosen = select(TransferRequest).where(*old).order_by(TransferRequest.id).limit(BATCH)
    rows = session.scalars(chosen.with_for_update(skip_locked=True)).all()
    for row in rows:
        request_states.move(session, call, row, RequestState.WITHDRAWN, reason="abandoned")
    _forget_link_mails(session, call)
    return len(rows)


def sweep(call: Call, directory: Path) -> int:
    """Remove the files that no request names any more, and what killed uploads have left; how many."""
    before = call.now - scan_store.ABANDONED_AFTER
    unnamed = _unnamed(call, list(scan_store.kept_before(directory, before)))
    return sum(scan_store.erase(directory, sha256) for sha256 in unnamed) + scan_store.clear(directory, call.now)


@db.reading
def _unnamed(session: Session, call: Call, kept: Sequence[str]) -> list[str]:
    named: set[str] = set()
    for start in range(0, len(kept), 500):
        part = [bytes.fromhex(sha256) for sha256 in kept[start : start + 500]]
        chosen = select(Attachment.sha256).where(Attachment.sha256.in_(part), Attachment.erased_at.is_(None))
        named |= {sha256.hex() for sha256 in session.scalars(chosen) if sha256 is not None}
    return [sha256 for sha256 in kept if sha256 not in named]


def _erase(session: Session, call: Call, row: TransferRequest) -> None:
    gone = {"sha256": None, "file_text": None, "erased_at": call.now}
    session.execute(update(Attachment).where(Attachment.request_id == row.id).values(gone))
    session.execute(delete(RequestNote).where(RequestNote.request_id == row.id))
    erased = update(TransferRequest).where(TransferRequest.id == row.id)
    session.execute(erased.values(_ERASED | {"purged_at": call.now, "version": row.version + 1}))
    audit.record(session, call, "transfer_request.erased", request_rows.name(row))


def _forget_link_mails(session: Session, call: Call) -> None:
    session.query(LinkMail).where(LinkMail.mailed_on < call.today - _LINKS_COUNTED_FOR).delete()
