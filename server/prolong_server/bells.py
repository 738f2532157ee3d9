"""Bells: one waits, and another wakes it; either may be a request in a lane, or a thread."""

import threading
from typing import Protocol

from prolong_server import lane
from prolong_server.lane import Fiber


class Bell(Protocol):
    """Rings once; one waits for it."""

    def ring(self) -> None:
        """Wake the one who waits, or will wait. Any thread may ring."""

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, at most so long; whether it has rung."""


def bell() -> Bell:
    """A bell for whoever asks for it: a request in a lane, or a thread."""
    fiber = lane.present()
    return _ThreadBell() if fiber is None else _LaneBell(fiber)


class _LaneBell:
    """A bell for a request in a lane."""

    def __init__(self, fiber: Fiber) -> None:
        self._fiber = fiber
        self._rung = False

    def ring(self) -> None:
        self._rung = True
        self._fiber.lane.post(self._fiber.hear, self)

    def wait(self, seconds: float) -> bool:
        return self._rung or self._fiber.wait(self, seconds)


class _ThreadBell:
    """A bell for a thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        self._lock.release()

    def wait(self, seconds: float) -> bool:
        return self._lock.acquire(timeout=seconds)
