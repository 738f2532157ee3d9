"""A transfer request as its customer and the vendor see it, and what it lacks, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.licensing import bulk
from prolong_server.models.modules import Attachment, Module, ModuleReturn, TransferRequest
from prolong_server.models.request_notes import RequestNote
from prolong_server.modules import request_rows
from prolong_server.modules.request_rows import Line
from prolong_server.modules.request_specs import Pledges
from prolong_server.rules import identifiers, license_keys, missing, modules
from prolong_server.rules.missing import Missing
from prolong_server.rules.module_words import (
    AttachmentKind,
    ChecklistItem,
    FilesHeld,
    MoveKind,
    RequestState,
)


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file that came with a request. `sha256` is that of what is kept, in hexadecimal digits; `size` is in bytes."""

    id: str
    kind: AttachmentKind
    sha256: str | None
    media_type: str
    size: int
    pages: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A Module that is to be given back by `due_on`, that day included."""

    module: str
    due_on: date
    received_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class OverrideView:
    """M10: why the limit of moves was overridden, who asked and who confirmed."""

    reason: str
    asked_by: str
    confirmed_by: str | None


@dataclass(frozen=True, slots=True)
class NoteView:
    """What a representative (`stf_…`) has noted for others."""

    author: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request. `missing` is empty when it may be submitted; `checklist` says which items of M2 were ticked.

    `scans_sha256` is over all scans as they are now, in hexadecimal digits: what an approval binds.
    """

    id: str
    kind: MoveKind
    state: RequestState
    language: str
    company: str | None
    contact_email: str | None
    licenses: tuple[Line, ...]
    pledges: Pledges
    files_held: FilesHeld | None
    missing: tuple[Missing, ...]
    attachments: tuple[AttachmentView, ...]
    scans_sha256: str
    checklist: dict[ChecklistItem, bool]
    question: str | None
    answer: str | None
    reason: str | None
    return_required: bool | None
    exchange_modules: tuple[str, ...]
    order_reference: str | None
    paid_at: datetime | None
    override: OverrideView | None
    returns: tuple[ReturnView, ...]
    notes: tuple[NoteView, ...]
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    executed_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the rows of requests refer to, each by the request's number; `serials` are by the Module's."""

    lines: Mapping[int, tuple[Line, ...]]
    files: Mapping[int, Sequence[Attachment]]
    returns: Mapping[int, tuple[ReturnView, ...]]
    notes: Mapping[int, tuple[NoteView, ...]]
    serials: Mapping[int, str]


def view(session: Session, call: Call, row: TransferRequest) -> RequestView:
    """The request as whoever asks may see it."""
    return views(session, call, [row])[0]


def views(session: Session, call: Call, rows: Sequence[TransferRequest]) -> tuple[RequestView, ...]:
    """Requests as whoever asks may see them, in as many statements as for one."""
    ids = [row.id for row in rows]
    parts = _Parts(
        request_rows.lines_of(session, ids),
        request_rows.attachments_of(session, ids),
        _returns(session, call, ids),
        _notes(session, call, ids),
        _serials(session, rows),
    )
    return tuple(_view(call, row, parts) for row in rows)


def _view(call: Call, row: TransferRequest, parts: _Parts) -> RequestView:
    of, files = parts.lines[row.id], parts.files[row.id]
    return RequestView(
        id=request_rows.name(row),
        kind=row.kind,
        state=row.state,
        language=row.language,
        company=row.company,
        contact_email=row.contact_email,
        licenses=shown(call, of),
        pledges=Pledges(row.non_use, row.return_modules),
        files_held=row.files_held,
        missing=missing.missing(request_rows.facts(row, of, files)) if row.purged_at is None else (),
        attachments=tuple(map(attachment, files)),
        scans_sha256=request_rows.scans(files).hex(),
        checklist=_checklist(row),
        question=row.question,
        answer=row.answer,
        reason=row.reason,
        return_required=row.return_required,
        exchange_modules=tuple(parts.serials[int(number)] for number in row.exchange),
        order_reference=row.order_reference,
        paid_at=row.paid_at,
        override=_override(row),
        returns=parts.returns.get(row.id, ()),
        notes=parts.notes.get(row.id, ()),
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        executed_at=row.executed_at,
        ended_at=row.ended_at,
    )


def attachment(file: Attachment) -> AttachmentView:
    """A file as it is shown."""
    return AttachmentView(
        id=identifiers.show("att", file.id),
        kind=file.kind,
        sha256=None if file.sha256 is None else file.sha256.hex(),
        media_type=file.media_type,
        size=file.size,
        pages=file.pages,
        created_at=file.created_at,
    )


def shown(call: Call, of: Sequence[Line]) -> tuple[Line, ...]:
    """The lines as whoever asks may see them: what the server has added is told to its customer by its key's end."""
    if call.actor.request_id is None:
        return tuple(of)
    return tuple(replace(line, customer_id=None, license_key=_told_key(line)) for line in of)


def _told_key(line: Line) -> str:
    return f"…{license_keys.ending(line.license_key)}" if line.added else line.license_key


def _checklist(row: TransferRequest) -> dict[ChecklistItem, bool]:
    ticked = row.checklist or {}
    # Until it is decided whether Modules must be returned, the guarantee is looked for where it was given.
    asked = row.return_modules if row.return_required is None else row.return_required
    items = modules.checklist(row.kind, return_required=asked)
    return {item: bool(ticked.get(item.value)) for item in items}


def _serials(session: Session, rows: Sequence[TransferRequest]) -> dict[int, str]:
    """The serial numbers of the Modules that customers get in exchange."""
    found: dict[int, str] = {}
    for part in bulk.batches({int(number) for row in rows for number in row.exchange}):
        named = select(Module.id, Module.serial).where(Module.id.in_(part))
        found |= {row.id: row.serial for row in session.execute(named)}
    return found


def _override(row: TransferRequest) -> OverrideView | None:
    if row.override_reason is None or row.override_asked_by is None:
        return None
    return OverrideView(row.override_reason, row.override_asked_by, row.override_by)


def _notes(session: Session, call: Call, request_ids: Sequence[int]) -> dict[int, tuple[NoteView, ...]]:
    """Oldest first, and for staff alone."""
    found: dict[int, tuple[NoteView, ...]] = {}
    if call.actor.request_id is not None:
        return found
    for one in session.scalars(
        select(RequestNote).where(RequestNote.request_id.in_(request_ids)).order_by(RequestNote.id)
    ):
        told = NoteView(one.author, one.text, one.created_at)
        found[one.request_id] = (*found.get(one.request_id, ()), told)
    return found


def _returns(session: Session, call: Call, request_ids: Sequence[int]) -> dict[int, tuple[ReturnView, ...]]:
    chosen = (
        select(ModuleReturn, Module.serial)
        .join(Module, Module.id == ModuleReturn.module_id)
        .where(ModuleReturn.request_id.in_(request_ids))
        .order_by(Module.serial)
    )
    found: dict[int, tuple[ReturnView, ...]] = {}
    for one, serial in session.execute(chosen):
        overdue = one.received_at is None and call.today > one.due_on
        told = ReturnView(serial, one.due_on, one.received_at, overdue)
        found[one.request_id] = (*found.get(one.request_id, ()), told)
    return found
