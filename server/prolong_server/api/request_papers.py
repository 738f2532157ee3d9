"""What is made of a request for people and their archives: the letter as PDF, the whole case as ZIP."""

import os
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Final

from flask import Response

from prolong_server.api import calls
from prolong_server.api.core import Noun
from prolong_server.call import Call
from prolong_server.modules import archive, letters

PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
_BLOCK: Final = 65536
noun = Noun("request_papers", "The letter of a request, and its whole case for the archive")


@noun.operation("letter", "GET", "/transfer-requests/<ref>/letter.pdf", media=(PDF,))
def show_letter(call: Call, ref: str) -> Response:
    """The letter, filled in from the data, for the company's letterhead and signature."""
    return _download(Response(letters.pdf(call, ref), content_type=PDF), f"{ref}.pdf")


@noun.operation("archive", "GET", "/transfer-requests/<ref>/archive.zip", media=(ZIP,))
def export(call: Call, ref: str) -> Response:
    """Data, decisions, scans and license files of a request, each with its SHA-256 in `manifest.json`."""
    # Nameless, so that nothing stays behind; whoever reads the answer to its end, or breaks it off, closes it.
    file = TemporaryFile()  # noqa: SIM115 - it lives as long as the answer
    try:
        archive.write(call, ref, calls.house().settings.scans, file)
    except BaseException:
        file.close()
        raise
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = Response(_blocks(file), content_type=ZIP, headers={"Content-Length": str(length)})
    response.call_on_close(file.close)
    return _download(response, f"{ref}.zip")


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _download(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
