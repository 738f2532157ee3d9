"""A lock on a file, between threads and between processes; the system releases it when its holder dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prolong.errors import StoreBusy

_PAUSE = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock on `path` (made if absent), waiting for it so long at most; raises `StoreBusy`, `OSError`.

    Each holder opens the file anew, so that threads of one process exclude each other, too.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, time.monotonic() + seconds)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, until: float) -> None:
    while not _try(descriptor):
        if time.monotonic() >= until:
            raise busy()
        time.sleep(_PAUSE)


def busy() -> StoreBusy:
    """The error of who has waited long enough."""
    return StoreBusy("Another registration with this product is under way. Nothing was sent; wait for it to end.")
