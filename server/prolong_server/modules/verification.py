"""License files that somebody shows us: whether we have signed them, and what they are worth today (M3)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import license_files
from prolong_server.models.licensing import License
from prolong_server.models.modules import LicenseFile, Module
from prolong_server.operations import audit_heads, signatures
from prolong_server.rules import identifiers, module_facts
from prolong_server.rules import license_files as rules
from prolong_server.rules.module_words import FileCode, FileStatus
from prolong_server.rules.vocabulary import LicenseStatus

LONGEST_FILE = 16_384


@dataclass(frozen=True, slots=True)
class Verified:
    """What a license file is worth."""

    valid: bool
    code: FileCode


@dataclass(frozen=True, slots=True)
class Found:
    """A license file as it was read, and the row of ours that it is; None for one that we have not issued."""

    facts: module_facts.LicenseFile
    row: LicenseFile | None


@db.reading
def verify(session: Session, call: Call, file: str) -> Verified:
    """What a license file is worth today: the first word of `FileCode` that applies."""
    code = rules.code(read(session, call, file).facts, call.today)
    return Verified(code is FileCode.VALID, code)


def read(session: Session, call: Call, text: str) -> Found:
    """A license file with all that the rules ask about it. Never raises for what it holds: it is then not genuine."""
    forged = Found(module_facts.LicenseFile(genuine=False), None)
    try:
        payload = signatures.read(audit_heads.recorded_keys(session.connection()), license_files.TYPE, text.strip())
    except signatures.NotSigned:
        return forged
    number, revision = identifiers.read("lfl", str(payload.get("id"))), payload.get("revision")
    if number is None or not isinstance(revision, int):
        return forged
    return _known(session, number, revision, text.strip()) or forged


def _known(session: Session, number: int, revision: int, text: str) -> Found | None:
    chosen = (
        select(LicenseFile, Module, License.status)
        .join(Module, Module.id == LicenseFile.module_id)
        .join(License, License.id == LicenseFile.license_id)
        .where(LicenseFile.file_id == number, LicenseFile.revision == revision)
    )
    found = session.execute(chosen).one_or_none()
    # Whoever has our key could sign what we have never issued; what we have is stored to the letter.
    if found is None or found[0].signed != text:
        return None
    row, module, status = found
    return Found(_facts(row, module, _newest(session, row), status), row)


def _facts(row: LicenseFile, module: Module, newest: LicenseFile, status: LicenseStatus) -> module_facts.LicenseFile:
    gone = newest.status not in {FileStatus.CURRENT, FileStatus.HELD}
    return module_facts.LicenseFile(
        genuine=True,
        license=identifiers.show("lic", row.license_id),
        module=module.serial,
        revision=row.revision,
        current_revision=newest.revision,
        revoked=gone or status is LicenseStatus.REVOKED,
        module_state=module.state,
        last_day=_last_day(row),
    )


def _last_day(row: LicenseFile) -> date:
    return row.expires_on if row.interim_until is None else min(row.expires_on, row.interim_until)


def _newest(session: Session, row: LicenseFile) -> LicenseFile:
    last = select(func.max(LicenseFile.revision)).where(LicenseFile.file_id == row.file_id).scalar_subquery()
    chosen: Any = select(LicenseFile).where(LicenseFile.file_id == row.file_id, LicenseFile.revision == last)
    newest: LicenseFile = session.scalars(chosen).one()
    return newest
