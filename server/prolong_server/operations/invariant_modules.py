"""What holds of Modules: seats that are bound, revisions of license files, and what a request has brought about."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from prolong_server.models.licensing import License
from prolong_server.models.modules import LicenseFile, Module, ModuleReturn, SeatMove, TransferRequest
from prolong_server.rules.module_words import FileStatus, ModuleState, MoveKind, RequestState

_IS_CURRENT = LicenseFile.status == FileStatus.CURRENT
_IS_BOUND = and_(LicenseFile.status.in_((FileStatus.CURRENT, FileStatus.HELD)), LicenseFile.interim_until.is_(None))


def license_files_are_counted() -> Select[Any]:
    """A license counts its current license files."""
    counted = select(LicenseFile.license_id, func.count().label("files")).where(_IS_CURRENT)
    each = counted.group_by(LicenseFile.license_id).subquery()
    joined = select(License.id).outerjoin(each, each.c.license_id == License.id)
    return joined.where(License.files != func.coalesce(each.c.files, 0))


def bound_seats_do_not_exceed_the_license() -> Select[Any]:
    """No more seats of a license are bound to Modules than it has (M6)."""
    return _sums(_IS_BOUND)


def usable_seats_do_not_exceed_the_license() -> Select[Any]:
    """No more seats of a license can be used than it has, with bridges and without Modules that were reported (M10)."""
    return _sums(and_(_IS_CURRENT, Module.state != ModuleState.REPORTED))


def one_revision_is_current() -> Select[Any]:
    """A license has at most one current file for a Module, and no revision of it is newer."""
    newest = select(LicenseFile.file_id, func.max(LicenseFile.revision).label("revision"))
    last = newest.group_by(LicenseFile.file_id).subquery()
    joined = select(LicenseFile.license_id).join(last, last.c.file_id == LicenseFile.file_id)
    return joined.where(_IS_CURRENT, LicenseFile.revision != last.c.revision)


def revisions_are_whole() -> Select[Any]:
    """The revisions of a license file are 1, 2, 3 and so on, all for the same license and Module."""
    told = select(func.min(LicenseFile.license_id)).group_by(LicenseFile.file_id)
    return told.having(
        or_(
            func.min(LicenseFile.revision) != 1,
            func.max(LicenseFile.revision) != func.count(),
            func.min(LicenseFile.license_id) != func.max(LicenseFile.license_id),
            func.min(LicenseFile.module_id) != func.max(LicenseFile.module_id),
        )
    )


def current_files_end_with_their_license() -> Select[Any]:
    """A current license file says the last day that its license has (M11)."""
    joined = select(LicenseFile.license_id).join(License, License.id == LicenseFile.license_id)
    return joined.where(_IS_CURRENT, LicenseFile.expires_on != License.expires_on)


def nothing_is_bound_to_what_is_out_of_service() -> Select[Any]:
    """No license file is current for a Module that is out of service (M9)."""
    joined = select(Module.id).join(LicenseFile, LicenseFile.module_id == Module.id)
    return joined.where(_IS_CURRENT, Module.state == ModuleState.OUT_OF_SERVICE).distinct()


def executed_requests_have_moved_their_licenses() -> Select[Any]:
    """A request has moves of licenses if and only if it was executed, and no move loses or gains a seat (M6)."""
    has_moved = exists().where(SeatMove.request_id == TransferRequest.id)
    unequal = exists().where(SeatMove.request_id == TransferRequest.id, SeatMove.seats_before != SeatMove.seats_after)
    was_executed = TransferRequest.executed_at.is_not(None)
    return select(TransferRequest.id).where(or_(was_executed != has_moved, unequal))


def executed_requests_were_approved() -> Select[Any]:
    """What was executed was decided by somebody on scans that the decision has bound; a replacement was paid."""
    replaces = TransferRequest.kind.in_([kind for kind in MoveKind if kind.replaces])
    lacking = or_(
        TransferRequest.decided_by.is_(None),
        TransferRequest.documents.is_(None),
        and_(replaces, TransferRequest.paid_at.is_(None)),
    )
    return select(TransferRequest.id).where(TransferRequest.executed_at.is_not(None), lacking)


def requests_wait_for_what_was_not_returned() -> Select[Any]:
    """A request waits for a return if and only if one of its Modules has not come back (M5)."""
    waits = exists().where(ModuleReturn.request_id == TransferRequest.id, ModuleReturn.received_at.is_(None))
    is_waiting = case((TransferRequest.state == RequestState.AWAITING_RETURN, 1), else_=0)
    return select(TransferRequest.id).where(is_waiting != case((waits, 1), else_=0))


def _sums(counts: ColumnElement[bool]) -> Select[Any]:
    files = select(LicenseFile.license_id, func.sum(LicenseFile.seats).label("seats"))
    each = (
        files.join(Module, Module.id == LicenseFile.module_id).where(counts).group_by(LicenseFile.license_id).subquery()
    )
    return select(License.id).join(each, each.c.license_id == License.id).where(each.c.seats > License.seats)
