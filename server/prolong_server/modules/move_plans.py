"""What an approved request really moves: its lines with the Modules that take part, all of them held (M5, M7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server.licensing import license_files
from prolong_server.models.licensing import License
from prolong_server.models.modules import LicenseFile, Module, TransferRequest
from prolong_server.modules import registry, request_rows, submission
from prolong_server.modules.request_rows import Line, SeatsOn
from prolong_server.rules import errors
from prolong_server.rules.module_words import FileStatus


@dataclass(frozen=True, slots=True)
class Plan:
    """What is moved: the lines with the Modules they really go to, and all rows, which are held."""

    row: TransferRequest
    lines: tuple[Line, ...]
    licenses: Mapping[int, License]
    modules: Mapping[int, Module]
    files: Sequence[LicenseFile]


def plan(session: Session, row: TransferRequest) -> Plan:
    """The lines as they will be moved, and all rows locked in their order. TryAgain if they changed meanwhile."""
    of = submission.completed(session, row, request_rows.lines(session, row.id))
    licenses = license_files.lock_licenses(session, {line.license_id for line in of} | _bridged(session, row, of))
    # Read again under the locks: until then a Module could still be bound or a file change.
    of = submission.completed(session, row, of)
    named = _named(of)
    if row.kind.replaces:
        request_rows.write_lines(session, row.id, of)
    of = _exchanged(session, row, of)
    if not licenses.keys() >= {line.license_id for line in of}:
        raise errors.TryAgain
    held = registry.lock(session, named | _named(of))
    files = request_rows.bound(session, list(licenses))
    return Plan(row, of, licenses, {module.id: module for module in held}, files)


def _bridged(session: Session, row: TransferRequest, of: Sequence[Line]) -> set[int]:
    """Other licenses that a bridge still binds to the Module that is replaced; the bridge ends with the Module."""
    old = {on.module_id for line in of for on in line.origins} if row.kind.replaces else set()
    bridges = (LicenseFile.status == FileStatus.CURRENT, LicenseFile.interim_until.is_not(None))
    return set(session.scalars(select(LicenseFile.license_id).where(LicenseFile.module_id.in_(old), *bridges)))


def _named(of: Sequence[Line]) -> set[int]:
    return {on.module_id for line in of for on in (*line.origins, *line.targets)}


def _exchanged(session: Session, row: TransferRequest, of: Sequence[Line]) -> tuple[Line, ...]:
    """M5: The targets with the new Modules that the customer gets in their place."""
    given = [session.get_one(Module, int(number)) for number in row.exchange]
    if not given:
        return tuple(of)
    targets = list(dict.fromkeys(on.module_id for line in of for on in line.targets))
    if not targets:
        return tuple(replace(line, targets=_whole(line, given[0])) for line in of)
    instead = dict(zip(targets, given, strict=True))
    return tuple(replace(line, targets=tuple(_instead(on, instead) for on in line.targets)) for line in of)


def _whole(line: Line, module: Module) -> tuple[SeatsOn, ...]:
    return (SeatsOn(module.id, module.serial, sum(on.seats for on in line.origins)),)


def _instead(on: SeatsOn, instead: Mapping[int, Module]) -> SeatsOn:
    module = instead[on.module_id]
    return SeatsOn(module.id, module.serial, on.seats)
