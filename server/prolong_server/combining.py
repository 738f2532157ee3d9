"""Group commit among requests: those who ask at the same time are answered together, by the work of one of them.

The first to come leads. While it works the others gather; then the first of them leads what has gathered. Nobody ever
waits for others to come, so that one who is alone is served at once. See ADR 0014.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, Generic, TypeVar

from prolong_server import lane
from prolong_server.rules import errors

MOST: Final = 64
# A caller is told within two seconds, whatever happens; a leader that has not come back by then is not waited for.
PATIENCE_SECONDS: Final = 1.8
LOST_SECONDS: Final = 10.0
Q = TypeVar("Q")
A = TypeVar("A")


class _Alone(Exception):
    """A fault that nobody foresaw has spoiled a lot; one of it is the cause, so each is to be answered by itself."""


class _Place(Generic[Q, A]):
    """One who waits: what it asks, what it is told, and the bell that wakes it."""

    __slots__ = ("answer", "bell", "question")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | Exception | None = None
        self.bell = lane.bell()


class Combiner(Generic[Q, A]):
    """Answers questions of many threads together, at most `most` at once and one lot after the other.

    `work` answers a lot in its order; an exception among the answers is raised to the one who asked. If `work` itself
    raises TryAgain, each of the lot is told so; after anything else each is answered by a `work` of its own.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Q]], Sequence[A | Exception]],
        most: int = MOST,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._work = work
        self._most = most
        self._patience = patience
        self._turn = threading.Lock()
        self._waiting: deque[_Place[Q, A]] = deque()
        self._leader: _Place[Q, A] | None = None
        self._since = 0.0

    def ask(self, question: Q) -> A:
        """The answer to a question. Raises what it was answered, and TryAgain when the outcome is unknown."""
        place: _Place[Q, A] = _Place(question)
        if self._leads(place) or self._is_called_to_lead(place):
            lane.blocking(self._lead)(place)
        answer = place.answer
        if isinstance(answer, _Alone):
            answer = lane.blocking(self._work)([question])[0]
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            raise errors.TryAgain
        return answer

    def _leads(self, place: _Place[Q, A]) -> bool:
        with self._turn:
            if self._leader is not None and monotonic() - self._since < LOST_SECONDS:
                self._waiting.append(place)
                return False
            self._waiting.appendleft(place)
            self._appoint(place)
            return True

    def _is_called_to_lead(self, place: _Place[Q, A]) -> bool:
        if not place.bell.wait(self._patience):
            with self._turn:
                if place in self._waiting and place is not self._leader:
                    # Nobody has begun with it, and from here on nobody will.
                    self._waiting.remove(place)
        return place is self._leader

    def _appoint(self, place: _Place[Q, A] | None) -> None:
        self._leader, self._since = place, monotonic()

    def _lead(self, leader: _Place[Q, A]) -> None:
        lot = self._take()
        answers: Sequence[A | Exception] = ()
        try:
            answers = self._work([place.question for place in lot])
        except errors.TryAgain:
            answers = [errors.TryAgain() for _ in lot]
        except Exception:  # noqa: BLE001 - whoever asks alone afterwards meets it again, and it is told there
            answers = [_Alone() for _ in lot]
        finally:
            # The next lot begins before this one is told, so that the database never waits for Python.
            self._hand_over(leader)
            for place, answer in zip(lot, answers or [errors.TryAgain() for _ in lot], strict=True):
                place.answer = answer
                if place is not leader:
                    place.bell.ring()

    def _take(self) -> list[_Place[Q, A]]:
        with self._turn:
            return [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]

    def _hand_over(self, leader: _Place[Q, A]) -> None:
        with self._turn:
            if self._leader is not leader:
                return
            following = self._waiting[0] if self._waiting else None
            self._appoint(following)
        if following is not None:
            following.bell.ring()
