"""What comes with a request: scans, by the SHA-256 of what is kept of them, and license files, each verified (M3)."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.modules import Attachment, TransferRequest
from prolong_server.modules import request_rows, request_states, request_views, verification
from prolong_server.modules.request_rows import Line
from prolong_server.modules.request_views import AttachmentView
from prolong_server.modules.scans import Scan
from prolong_server.modules.verification import Found
from prolong_server.operations import audit, idempotency
from prolong_server.rules import errors, identifiers, license_files, module_facts, modules
from prolong_server.rules.module_words import Action, AttachmentKind

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class StoredScan:
    """A scan that whoever asks may read: the SHA-256 of the file, its type and its pages.

    `text` is the whole of a license file that was handed in, which lies in no store.
    """

    sha256: str
    media_type: str
    pages: int
    text: str | None = None


def add_scan(call: Call, ref: str, kind: AttachmentKind, receive: Callable[[], Scan]) -> AttachmentView:
    """Take a scan for a request; `receive` reads the upload to its end and keeps it, once all else is judged.

    An Idempotency-Key counts for this kind and what is kept of the file. NotFound, StateChanged; what `scans.receive`
    raises.
    """
    refuse_uploads(call, ref)
    scan = receive()
    return _add(_once_for(call, kind, scan.sha256), ref, kind, scan)


def add_license_file(call: Call, ref: str, text: str) -> AttachmentView:
    """Take a license file that the customer holds. NotFound, StateChanged, LicenseFileForged, LicenseFileForeign,
    LicenseFileSuperseded, ModuleOutOfService.
    """
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return _add_license_file(_once_for(call, AttachmentKind.LICENSE_FILE, sha256), ref, text)


@db.reading
def refuse_uploads(session: Session, call: Call, ref: str) -> None:
    """Refuse what cannot be taken anyway, before any of it is read. NotFound, StateChanged, InvalidRequest."""
    _judge(session, request_rows.find(session, call, ref))


@db.transactional
def remove(session: Session, call: Call, ref: str, attachment: str) -> None:
    """Take an attachment back, while others may still be added; the audit trail keeps its SHA-256.

    NotFound, StateChanged.
    """
    row = request_rows.find(session, call, ref, lock=True)
    request_states.judge(row, Action.ATTACH)
    file = _of(session, row, attachment)
    file.erased_at = call.now
    row.version += 1
    told = {"kind": file.kind, "sha256": file.sha256 and file.sha256.hex()}
    audit.record(session, call, "transfer_request.attachment_removed", request_rows.name(row), before=told)


@db.reading
def content(session: Session, call: Call, ref: str, attachment: str) -> StoredScan:
    """A scan or license file of a request, for who may see it. NotFound, also for one that was erased."""
    return _stored(session, call, ref, attachment)


@db.reading
def scan(session: Session, call: Call, ref: str, attachment: str) -> StoredScan:
    """A scan of a request, for who may see it. NotFound, also for a license file and for one that was erased."""
    found = _stored(session, call, ref, attachment)
    if found.text is not None:
        raise errors.NotFound
    return found


def judge_handed_in(
    session: Session, call: Call, row: TransferRequest, of: Sequence[Line], files: Collection[Attachment]
) -> None:
    """M3: judge the license files of a request as it is handed in: each must be current at that moment.

    What was judged when it was handed in before stays judged: it was current then.
    """
    for file in files:
        is_new = row.submitted_at is None or file.created_at > row.submitted_at
        if is_new and file.kind is AttachmentKind.LICENSE_FILE and file.file_text is not None:
            _refuse(verification.read(session, call, file.file_text), row, of)


def _once_for(call: Call, kind: AttachmentKind, sha256: str) -> Call:
    # The bytes of an upload differ from one sending to the next, by the boundary between its parts.
    if call.once is None:
        return call
    sent = call.once.body_digest + f"{kind} {sha256}".encode()
    return replace(call, once=replace(call.once, body_digest=hashlib.sha256(sent).digest()))


@idempotency.creating
def _add(session: Session, call: Call, ref: str, kind: AttachmentKind, scan: Scan) -> AttachmentView:
    row = request_rows.find(session, call, ref, lock=True)
    _judge(session, row)
    file = Attachment(id=call.new_ordered_id(), request_id=row.id, kind=kind, created_at=call.now)
    file.sha256, file.media_type = bytes.fromhex(scan.sha256), str(scan.media_type)
    file.size, file.pages = scan.size, scan.pages
    return _kept(session, call, row, file)


@idempotency.creating
def _add_license_file(session: Session, call: Call, ref: str, text: str) -> AttachmentView:
    row = request_rows.find(session, call, ref, lock=True)
    _judge(session, row)
    found = verification.read(session, call, text)
    _refuse(found, row, request_rows.lines(session, row.id))
    file = Attachment(id=call.new_ordered_id(), request_id=row.id, kind=AttachmentKind.LICENSE_FILE)
    file.created_at, file.media_type, file.pages = call.now, "application/jose", 1
    file.file_text, file.size = text.strip(), len(text.strip())
    file.license_file_id = found.row.id if found.row else None
    file.sha256 = hashlib.sha256(text.strip().encode()).digest()
    return _kept(session, call, row, file)


def _judge(session: Session, row: TransferRequest) -> None:
    request_states.judge(row, Action.ATTACH)
    count = select(func.count()).select_from(Attachment).where(Attachment.request_id == row.id)
    if (session.scalar(count) or 0) >= MOST:
        raise errors.InvalidRequest({"file": [f"A request takes at most {MOST} files; bring several pages into one."]})


def _kept(session: Session, call: Call, row: TransferRequest, file: Attachment) -> AttachmentView:
    session.add(file)
    row.version += 1
    told = {"kind": file.kind, "sha256": file.sha256 and file.sha256.hex()}
    audit.record(session, call, "transfer_request.attachment_added", request_rows.name(row), after=told)
    session.flush()
    return request_views.attachment(file)


def _refuse(found: Found, row: TransferRequest, of: Sequence[Line]) -> None:
    origins = frozenset((identifiers.show("lic", line.license_id), on.serial) for line in of for on in line.origins)
    handed_in = module_facts.HandedIn(file=found.facts, origins=origins, replaces=row.kind.replaces)
    if refusal := modules.judge(handed_in, license_files.HANDED_IN):
        raise refusal


def _stored(session: Session, call: Call, ref: str, attachment: str) -> StoredScan:
    file = _of(session, request_rows.find(session, call, ref), attachment)
    if file.sha256 is None:
        raise errors.NotFound
    return StoredScan(file.sha256.hex(), file.media_type, file.pages, file.file_text)


def _of(session: Session, row: TransferRequest, attachment: str) -> Attachment:
    number = identifiers.read("att", attachment)
    file = session.get(Attachment, number) if number else None
    if file is None or file.request_id != row.id or file.erased_at is not None:
        raise errors.NotFound
    return file
