"""What is made of a request for people and their archives: the letter as PDF, the whole case as ZIP."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from flask import Response

from prolong_server.api import calls
from prolong_server.api.core import Noun
from prolong_server.call import Call
from prolong_server.modules import archive, letters
from prolong_server.modules.archive import Case

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
    case = archive.of(call, ref)
    return _download(Response(_blocks(case, calls.house().settings.scans), content_type=ZIP), f"{ref}.zip")


def _blocks(case: Case, scans: Path) -> Iterator[bytes]:
    # Made by whoever reads, on a nameless file: to HEAD nothing is read, and nothing stays behind.
    with TemporaryFile() as file:
        archive.write(case, scans, file)
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def _download(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
