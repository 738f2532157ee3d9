"""An upload's way into the store: written down, asked of the virus scanner, read to its end, kept (M2)."""

from dataclasses import dataclass
from pathlib import Path

from prolong_server.config import Scanner
from prolong_server.modules import scan_examination, scan_store, scanner
from prolong_server.modules.scan_examination import Claim
from prolong_server.modules.scan_jobs import MediaType
from prolong_server.modules.scan_store import Upload


@dataclass(frozen=True, slots=True)
class Scan:
    """A kept scan: the SHA-256 of what is stored in hexadecimal digits, its bytes, what it is, and its pages."""

    sha256: str
    size: int
    media_type: MediaType
    pages: int


def receive(directory: Path, upload: Upload, claim: Claim, by: Scanner | None = None) -> Scan:
    """Keep what arrives, if it is a scan; `by` is the virus scanner of the settings.

    Raises ScanTooLarge, ScanRefused with its reason, or TryAgain (no scanner, no room, no process): nothing is kept.
    """
    with scan_store.workplace(directory) as folder:
        arrived = scan_store.arrived(folder, upload)
        if by is not None:
            scanner.scan(by, arrived)
        examined = scan_examination.examine(arrived, folder / "clean", claim)
        kept = scan_store.settle(directory, examined.file)
    return Scan(kept.sha256, kept.size, examined.media_type, examined.pages)
