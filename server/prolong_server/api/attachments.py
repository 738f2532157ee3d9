"""What comes with a transfer request: scans and license files, uploaded, and shown to those who may see them (M2, M3).

A scan is a stranger's file: it leaves only as a download, which no browser opens in our name, or as a picture of a page
that was painted here.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask import Response
from werkzeug.datastructures import FileStorage

from prolong_server.api import calls, uploads
from prolong_server.api.core import Noun
from prolong_server.api.schemas.transfer_requests import AttachmentSchema
from prolong_server.call import Call
from prolong_server.modules import attachments, scan_pages, scan_store, scans, verification
from prolong_server.modules.request_views import AttachmentView
from prolong_server.modules.scan_examination import Claim
from prolong_server.modules.scan_jobs import MediaType
from prolong_server.modules.scans import Scan
from prolong_server.rules import errors
from prolong_server.rules.module_words import AttachmentKind

PNG: Final = "image/png"
JOSE: Final = "application/jose"
_ENDINGS: Final = {MediaType.PDF: "pdf", MediaType.JPEG: "jpg", MediaType.PNG: "png", MediaType.TIFF: "tif"}
_BLOCK: Final = 64 * 1024
noun = Noun("attachments", "What comes with a transfer request")
pages = Noun("attachment_pages", "The pages of scans as pictures")


@noun.operation(
    "add",
    "POST",
    "/transfer-requests/<ref>/attachments",
    upload=uploads.MULTIPART,
    answer=AttachmentSchema,
    status=201,
    once=True,
)
def add(call: Call, ref: str) -> AttachmentView:
    """Take a scan (PDF, JPEG, PNG or TIFF up to 20 MiB) or a license file; each is examined before it is kept."""
    # Judged before a byte of the file is read; what is added is judged again, when it is here.
    attachments.refuse_uploads(call, ref)
    with uploads.received() as (kind, file):
        if kind is AttachmentKind.LICENSE_FILE:
            return attachments.add_license_file(call, ref, _text(file))
        return attachments.add_scan(call, ref, kind, lambda: _receive(file))


@noun.operation("show", "GET", "/transfer-requests/<ref>/attachments/<attachment>", media=(*map(str, _ENDINGS), JOSE))
def show(call: Call, ref: str, attachment: str) -> Response:
    """A scan as it is kept, or a license file as it was handed in, as a download."""
    found = attachments.content(call, ref, attachment)
    if found.text is not None:
        return _sandboxed(_named(Response(found.text, content_type=JOSE), f"{attachment}.jws"))
    return _download(found.sha256, MediaType(found.media_type), attachment)


@noun.operation("remove", "DELETE", "/transfer-requests/<ref>/attachments/<attachment>", status=204)
def remove(call: Call, ref: str, attachment: str) -> None:
    """Take a file back while others may still be added."""
    attachments.remove(call, ref, attachment)


@pages.operation("show", "GET", "/transfer-requests/<ref>/attachments/<attachment>/pages/<number>", media=(PNG,))
def show_page(call: Call, ref: str, attachment: str, number: str) -> Response:
    """A page of a scan, from 1, as a picture whose longer side has 2000 pixels at most."""
    found = attachments.scan(call, ref, attachment)
    painted = scan_pages.render(_directory(), found.sha256, MediaType(found.media_type), _page(number, found.pages))
    return _sandboxed(Response(painted, content_type=PNG))


def _receive(file: FileStorage) -> Scan:
    claim = Claim(file.filename or "", file.mimetype or "")
    return scans.receive(_directory(), file.stream, claim, by=calls.house().settings.scanner)


def _text(file: FileStorage) -> str:
    # One byte more than any license file has, and what is not ASCII, is none of ours, and is refused as such.
    return file.stream.read(verification.LONGEST_FILE + 1).decode("ascii", "replace")


def _directory() -> Path:
    return calls.house().settings.scans


def _page(number: str, pages: int) -> int:
    if not (number.isascii() and number.isdigit() and len(number) < 5 and 1 <= int(number) <= pages):
        raise errors.NotFound
    return int(number)


def _download(sha256: str, media_type: MediaType, attachment: str) -> Response:
    with scan_store.open_scan(_directory(), sha256) as file:
        length = os.fstat(file.fileno()).st_size
    told = Response(_blocks(_directory(), sha256), content_type=media_type.value)
    told.headers["Content-Length"] = str(length)
    return _sandboxed(_named(told, f"{attachment}.{_ENDINGS[media_type]}"))


def _named(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _blocks(directory: Path, sha256: str) -> Iterator[bytes]:
    # Opened by whoever reads: to HEAD nobody does.
    with scan_store.open_scan(directory, sha256) as file:
        while block := file.read(_BLOCK):
            yield block


def _sandboxed(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
