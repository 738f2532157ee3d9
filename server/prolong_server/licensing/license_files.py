"""License files: what binds seats of a license to a Module, signed, in revisions of which one is current (M6, M11).

They stand in this room, because a renewal issues them anew in its own transaction. Whoever calls holds the license; all
writing of license files is here, so that the license's count of them and its `seq` follow, and the revocation list.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from prolong_server.call import Call
from prolong_server.licensing import bulk, revocations
from prolong_server.models.catalogue import Edition
from prolong_server.models.licensing import License
from prolong_server.models.modules import LicenseFile, Module
from prolong_server.operations import signatures
from prolong_server.rules import calendar, identifiers
from prolong_server.rules.module_words import FileStatus

TYPE = "license-file+jwt"
VOID = (FileStatus.HELD, FileStatus.SUPERSEDED, FileStatus.REVOKED)


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats of a license that are to be on a Module. `interim_until` is the last day of a bridge (M10)."""

    license_id: int
    module_id: int
    seats: int
    interim_until: date | None = None


def change(
    session: Session,
    call: Call,
    ended: Collection[LicenseFile],
    wanted: Sequence[Seats] = (),
    *,
    gone: FileStatus = FileStatus.REVOKED,
    request_id: int | None = None,
) -> list[LicenseFile]:
    """End these current or held files, and sign and store the next revision for each of `wanted`, told in its order.

    What has a successor is superseded, what has none is `gone`. Licenses and Modules are the caller's to lock and to
    judge, and so is the number of the revocation list (`revocations.count_one`), the last lock of a transaction.
    """
    successors = {(one.license_id, one.module_id) for one in wanted}
    replaced = [file for file in ended if (file.license_id, file.module_id) in successors]
    _end(session, call, replaced, FileStatus.SUPERSEDED)
    _end(session, call, [file for file in ended if file not in replaced], gone)
    fresh = _issue(session, call, wanted, request_id)
    _count(session, call, {file.license_id for file in ended} | {one.license_id for one in wanted})
    return fresh


def reissue(session: Session, call: Call, license_id: int) -> list[LicenseFile]:
    """M11: raise the revision of each current file of a license whose term has changed, and issue them anew."""
    files = current(session, [license_id])
    wanted = [Seats(license_id, file.module_id, file.seats, file.interim_until) for file in files]
    fresh = change(session, call, files, wanted)
    if fresh:
        revocations.count_one(session, call)
    return fresh


def current(session: Session, license_ids: Collection[int]) -> list[LicenseFile]:
    """The current files of these licenses, by license and Module."""
    return with_status(session, license_ids, (FileStatus.CURRENT,))


def with_status(session: Session, license_ids: Collection[int], statuses: Sequence[FileStatus]) -> list[LicenseFile]:
    """The files of these licenses that stand so in our books, by license and Module."""
    found: list[LicenseFile] = []
    for part in bulk.batches(license_ids):
        chosen = select(LicenseFile).where(LicenseFile.license_id.in_(part), LicenseFile.status.in_(statuses))
        found += session.scalars(chosen)
    return sorted(found, key=lambda file: (file.license_id, file.module_id))


def lock_licenses(session: Session, license_ids: Collection[int]) -> Mapping[int, License]:
    """These licenses by their numbers, held until the end of the transaction, with edition and product.

    Without their keys, which nobody changes: whoever writes a row that refers to a license need not wait.
    """
    found: dict[int, License] = {}
    for part in bulk.batches(sorted(license_ids)):
        chosen = select(License).where(License.id.in_(part)).order_by(License.id)
        held = chosen.with_for_update(of=License, key_share=True)
        rows = session.scalars(held.options(_WITH_PRODUCT).execution_options(populate_existing=True))
        found |= {row.id: row for row in rows}
    return found


_WITH_PRODUCT = joinedload(License.edition).joinedload(Edition.product)


def _end(session: Session, call: Call, files: Collection[LicenseFile], status: FileStatus) -> None:
    for part in bulk.batches([file.id for file in files]):
        # What was held is void already, since it was.
        ended_at = func.coalesce(LicenseFile.ended_at, call.now)
        void = update(LicenseFile).where(LicenseFile.id.in_(part)).values(status=status, ended_at=ended_at)
        session.execute(void.execution_options(synchronize_session="fetch"))


