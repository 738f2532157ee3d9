"""What the server asks a helper, what it is answered, and the limits within which a file is read."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from prolong_server.rules.vocabulary import ScanFault

PAGES: Final = 50
PIXELS: Final = 100_000_000
ALL_PIXELS: Final = 500_000_000
SIDE: Final = 50_000

MEMORY_BYTES: Final = 2048 * 1024 * 1024
PROCESSOR_SECONDS: Final = 30
WALL_SECONDS: Final = 60
# Of what is written: an image without its metadata, or a page as a picture.
FILE_BYTES: Final = 64 * 1024 * 1024
# Longer than any answer, and too short for JSON that is nested so deep that it cannot be read.
ANSWER_BYTES: Final = 256


class MediaType(StrEnum):
    """What a scan may be."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    TIFF = "image/tiff"


@dataclass(frozen=True, slots=True)
class Job:
    """Read `source`. With a `page` (from 1) paint it to `target`; without, judge all and write an image anew there."""

    media_type: MediaType
    source: Path
    target: Path
    page: int | None = None

    def written(self) -> bytes:
        """The job as a line of JSON."""
        return json.dumps(asdict(self), default=str).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Job":
        """The job of a line that `written` made."""
        told = json.loads(line)
        return cls(MediaType(told["media_type"]), Path(told["source"]), Path(told["target"]), told["page"])


@dataclass(frozen=True, slots=True)
class Answer:
    """How many pages the file has, or why it is refused, or neither: there is no such page."""

    number: int | None = None
    refused: ScanFault | None = None

    def written(self) -> bytes:
        """The answer as a line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Answer":
        """The answer of a line. Raises ValueError for anything else: who wrote it may have been taken over."""
        told = json.loads(line)
        if not isinstance(told, dict) or type(told.get("number")) not in {int, type(None)}:
            raise ValueError("no answer")
        refused = told.get("refused")
        return cls(told.get("number"), None if refused is None else ScanFault(refused))
