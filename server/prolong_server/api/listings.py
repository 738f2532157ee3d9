"""A list of codes on its way out, in constant memory: as JSON or as CSV.

What raises while the list is read breaks the answer off, so that no part of a list looks like the whole.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Final

from werkzeug.datastructures import MIMEAccept

_AT_ONCE: Final = 1000
Writer = Callable[[Iterable[str]], Iterator[str]]


def chosen(accepted: MIMEAccept) -> tuple[str, Writer]:
    """The content type that the request prefers and its writer; JSON where it names neither."""
    best = accepted.best_match(_WRITERS, default="application/json")
    return (best, _WRITERS[best]) if best == "application/json" else (f"{best}; charset=utf-8", _WRITERS[best])


def as_json(codes: Iterable[str]) -> Iterator[str]:
    """{"codes": [{"code": "…"}, …]}, in parts."""
    yield '{"codes":['
    between = ""
    for part in _parts(codes):
        yield between + ",".join(f'{{"code":"{code}"}}' for code in part)
        between = ","
    yield "]}\n"


def as_csv(codes: Iterable[str]) -> Iterator[str]:
    """RFC 4180 with the header `code`, in parts. Codes are letters, digits and dashes and begin with neither =, +, -
    nor @, so no cell needs quotes and none is a formula for a spreadsheet.
    """
    yield "code\r\n"
    for part in _parts(codes):
        yield "".join(f"{code}\r\n" for code in part)


def within(context: Callable[[], AbstractContextManager[object]], parts: Iterator[str]) -> Iterator[str]:
    """The same parts, each made in a context of its own: none stays open while a slow reader takes its time."""
    while True:
        with context():
            part = next(parts, None)
        if part is None:
            return
        yield part


def _parts(codes: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(codes)
    while part := list(islice(remaining, _AT_ONCE)):
        yield part


_WRITERS: Final[dict[str, Writer]] = {"application/json": as_json, "text/csv": as_csv}
