"""Seats of a license bound to a Module by a signed license file, in revisions: a newer one makes the older void."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import license_files, license_views, revocations
from prolong_server.licensing.license_files import Seats
from prolong_server.models.licensing import License
from prolong_server.models.modules import LicenseFile, Module
from prolong_server.modules import registry
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers, module_facts, modules
from prolong_server.rules.errors import Refusal
from prolong_server.rules.module_words import FileStatus, ModuleState
from prolong_server.rules.vocabulary import LicenseStatus


@dataclass(frozen=True, slots=True)
class LicenseFileView:
    """A license file. `id` is that of all its revisions, `file` the signed document, `license` is `lic_…`."""

    id: str
    revision: int
    license: str
    module: str
    seats: int
    status: FileStatus
    expires_on: date
    interim_until: date | None
    issued_at: datetime
    file: str


@idempotency.creating
def bind(
    session: Session, call: Call, license_ref: str, module: str, seats: int, interim_until: date | None = None
) -> LicenseFileView:
    """Bind so many seats of a license to a Module; a file that it has for this Module is superseded.

    With `interim_until` it is a bridge while a Module that was reported is exchanged (M10). LicenseNotFound,
    ModuleNotFound, ModuleOutOfService, SeatsExceeded, LicenseRevoked, LicenseSuspended, InvalidRequest.
    """
    held = license_files.lock_licenses(session, [license_views.find(session, license_ref).id])
    (license_row,) = held.values()
    (row,) = registry.lock(session, [registry.find(session, module).id])
    ended = _judge(session, call, license_row, row, seats, interim_until)
    (fresh,) = license_files.change(session, call, ended, [Seats(license_row.id, row.id, seats, interim_until)])
    told = {"module": row.serial, "seats": seats, "revision": fresh.revision, "interim_until": interim_until}
    audit.record(session, call, "license_file.issued", identifiers.show("lic", license_row.id), after=told)
    session.flush()
    if ended:
        revocations.count_one(session, call)
    return view(fresh, row.serial)


@db.reading
def list_all(
    session: Session,
    call: Call,
    license_ref: str | None = None,
    module: str | None = None,
    cursor: str | None = None,
    limit: int = pages.DEFAULT,
) -> Page[LicenseFileView]:
    """A page of license files of all revisions, of a license or a Module where one is named.

    LicenseNotFound, ModuleNotFound, InvalidRequest for a foreign cursor.
    """
    chosen = _with_serials()
    if license_ref is not None:
        chosen = chosen.where(LicenseFile.license_id == license_views.find(session, license_ref).id)
    if module is not None:
        chosen = chosen.where(LicenseFile.module_id == registry.find(session, module).id)
    rows, following = pages.fetch(session, chosen, LicenseFile.id, cursor, limit)
    return Page(tuple(view(file, serial) for file, serial in rows), following)


def of_request(session: Session, request_id: int, cursor: str | None, limit: int) -> Page[LicenseFileView]:
    """A page of the files that a request has brought about. InvalidRequest for a foreign cursor."""
    chosen = _with_serials().where(LicenseFile.request_id == request_id)
    rows, following = pages.fetch(session, chosen, LicenseFile.id, cursor, limit)
    return Page(tuple(view(file, serial) for file, serial in rows), following)


def all_of_request(session: Session, request_id: int) -> tuple[LicenseFileView, ...]:
    """All files that a request has brought about."""
    chosen = _with_serials().where(LicenseFile.request_id == request_id).order_by(LicenseFile.id)
    return tuple(view(file, serial) for file, serial in session.execute(chosen))


def one_of_request(session: Session, request_id: int, ref: str) -> LicenseFileView:
    """The file `lfl_…` in the revision that a request has brought about. NotFound."""
    chosen = _with_serials().where(
        LicenseFile.request_id == request_id, LicenseFile.file_id == identifiers.read("lfl", ref)
    )
    found = session.execute(chosen).one_or_none()
    if found is None:
        raise errors.NotFound
    return view(*found)


def view(file: LicenseFile, serial: str) -> LicenseFileView:
    """A file as it is told."""
    return LicenseFileView(
        id=identifiers.show("lfl", file.file_id),
        revision=file.revision,
        license=identifiers.show("lic", file.license_id),
        module=serial,
        seats=file.seats,
        status=file.status,
        expires_on=file.expires_on,
        interim_until=file.interim_until,
        issued_at=file.issued_at,
        file=file.signed,
    )


def refuse_blocked(held: License) -> Refusal | None:
    """R15: nothing is issued for a license that is revoked or suspended."""
    refusals = {LicenseStatus.REVOKED: errors.LicenseRevoked, LicenseStatus.SUSPENDED: errors.LicenseSuspended}
    kind = refusals.get(held.status)
    if kind is None:
        return None
    refusal = kind()
    refusal.country = held.country
    return refusal


def _judge(
    session: Session, call: Call, held: License, row: Module, seats: int, interim_until: date | None
) -> list[LicenseFile]:
    """The files that the new one takes the place of."""
    if blocked := refuse_blocked(held):
        raise blocked
    if interim_until is not None and not call.today <= interim_until <= held.expires_on:
        raise errors.InvalidRequest({"interim_until": ["Name a day from today until the license's last one."]})
    files = license_files.with_status(session, [held.id], (FileStatus.CURRENT, FileStatus.HELD))
    # A bridge that is over makes room, wherever it stands.
    ended = [file for file in files if file.module_id == row.id or _is_over(file, call.today)]
    if interim_until is not None and any(file.interim_until is None for file in ended):
        raise errors.InvalidRequest({"module": ["It holds seats of this license for good: name another one."]})
    others = [file for file in files if file not in ended]
    facts = module_facts.Binding(
        license=identifiers.show("lic", held.id),
        seats_of_license=held.seats,
        bound=_bound(session, others, interim=interim_until is not None),
        seats=seats,
        module=module_facts.Module(row.serial, row.state),
    )
    if refusal := modules.judge(facts, modules.BINDING):
        raise refusal
    return ended


def _is_over(file: LicenseFile, today: date) -> bool:
    return file.interim_until is not None and file.interim_until < today


def _bound(session: Session, others: Sequence[LicenseFile], *, interim: bool) -> int:
    """The seats that are in the way of new ones: a bridge takes the place of those on Modules that were reported.

    Seats that come to stay must leave room for what is bound for good, and for what can be used at present.
    """
    reported = _reported(session, {file.module_id for file in others})
    usable = (file for file in others if file.status is FileStatus.CURRENT and file.module_id not in reported)
    stays = 0 if interim else sum(file.seats for file in others if file.interim_until is None)
    return max(sum(file.seats for file in usable), stays)


def _reported(session: Session, numbers: set[int]) -> set[int]:
    chosen = select(Module.id).where(Module.id.in_(numbers), Module.state == ModuleState.REPORTED)
    return set(session.scalars(chosen))


def _with_serials() -> Select[LicenseFile, str]:
    return select(LicenseFile, Module.serial).join(Module, Module.id == LicenseFile.module_id)
