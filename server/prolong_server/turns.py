"""Turns by key: of those who want the same thing one is at work; those in a lane wait for it without a thread."""

import threading
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from prolong_server import bells
from prolong_server.bells import Bell
from prolong_server.rules import errors


class Turns:
    """Who waits for which key, nobody longer than `patience` seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, deque[Bell]] = {}

    @contextmanager
    def of(self, key: Hashable) -> Iterator[None]:
        """Do the block when nobody else with this key is in it. Raises TryAgain when patience ends before."""
        self._take(key)
        try:
            yield
        finally:
            self._hand_on(key)

    def _take(self, key: Hashable) -> None:
        mine = bells.bell()
        with self._lock:
            queue = self._waiting.get(key)
            if queue is None:
                self._waiting[key] = deque()
                return
            queue.append(mine)
        if not mine.wait(self._patience) and self._is_taken_back(key, mine):
            raise errors.TryAgain

    def _is_taken_back(self, key: Hashable, mine: Bell) -> bool:
        # The turn may have come at the last moment; then it is taken.
        with self._lock:
            queue = self._waiting.get(key, ())
            if mine not in queue:
                return False
            self._waiting[key].remove(mine)
            return True

    def _hand_on(self, key: Hashable) -> None:
        with self._lock:
            queue = self._waiting[key]
            if not queue:
                del self._waiting[key]
                return
            following = queue.popleft()
        following.ring()
