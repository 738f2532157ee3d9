"""Group commit among requests: those who ask at the same time are answered together, by the work of one of them.

The first to come leads. While it works the others gather; then the first of them leads what has gathered. Nobody ever
waits for others to come, so that one who is alone is served at once. For requests in a lane the lane itself leads, and
goes on while anybody waits. See ADR 0014 and 0016.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Final, Generic, TypeVar

from prolong_server import bells, lane
from prolong_server.rules import errors

MOST: Final = 64
LOST_SECONDS: Final = 10.0
Q = TypeVar("Q")
A = TypeVar("A")


class _Alone(Exception):
    """A fault that nobody foresaw has spoiled a lot; one of it is the cause, so each is to be answered by itself."""


class _Place(Generic[Q, A]):
    """One who waits: what it asks, what it is told, and the bell that wakes it."""

    __slots__ = ("answer", "bell", "lane", "question")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | Exception | None = None
        self.bell = bells.bell()
        fiber = lane.present()
        self.lane = fiber.lane if fiber else None


class Combiner(Generic[Q, A]):
    """Answers questions of many together, at most `most` at once and one lot after the other.

    `work` answers a lot in its order; an exception among the answers is raised to the one who asked. If `work` itself
    raises TryAgain, each of the lot is told so; after anything else each is answered by a `work` of its own.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Q]], Sequence[A | Exception]],
        most: int = MOST,
        patience: float = lane.PATIENCE_SECONDS,
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
        if place.lane is not None:
            if self._leads(place):
                place.lane.begin(partial(self._lead, place))
            self._waits(place)
        elif self._leads(place) or (self._waits(place) and place is self._leader):
            self._lead(place)
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

    def _waits(self, place: _Place[Q, A]) -> bool:
        """Wait to be answered or called to lead, as long as patience lasts."""
        rung = place.bell.wait(self._patience)
        if not rung:
            with self._turn:
                if place in self._waiting and place is not self._leader:
                    # Nobody has begun with it, and from here on nobody will.
                    self._waiting.remove(place)
        return rung or place is self._leader

    def _appoint(self, place: _Place[Q, A] | None) -> None:
        self._leader, self._since = place, monotonic()

    def _lead(self, leader: _Place[Q, A]) -> None:
        while self._work_off(leader):
            pass

    def _work_off(self, leader: _Place[Q, A]) -> bool:
        """Answer one lot; whether this leader is to go on with the next."""
        self._gather()
        lot = self._take()
        goes_on = False
        answers: Sequence[A | Exception] = ()
        try:
            answers = self._work([place.question for place in lot])
        except errors.TryAgain:
            answers = [errors.TryAgain() for _ in lot]
        except Exception:  # noqa: BLE001 - whoever asks alone afterwards meets it again, and it is told there
            answers = [_Alone() for _ in lot]
        finally:
            # The next leader begins before this lot is told, so that the database never waits for Python.
            goes_on = self._hand_over(leader)
            for place, answer in zip(lot, answers or [errors.TryAgain() for _ in lot], strict=True):
                place.answer = answer
                if place is not leader or leader.lane is not None:
                    place.bell.ring()
        return goes_on

    def _gather(self) -> None:
        """In a lane, let come whoever is on the way: as long as every turn of it brings somebody."""
        fiber, before = lane.present(), 0
        while fiber is not None and before < len(self._waiting) < self._most:
            before = len(self._waiting)
            fiber.pause()

    def _take(self) -> list[_Place[Q, A]]:
        with self._turn:
            return [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]

    def _hand_over(self, leader: _Place[Q, A]) -> bool:
        with self._turn:
            if self._leader is not leader:
                return False
            following = self._waiting[0] if self._waiting else None
            # The lane that leads has no request of its own that waits meanwhile.
            goes_on = following is not None and leader.lane is not None
            self._appoint(leader if goes_on else following)
        if following is None or goes_on:
            return goes_on
        if following.lane is not None:
            following.lane.begin(partial(self._lead, following))
        else:
            following.bell.ring()
        return False
