"""A lock on a file, between threads and between processes; the system releases it when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from prolong.errors import StoreBusy

_PAUSE = 0.02
_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK})
#: How the system locks: `msvcrt` by regions of a file, `fcntl` by whole files.
_OURS: Any = import_module("msvcrt" if sys.platform == "win32" else "fcntl")


@contextmanager
def locked(path: Path, seconds: float, system: Any = _OURS) -> Iterator[None]:
    """Hold the lock on `path` (made if absent), waiting for it so long at most; raises `StoreBusy`, `OSError`.

    Each holder opens the file anew, so that threads of one process exclude each other, too.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, time.monotonic() + seconds, system)
        try:
            yield
        finally:
            _release(descriptor, system)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, until: float, system: Any) -> None:
    while not _try(descriptor, system):
        if time.monotonic() >= until:
            raise busy()
        time.sleep(_PAUSE)


def _try(descriptor: int, system: Any) -> bool:
    try:
        if hasattr(system, "locking"):
            system.locking(descriptor, system.LK_NBLCK, 1)
        else:
            system.flock(descriptor, system.LOCK_EX | system.LOCK_NB)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True


def _release(descriptor: int, system: Any) -> None:
    # Closing the file is enough, but Windows would take its time.
    if hasattr(system, "locking"):
        system.locking(descriptor, system.LK_UNLCK, 1)


def busy() -> StoreBusy:
    """The error of who has waited long enough."""
    return StoreBusy("Another registration with this product is under way. Nothing was sent; wait for it to end.")
