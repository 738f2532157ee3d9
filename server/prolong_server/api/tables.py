"""Rows on their way out as CSV or as an Excel workbook (XLSX): the one way for every list that a spreadsheet opens.

A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection); numbers that the
server made, Decimal and int, stay numbers. A CSV leaves in parts, in constant memory; what raises while its rows are
read breaks the answer off, so that no part of a table looks like the whole. A workbook is made whole before its first
byte leaves, in the directory for temporary files. Nothing stays there, unless the process is killed while it makes one:
then the library's own file of a sheet does (`openpyxl.…`, mode 0600), which it cannot be told to keep elsewhere. So the
server is to have a private directory for them (docs/operations.md).
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, Any, Final, Literal

from flask import Response, current_app
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from werkzeug.datastructures import MIMEAccept

from prolong_server.rules import calendar

JSON: Final = "application/json"
CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# For `media` of an operation whose answer is JSON, too.
MEDIA: Final = (CSV, XLSX)
Kind = Literal["json", "csv", "xlsx"]
Row = Sequence[object]

_KINDS: Final[dict[str, Kind]] = {JSON: "json", CSV: "csv", XLSX: "xlsx"}
_AT_ONCE: Final = 1000
_BLOCK: Final = 65536
# What Excel takes: rows of a sheet, the header's among them.
_ROWS_OF_SHEET: Final = 1_048_576
# Spreadsheets of East Asia read full-width signs as the others.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def chosen(accepted: MIMEAccept) -> Kind:
    """What the request prefers, by its `Accept`; JSON where it names none of the three."""
    return _KINDS[accepted.best_match(tuple(_KINDS), default=JSON)]


def answer(kind: Kind, name: str, header: Sequence[str], rows: Iterable[Row], length: int | None = None) -> Response:
    """The rows below their header as the file `name` with the ending of its kind, `csv` or `xlsx`.

    Cells are texts, numbers, flags, days, instants (aware) or None. `length` is the number of bytes of the CSV, where
    it is known beforehand: the client then notices an answer that was broken off. `name` is ASCII without a personal
    datum in it, because browsers and proxies keep it.
    """
    if kind == "json":
        raise ValueError("a JSON answer is written by the schema of its operation")
    response = _workbook(header, rows) if kind == "xlsx" else streamed(_as_csv(header, rows), CSV, length)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def streamed(parts: Iterator[str], content_type: str, length: int | None = None) -> Response:
    """An answer of these parts, each made in an application context of its own: a slow reader holds none open."""
    typed = content_type if content_type == JSON else f"{content_type}; charset=utf-8"
    told = {"Vary": "Accept"} if length is None else {"Vary": "Accept", "Content-Length": str(length)}
    return Response(_within(current_app.app_context, parts), content_type=typed, headers=told)


def parts_of(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The rows in lists of a size that is worth a write."""
    remaining = iter(rows)
    while part := list(islice(remaining, _AT_ONCE)):
        yield part


def by_sheet(rows: Iterable[Row], most: int) -> Iterator[Iterator[Row]]:
    """The rows in portions that fit, with a header, into `most`; at least one, and no empty one behind a full one."""
    remaining = iter(rows)
    first = list(islice(remaining, 1))
    while True:
        yield chain(first, islice(remaining, most - 2))
        first = list(islice(remaining, 1))
        if not first:
            return


def harmless(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would calculate it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain(cell: str) -> str:
    """What `harmless` was given, for who reads such a cell again."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _within(context: Callable[[], AbstractContextManager[object]], parts: Iterator[str]) -> Iterator[str]:
    while True:
        with context():
            part = next(parts, None)
        if part is None:
            return
        yield part


def _as_csv(header: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """RFC 4180, in parts: CRLF, quotes where they are needed."""
    for part in parts_of(chain([header], rows)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([_written(cell) for cell in row] for row in part)
        yield text.getvalue()


def _written(cell: object) -> object:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return _told(cell)


def _told(cell: object) -> object:
    if isinstance(cell, datetime):
        return calendar.in_utc(cell)
    if cell is None or isinstance(cell, (int, date)):
        return cell
    raise TypeError(f"{type(cell).__name__} is no cell of a table")


def _workbook(header: Sequence[str], rows: Iterable[Row]) -> Response:
    file = TemporaryFile()  # noqa: SIM115 - it is closed when the answer is
    try:
        _write_workbook(file, header, rows)
    except BaseException:
        file.close()
        raise
    told = {"Vary": "Accept", "Content-Length": str(file.tell())}
    response = Response(_blocks(file), content_type=XLSX, headers=told)
    response.call_on_close(file.close)
    return response


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def _write_workbook(file: IO[bytes], header: Sequence[str], rows: Iterable[Row]) -> None:
    book = Workbook(write_only=True)
    try:
        for sheet_rows in by_sheet(rows, _ROWS_OF_SHEET):
            sheet = book.create_sheet()
            sheet.append(list(header))
            for row in sheet_rows:
                sheet.append([_entered(sheet, cell) for cell in row])
    finally:
        # Saving also removes the library's own temporary files, which would else stay until the process ends.
        book.save(file)


def _entered(sheet: Any, cell: object) -> object:
    if isinstance(cell, str):
        return harmless(ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", cell))
    if isinstance(cell, Decimal):
        number = WriteOnlyCell(sheet)
        number.value = cell
        number.number_format = _format(cell)
        return number
    return _told(cell)


def _format(number: Decimal) -> str:
    exponent = number.as_tuple().exponent
    return "0." + "0" * -exponent if isinstance(exponent, int) and exponent < 0 else "0"
