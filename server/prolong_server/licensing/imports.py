"""Licenses from a CSV file: all of them or none, and every bad line is named with its number and its fields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.licensing import bulk, license_columns, license_rows, license_specs
from prolong_server.licensing.license_rows import Rows
from prolong_server.licensing.license_specs import Catalogue, LicenseSpec
from prolong_server.licensing.license_views import canonical_key
from prolong_server.models.licensing import Customer, License
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import audit, idempotency, sheets
from prolong_server.operations.sheets import Sheet
from prolong_server.rules import identifiers, license_keys

_TAKEN: Final = "There is a license with this key already."
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many licenses a file has brought."""

    imported: int


def _say_nothing(_done: int, _total: int) -> None:
    """The progress of an import that nobody watches."""


def load(call: Call, data: bytes, progress: Progress = _say_nothing) -> Imported:
    """Import the licenses of a CSV file (UTF-8, with or without BOM; columns as in `license_columns`), all or none.

    `progress(done, total)` counts steps: each line is judged and written. InvalidRequest says what is wrong with the
    file, or with each of its bad lines, in the shape that `operations.sheets` gives it.
    """
    # Reading needs no database, and SQLite's one writer should not wait for it.
    sheet = sheets.read(data, license_columns.COLUMNS, license_columns.REQUIRED, license_columns.read)
    return _load(call, sheet, progress)


@idempotency.creating
def _load(session: Session, call: Call, sheet: Sheet[LicenseSpec], progress: Progress) -> Imported:
    steps = _Steps(progress, 2 * len(sheet.specs))
    catalogue = license_rows.read_catalogue(session, sheet.specs.values())
    _judge(session, call, sheet, catalogue, steps)
    sheet.refuse_bad_lines()
    try:
        with session.begin_nested():
            _write(session, call, list(sheet.specs.values()), catalogue, steps)
    except IntegrityError:
        # What was free when it was judged was taken by somebody else meanwhile: told as if it had been judged later.
        _judge_stored_keys(session, sheet)
        sheet.refuse_bad_lines()
        raise
    return Imported(len(sheet.specs))


class _Steps:
    """Counts what is done and tells it."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def advance(self, by: int) -> None:
        self._done += by
        self._progress(self._done, self._total)


def _judge(session: Session, call: Call, sheet: Sheet[LicenseSpec], catalogue: Catalogue, steps: _Steps) -> None:
    for batch in bulk.batches(sheet.specs.items()):
        for line, spec in batch:
            if wrong := license_specs.problems(spec, catalogue, call.today):
                sheet.wrong[line] = wrong
        steps.advance(len(batch))
    _judge_keys(sheet)
    _judge_stored_keys(session, sheet)


def _judge_keys(sheet: Sheet[LicenseSpec]) -> None:
    first_lines: dict[str, int] = {}
    for line, key in _keys(sheet):
        first = first_lines.setdefault(key, line)
        if first != line:
            sheet.blame(line, "license_key", f"Line {first} has the same key.")


def _judge_stored_keys(session: Session, sheet: Sheet[LicenseSpec]) -> None:
    compared = func.upper(License.license_key)
    for batch in bulk.batches(_keys(sheet)):
        lines = {key: line for line, key in reversed(batch)}
        for key in session.scalars(select(compared).where(compared.in_(list(lines)))):
            sheet.blame(lines[key], "license_key", _TAKEN)


def _keys(sheet: Sheet[LicenseSpec]) -> Iterator[tuple[int, str]]:
    for line, spec in sheet.specs.items():
        if spec.license_key is not None and (key := canonical_key(spec.license_key)) is not None:
            yield line, key


def _write(session: Session, call: Call, specs: list[LicenseSpec], catalogue: Catalogue, steps: _Steps) -> None:
    made = license_keys.generate(len(specs), call.random)
    for batch in bulk.batches(zip(specs, made, strict=True)):
        rows = [license_rows.of_spec(call, spec, catalogue, (spec.license_key or key).strip()) for spec, key in batch]
        bulk.insert(session, Customer, [row.customer for row in rows if row.customer])
        bulk.insert(session, License, [row.license for row in rows])
        bulk.insert(
            session, AuditEvent, [_event(call, row, spec) for row, (spec, _key) in zip(rows, batch, strict=True)]
        )
        steps.advance(len(batch))


def _event(call: Call, row: Rows, spec: LicenseSpec) -> dict[str, object]:
    ref = identifiers.show("lic", row.license["id"])
    return audit.event(call, "license.imported", ref, after=license_rows.facts(spec))
