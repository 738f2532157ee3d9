"""Versions of products, compared as versions and not as text (R7)."""

from functools import lru_cache
from typing import Final

from packaging.version import Version

MAX_LENGTH: Final = 64


@lru_cache(maxsize=256)
def parse(text: str) -> Version:
    """A product's version (PEP 440, which reads every dotted number); ValueError for anything else."""
    if len(text) > MAX_LENGTH or not text.isascii():
        raise ValueError(f"A version is at most {MAX_LENGTH} ASCII characters, like 9.10 or 12.0.3.")
    return Version(text)


def is_at_least(version: str, minimum: str) -> bool:
    """Whether `version` is `minimum` or newer: 9.10 is newer than 9.2; ValueError if either is no version."""
    return parse(version) >= parse(minimum)
