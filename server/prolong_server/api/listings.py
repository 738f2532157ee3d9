"""A list of codes on its way out, in constant memory: as JSON, as CSV or as a workbook.

All codes of an order are of one length, so the length of JSON and CSV is announced: a client can show how far it is,
and one whose list was destroyed while it read notices that the answer was broken off.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from flask import Response

from prolong_server.api import tables
from prolong_server.api.tables import Kind
from prolong_server.channel.sealed_codes import Download

HEADER: Final = ("code",)
_BEGIN: Final = '{"codes":['
_END: Final = "]}\n"


def answer(kind: Kind, listed: Download) -> Response:
    """The list as it was asked for."""
    if kind == "json":
        return tables.streamed(as_json(listed.codes), tables.JSON, length_of_json(listed))
    length = length_of_csv(listed) if kind == "csv" else None
    return tables.answer(kind, f"codes-{listed.order}", HEADER, ((code,) for code in listed.codes), length)


def as_json(codes: Iterable[str]) -> Iterator[str]:
    """{"codes": [{"code": "…"}, …]}, in parts."""
    yield _BEGIN
    between = ""
    for part in tables.parts_of(codes):
        yield between + ",".join(f'{{"code":"{code}"}}' for code in part)
        between = ","
    yield _END


def length_of_json(listed: Download) -> int:
    """The number of bytes that `as_json` writes."""
    each = len('{"code":""},') + listed.width
    return len(_BEGIN) + listed.quantity * each - 1 + len(_END)


def length_of_csv(listed: Download) -> int:
    """The number of bytes of the CSV. No code needs quotes, and none looks like a formula."""
    return len("code\r\n") + listed.quantity * (listed.width + len("\r\n"))
