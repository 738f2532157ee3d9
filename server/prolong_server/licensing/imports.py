"""Licenses from a CSV file: all of them or none, and every bad line is named with its number and its fields."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.licensing import bulk, license_columns, license_rows, license_specs
from prolong_server.licensing.license_columns import UnreadableLine
from prolong_server.licensing.license_rows import Rows
from prolong_server.licensing.license_specs import Catalogue, LicenseSpec
from prolong_server.licensing.license_views import canonical_key
from prolong_server.models.licensing import Customer, License
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import audit, idempotency
from prolong_server.rules import errors, identifiers, license_keys

_TAKEN: Final = "There is a license with this key already."
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many licenses a file has brought."""

    imported: int


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The lines of a file by their numbers: those that can be read, and what is wrong with the others."""

    specs: dict[int, LicenseSpec] = field(default_factory=dict)
    wrong: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def blame(self, line: int, column: str, sentence: str) -> None:
        self.wrong.setdefault(line, {}).setdefault(column, []).append(sentence)


def _say_nothing(_done: int, _total: int) -> None:
    """The progress of an import that nobody watches."""


def load(call: Call, data: bytes, progress: Progress = _say_nothing) -> Imported:
    """Import the licenses of a CSV file (UTF-8, with or without BOM; columns as in `license_columns`), all or none.

    `progress(done, total)` counts steps: each line is judged and written. Raises InvalidRequest: `errors` is
    {"file": […]} for a file that cannot be read, else {"lines": [{"line", "errors": {column: […]}}], "bad_lines": n}
    with the first 1,000 of n bad lines; a line's number is that of the line of the file on which it ends.
    """
    # Reading needs no database, and SQLite's one writer should not wait for it.
    return _load(call, _read(data), progress)


@idempotency.creating
def _load(session: Session, call: Call, sheet: _Sheet, progress: Progress) -> Imported:
    steps = _Steps(progress, 2 * len(sheet.specs))
    catalogue = license_rows.read_catalogue(session, sheet.specs.values())
    _judge(session, call, sheet, catalogue, steps)
    _refuse_bad_lines(sheet)
    try:
        with session.begin_nested():
            _write(session, call, list(sheet.specs.values()), catalogue, steps)
    except IntegrityError:
        # What was free when it was judged was taken by somebody else meanwhile: told as if it had been judged later.
        _judge_stored_keys(session, sheet)
        _refuse_bad_lines(sheet)
        raise
    return Imported(len(sheet.specs))


class _Steps:
    """Counts what is done and tells it."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def advance(self, by: int) -> None:
        self._done += by
        self._progress(self._done, self._total)


def _read(data: bytes) -> _Sheet:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("The file is not UTF-8; save it as CSV in UTF-8.") from None
    sheet = _read_lines(_lines(text))
    if not sheet.specs and not sheet.wrong:
        raise _unreadable("The file has no line below its header.")
    return sheet


def _lines(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """The lines that are not blank, each with its number; None for one whose quotes do not match, then no more."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error:
        yield reader.line_num, None


def _read_lines(lines: Iterator[tuple[int, list[str] | None]]) -> _Sheet:
    header = [name.strip().lower() for name in next(lines, (0, None))[1] or ()]
    if wrong := license_columns.wrong_header(header):
        raise _unreadable(*wrong)
    sheet = _Sheet()
    for line, cells in lines:
        try:
            sheet.specs[line] = license_columns.read(header, cells)
        except UnreadableLine as unreadable:
            sheet.wrong[line] = unreadable.problems
    return sheet


def _unreadable(*sentences: str) -> errors.InvalidRequest:
    return errors.InvalidRequest({"file": list(sentences)})


def _judge(session: Session, call: Call, sheet: _Sheet, catalogue: Catalogue, steps: _Steps) -> None:
    for batch in bulk.batches(sheet.specs.items()):
        for line, spec in batch:
            if wrong := license_specs.problems(spec, catalogue, call.today):
                sheet.wrong[line] = wrong
        steps.advance(len(batch))
    _judge_keys(sheet)
    _judge_stored_keys(session, sheet)


def _judge_keys(sheet: _Sheet) -> None:
    first_lines: dict[str, int] = {}
    for line, key in _keys(sheet):
        first = first_lines.setdefault(key, line)
        if first != line:
            sheet.blame(line, "license_key", f"Line {first} has the same key.")


def _judge_stored_keys(session: Session, sheet: _Sheet) -> None:
    compared = func.upper(License.license_key)
    for batch in bulk.batches(_keys(sheet)):
        lines = {key: line for line, key in reversed(batch)}
        for key in session.scalars(select(compared).where(compared.in_(list(lines)))):
            sheet.blame(lines[key], "license_key", _TAKEN)


def _keys(sheet: _Sheet) -> Iterator[tuple[int, str]]:
    for line, spec in sheet.specs.items():
        if spec.license_key is not None and (key := canonical_key(spec.license_key)) is not None:
            yield line, key


def _refuse_bad_lines(sheet: _Sheet) -> None:
    if not sheet.wrong:
        return
    told = [{"line": line, "errors": sheet.wrong[line]} for line in sorted(sheet.wrong)]
    raise errors.InvalidRequest({"lines": told, "bad_lines": len(sheet.wrong)})


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
