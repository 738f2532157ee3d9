"""Pages of kept scans as pictures: what reviewers look at without opening a customer's file themselves."""

from pathlib import Path

from prolong_server.modules import scan_store
from prolong_server.modules.scan_guard import GUARD
from prolong_server.modules.scan_jobs import Job, MediaType


def render(directory: Path, sha256: str, media_type: MediaType, page: int) -> bytes:
    """The page (from 1) of a kept scan as a PNG, its longer side 2000 pixels at most.

    Raises NotFound where there is no such file or page, ScanRefused when the page cannot be painted within the limits,
    TryAgain when no process can paint it now.
    """
    with scan_store.open_scan(directory, sha256), scan_store.workplace(directory) as folder:
        picture = folder / "page"
        GUARD.run(Job(media_type, scan_store.path(directory, sha256), picture, page))
        return picture.read_bytes()
