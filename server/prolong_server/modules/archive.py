"""A whole case as one ZIP for the vendor's archive: data, decisions, scans and license files, each with its SHA-256."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.modules import Attachment
from prolong_server.models.operations import AuditEvent
from prolong_server.modules import binding, request_rows, request_views, scan_store
from prolong_server.modules.request_views import RequestView
from prolong_server.operations import audit
from prolong_server.rules import calendar, identifiers
from prolong_server.rules.module_words import AttachmentKind

_ENDINGS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif"}
_PIECE: Final = 1 << 20
Text = tuple[str, str]
Scan = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """What belongs to a request: texts by the names of their parts, and scans by name with their SHA-256."""

    texts: tuple[Text, ...]
    scans: tuple[Scan, ...]


def write(case: Case, scans: Path, target: IO[bytes]) -> None:
    """Write the ZIP of a case into an open file. Texts are UTF-8; `manifest.json` names each part's SHA-256."""
    texts, files = case.texts, case.scans
    manifest: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts:
            manifest[name] = sha256(text.encode()).hexdigest()
            _add(archive, name, text.encode())
        for name, digest in files:
            manifest[name] = digest
            with scan_store.open_scan(scans, digest) as reading:
                _copy(archive, name, reading)
        _add(archive, "manifest.json", _json(manifest).encode())


@db.transactional
def of(session: Session, call: Call, ref: str) -> Case:
    """All that belongs to a request, read at one moment; that it was exported is audited. NotFound."""
    row = request_rows.find(session, call, ref)
    seen, files = request_views.view(session, call, row), request_rows.attachments(session, row.id)
    texts = [("request.json", _json(_data(seen))), ("decisions.json", _json(list(_decisions(session, ref))))]
    issued = binding.all_of_request(session, row.id)
    texts += [(f"license-files/{one.id}-{one.revision}.jws", one.file) for one in issued]
    texts += [(_name(file), file.file_text) for file in files if file.file_text is not None]
    audit.record(session, call, "transfer_request.exported", ref)
    kept = [file for file in files if file.sha256 is not None and file.file_text is None]
    return Case(tuple(texts), tuple((_name(file), file.sha256.hex()) for file in kept if file.sha256))


def _data(seen: RequestView) -> dict[str, Any]:
    """The request as it stands, with licenses under their public identifiers."""
    lines = [asdict(line) | {"license": identifiers.show("lic", line.license_id)} for line in seen.licenses]
    for line in lines:
        del line["license_id"], line["customer_id"]
        for place in (*line["origins"], *line["targets"]):
            del place["module_id"]
    return asdict(seen) | {"licenses": lines}


def _decisions(session: Session, ref: str) -> Iterator[dict[str, Any]]:
    """What the audit trail tells of a request, oldest first."""
    chosen = select(AuditEvent).where(AuditEvent.object_id == ref).order_by(AuditEvent.id)
    for event in session.scalars(chosen):
        yield {
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "before": event.before,
            "after": event.after,
            "position": event.position,
            "hash": event.hash and event.hash.hex(),
        }


def _name(file: Attachment) -> str:
    ending = "jws" if file.kind is AttachmentKind.LICENSE_FILE else _ENDINGS.get(file.media_type, "bin")
    return f"attachments/{identifiers.show('att', file.id)}-{file.kind}.{ending}"


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # The library's own date would be that of the export, which the trail tells; a part is older than that.
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _copy(archive: zipfile.ZipFile, name: str, reading: IO[bytes]) -> None:
    with archive.open(zipfile.ZipInfo(name), "w") as writing:
        while piece := reading.read(_PIECE):
            writing.write(piece)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return calendar.in_utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
