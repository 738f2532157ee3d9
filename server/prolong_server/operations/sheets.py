"""CSV files that people send: read line by line, all of it or nothing, and every bad line named by number and column.

The header row uses the names of the JSON fields, in any order. A room says which columns there are, how a cell of each
is read and which must not be empty; what the lines mean it judges itself and blames on the sheet.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar

from prolong_server.rules import errors

# How a cell is read (ValueError: wrong), and what is said of a wrong one.
Column = tuple[Callable[[str], object], str]
T = TypeVar("T")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_BOOLEANS: Final = {"true": True, "false": False}


class UnreadableLine(Exception):
    """Cells of a line that cannot be read; `problems` says in words what is wrong with which column."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("unreadable line")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """The lines of a file by their numbers: those that can be read, and what is wrong with the others.

    A line's number is that of the line of the file on which it ends.
    """

    specs: dict[int, T] = field(default_factory=dict)
    wrong: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def blame(self, line: int, column: str, sentence: str) -> None:
        """Say what is wrong with a line."""
        self.wrong.setdefault(line, {}).setdefault(column, []).append(sentence)

    def refuse_bad_lines(self) -> None:
        """InvalidRequest with {"lines": [{"line", "errors": {column: […]}}], "bad_lines": n} where a line is wrong."""
        if not self.wrong:
            return
        told = [{"line": line, "errors": self.wrong[line]} for line in sorted(self.wrong)]
        raise errors.InvalidRequest({"lines": told, "bad_lines": len(self.wrong)})


def read(
    data: bytes,
    columns: Mapping[str, Column],
    required: Sequence[str],
    read_line: Callable[[Sequence[str], Sequence[str]], T],
) -> Sheet[T]:
    """The lines of a file in UTF-8, with or without BOM; `read_line(header, cells)` makes one, or UnreadableLine.

    InvalidRequest with {"file": […]} for a file that cannot be read or has none.
    """
    lines = _lines(_decoded(data))
    header = [name.strip().lower() for name in next(lines, (0, None))[1] or ()]
    if wrong := _wrong_header(header, columns, required):
        raise _unreadable(*wrong)
    sheet: Sheet[T] = Sheet()
    for line, cells in lines:
        try:
            sheet.specs[line] = read_line(header, _whole(header, cells))
        except UnreadableLine as unreadable:
            sheet.wrong[line] = unreadable.problems
    if not sheet.specs and not sheet.wrong:
        raise _unreadable("The file has no line below its header.")
    return sheet


def read_cells(
    header: Sequence[str], cells: Sequence[str], columns: Mapping[str, Column]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The values of the cells that are not empty by their columns, and what is wrong with the others."""
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, cell in zip(header, cells, strict=True):
        if text := cell.strip(" \t"):
            reader, sentence = columns[name]
            try:
                values[name] = reader(text)
            except ValueError:
                wrong[name] = [sentence]
    return values, wrong


def require(values: Mapping[str, object], names: Sequence[str], wrong: dict[str, list[str]]) -> None:
    """UnreadableLine where a cell is wrong or one of these is empty."""
    for name in names:
        if name not in values:
            wrong.setdefault(name, ["This cell is empty, and it is needed here."])
    if wrong:
        raise UnreadableLine(wrong)


def day(text: str) -> date:
    """A day as YYYY-MM-DD; ValueError."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def number(text: str) -> int:
    """A whole number of up to nine ASCII digits; ValueError."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def boolean(text: str) -> bool:
    """true or false in any case; ValueError."""
    if text.lower() not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text.lower()]


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("The file is not UTF-8; save it as CSV in UTF-8.") from None


def _lines(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """The lines that are not blank, each with its number; None for one whose quotes do not match, then no more."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error:
        yield reader.line_num, None


def _wrong_header(header: Sequence[str], columns: Mapping[str, Column], required: Sequence[str]) -> list[str]:
    unknown = [repr(name[:64]) for name in header if name not in columns]
    missing = [name for name in required if name not in header]
    twice = sorted({name for name in header if name in columns and header.count(name) > 1})
    told = (("Unknown columns", unknown[:20]), ("Missing columns", missing), ("Columns named twice", twice))
    return [f"{what}: {', '.join(names)}." for what, names in told if names]


def _whole(header: Sequence[str], cells: Sequence[str] | None) -> Sequence[str]:
    if cells is None:
        told = "The quotes of this line do not match, or a cell is far too long; what follows was not read."
        raise UnreadableLine({"line": [told]})
    if len(cells) != len(header):
        raise UnreadableLine({"line": [f"The line has {len(cells)} cells, the header {len(header)}."]})
    return cells


def _unreadable(*sentences: str) -> errors.InvalidRequest:
    return errors.InvalidRequest({"file": list(sentences)})