def _issue(session: Session, call: Call, wanted: Sequence[Seats], request_id: int | None) -> list[LicenseFile]:
    licenses = _licenses(session, {one.license_id for one in wanted})
    serials = _serials(session, {one.module_id for one in wanted})
    known = _last_revisions(session, licenses)
    rows = []
    for one in wanted:
        file_id, revision = known.get((one.license_id, one.module_id), (call.new_id(), 0))
        row = _row(call, one, licenses[one.license_id], serials[one.module_id], (file_id, revision + 1))
        rows.append(row | {"request_id": request_id})
    if rows:
        session.execute(insert(LicenseFile), rows)
    return _in_order(session, [row["id"] for row in rows])


def _licenses(session: Session, ids: Collection[int]) -> Mapping[int, License]:
    found: dict[int, License] = {}
    for part in bulk.batches(ids):
        chosen = select(License).where(License.id.in_(part)).options(_WITH_PRODUCT)
        found |= {row.id: row for row in session.scalars(chosen)}
    return found


def _serials(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for part in bulk.batches(ids):
        found |= {
            row.id: row.serial for row in session.execute(select(Module.id, Module.serial).where(Module.id.in_(part)))
        }
    return found


def _last_revisions(session: Session, license_ids: Collection[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """The number and the last revision of each file that a license ever had, by license and Module."""
    known: dict[tuple[int, int], tuple[int, int]] = {}
    pair = (LicenseFile.license_id, LicenseFile.module_id, LicenseFile.file_id)
    for part in bulk.batches(license_ids):
        last = select(*pair, func.max(LicenseFile.revision)).where(LicenseFile.license_id.in_(part)).group_by(*pair)
        known |= {
            (license_id, module_id): (file_id, most) for license_id, module_id, file_id, most in session.execute(last)
        }
    return known


def _row(call: Call, one: Seats, held: License, serial: str, name: tuple[int, int]) -> dict[str, Any]:
    file_id, revision = name
    return {
        "id": call.new_id(),
        "file_id": file_id,
        "license_id": held.id,
        "module_id": one.module_id,
        "revision": revision,
        "seats": one.seats,
        "status": FileStatus.CURRENT,
        "expires_on": held.expires_on,
        "interim_until": one.interim_until,
        "issued_at": call.now,
        "signed": signatures.sign(call.keys, TYPE, _payload(call, one, held, serial, name)),
    }


def _payload(call: Call, one: Seats, held: License, serial: str, name: tuple[int, int]) -> dict[str, Any]:
    file_id, revision = name
    last_day = held.expires_on if one.interim_until is None else min(held.expires_on, one.interim_until)
    told = {
        "iss": call.issuer,
        "iat": int(call.now.timestamp()),
        "id": identifiers.show("lfl", file_id),
        "revision": revision,
        "license": identifiers.show("lic", held.id),
        "product": held.edition.product.code,
        "edition": held.edition.code,
        "module": serial,
        "seats": one.seats,
        "expires_on": held.expires_on.isoformat(),
        "ends_at": calendar.in_utc(calendar.term_end(last_day, call.zone)),
    }
    return told if one.interim_until is None else told | {"interim_until": one.interim_until.isoformat()}


def _count(session: Session, call: Call, license_ids: Iterable[int]) -> None:
    """Let each license know how many current files it has; a redemption that was judged before is judged again."""
    files = select(func.count()).select_from(LicenseFile)
    counted = files.where(LicenseFile.license_id == License.id, LicenseFile.status == FileStatus.CURRENT)
    for part in bulk.batches(sorted(license_ids)):
        values = {"files": counted.scalar_subquery(), "seq": License.seq + 1, "changed_at": call.now}
        changed = update(License).where(License.id.in_(part)).values(values)
        session.execute(changed.execution_options(synchronize_session="fetch"))


def _in_order(session: Session, ids: Sequence[int]) -> list[LicenseFile]:
    found: dict[int, LicenseFile] = {}
    for part in bulk.batches(ids):
        found |= {row.id: row for row in session.scalars(select(LicenseFile).where(LicenseFile.id.in_(part)))}
    return [found[number] for number in ids]
