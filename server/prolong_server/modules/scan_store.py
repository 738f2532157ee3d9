"""Uploaded files, each kept once under the SHA-256 of what it holds, outside every web root.

A file appears whole or not at all: it is written in a private folder beside, synced, then renamed. Folders have mode
0700, files 0600. Nothing that a person wrote ever becomes a part of a path.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final, Protocol

from prolong_server.rules import errors

SCAN_BYTES: Final = 20 * 1024 * 1024
# What a process that was killed has left behind is no upload under way any more.
ABANDONED_AFTER: Final = timedelta(days=1)
_ARRIVING: Final = "arriving"
_PIECE: Final = 256 * 1024
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Upload(Protocol):
    """What arrives, read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the store: the SHA-256 of its content in hexadecimal digits, and its bytes."""

    sha256: str
    size: int


def keep(directory: Path, upload: Upload, limit: int = SCAN_BYTES) -> Kept:
    """Keep what arrives as it is; the same content twice is one file.

    Raises ScanTooLarge as soon as more than `limit` bytes have arrived, TryAgain when the disk takes no more.
    """
    with workplace(directory) as folder:
        return settle(directory, arrived(folder, upload, limit))


@contextmanager
def workplace(directory: Path) -> Iterator[Path]:
    """A private folder beside the kept files, removed at the end with all that is in it. Raises TryAgain."""
    try:
        arriving = _folder(directory / _ARRIVING)
        with tempfile.TemporaryDirectory(prefix="", dir=arriving) as name:
            yield Path(name)
    except OSError as failure:
        raise errors.TryAgain from failure


def arrived(folder: Path, upload: Upload, limit: int = SCAN_BYTES) -> Path:
    """Write what arrives to a file in `folder`, never whole in memory. Raises ScanTooLarge as soon as it is."""
    file = folder / "upload"
    left = limit
    with open(file, "xb", opener=_privately) as writing:
        while piece := upload.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise errors.ScanTooLarge
            writing.write(piece)
    return file


def settle(directory: Path, file: Path) -> Kept:
    """Move a file out of a workplace into the store, safe on the disk; over a damaged copy it is put all the same."""
    with file.open("rb") as reading:
        kept = Kept(_digest(reading), os.fstat(reading.fileno()).st_size)
        os.fsync(reading.fileno())
    place = _place(directory, kept.sha256)
    _folder(place.parent)
    file.replace(place)
    _sync(place.parent)
    return kept


def open_scan(directory: Path, sha256: str) -> IO[bytes]:
    """The kept file, open for reading. Raises NotFound, too for a text that is no SHA-256."""
    try:
        return path(directory, sha256).open("rb")
    except FileNotFoundError:
        raise errors.NotFound from None


def path(directory: Path, sha256: str) -> Path:
    """Where a kept file lies. Raises NotFound for a text that is no SHA-256."""
    if not _SHA256.fullmatch(sha256):
        raise errors.NotFound
    return _place(directory, sha256)


def erase(directory: Path, sha256: str) -> bool:
    """Remove a file for good; whether there was one. Raises NotFound for a text that is no SHA-256."""
    place = path(directory, sha256)
    try:
        place.unlink()
    except FileNotFoundError:
        return False
    _sync(place.parent)
    return True


def verify(directory: Path, sha256: str) -> bool:
    """Whether the file is there and still is what it was when it was kept."""
    try:
        with open_scan(directory, sha256) as reading:
            return _digest(reading) == sha256
    except errors.NotFound:
        return False


def kept_before(directory: Path, instant: datetime) -> Iterator[str]:
    """The SHA-256 of each file that was last kept before this instant."""
    for place in directory.glob("*/*"):
        if _SHA256.fullmatch(place.name) and place.stat().st_mtime < instant.timestamp():
            yield place.name


def clear(directory: Path, now: datetime) -> int:
    """Remove what uploads left behind that were killed more than a day ago; how many."""
    arriving = directory / _ARRIVING
    folders = list(arriving.iterdir()) if arriving.exists() else []
    before = (now - ABANDONED_AFTER).timestamp()
    left = [folder for folder in folders if folder.stat().st_mtime < before]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _place(directory: Path, sha256: str) -> Path:
    return directory / sha256[:2] / sha256


def _digest(reading: IO[bytes]) -> str:
    return hashlib.file_digest(reading, "sha256").hexdigest()  # type: ignore[arg-type]  # any file that is read


def _privately(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        _folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)
    return folder


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
