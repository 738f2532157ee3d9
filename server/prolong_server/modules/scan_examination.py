"""Whether an uploaded file is a scan: judged by its content alone, which must agree with what is said of it (M2)."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from prolong_server.modules.scan_guard import GUARD
from prolong_server.modules.scan_jobs import Job, MediaType
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import ScanFault

_SIGNATURES: Final = (
    (b"%PDF-1.", MediaType.PDF),
    (b"%PDF-2.", MediaType.PDF),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"II*\0", MediaType.TIFF),
    (b"MM\0*", MediaType.TIFF),
)
_ENDINGS: Final = {
    MediaType.PDF: {".pdf"},
    MediaType.JPEG: {".jpg", ".jpeg", ".jpe", ".jfif"},
    MediaType.PNG: {".png"},
    MediaType.TIFF: {".tif", ".tiff"},
}
_OTHER_NAMES: Final = {
    "application/x-pdf": MediaType.PDF,
    "image/jpg": MediaType.JPEG,
    "image/pjpeg": MediaType.JPEG,
    "image/x-png": MediaType.PNG,
    "image/tif": MediaType.TIFF,
    "image/x-tiff": MediaType.TIFF,
}
_NO_CLAIM: Final = {"", "application/octet-stream", "binary/octet-stream"}


@dataclass(frozen=True, slots=True)
class Claim:
    """What the sender says of a file: its name and its media type, either of which may be empty."""

    filename: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that is a scan: what it is, how many pages it has, and the file to keep."""

    media_type: MediaType
    pages: int
    file: Path


def examine(source: Path, clean: Path, claim: Claim) -> Examined:
    """Read `source` to its end, in a process of its own; an image is written anew, without metadata, to `clean`.

    A PDF is kept as it is. Raises ScanRefused with its reason, or TryAgain when no process can read it now.
    """
    media_type = _media_type(source)
    if not _agrees(claim, media_type):
        raise errors.ScanRefused(ScanFault.MISLABELLED)
    pages = GUARD.run(Job(media_type, source, clean))
    return Examined(media_type, pages, source if media_type is MediaType.PDF else clean)


def _media_type(source: Path) -> MediaType:
    with source.open("rb") as reading:
        head = reading.read(8)
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    raise errors.ScanRefused(ScanFault.NOT_A_SCAN)


def _agrees(claim: Claim, media_type: MediaType) -> bool:
    declared = claim.media_type.partition(";")[0].strip().lower()
    is_declared = declared in _NO_CLAIM or _OTHER_NAMES.get(declared, declared) == media_type
    ending = PurePosixPath(claim.filename.replace("\\", "/").rstrip(". ")).suffix.lower()
    return is_declared and ending in {"", *_ENDINGS[media_type]}
