"""The lane: a thread's event loop that carries many requests in turn, each until it has to wait for something.

When every request is carried by a thread of its own, all of them contend for the one interpreter: each waits for it
anew after every pause, and the last of 64 waits more than twice as long as most. In the lane a request that waits
stands aside for the next, as a greenlet does, and goes on in the order in which what it waited for has come. What
blocks (a database, a file, a lock) is done by another thread meanwhile (`blocking`), so that the lane never waits.
See ADR 0016.

Whoever holds a lock of `threading` must not wait in the lane: the next who wants that lock would stop it for ever.
"""

import concurrent.futures
import threading
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial, wraps
from typing import Any, Final, NoReturn, ParamSpec, Protocol, TypeVar

from greenlet import getcurrent, greenlet

from prolong_server.rules import errors

# How late the end of somebody's patience may be noticed.
TICK_SECONDS: Final = 0.1
# A caller is told within two seconds, whatever happens: who has not come back by then is not waited for.
PATIENCE_SECONDS: Final = 1.8
# One leads; another follows where one does not come back. They wait behind nothing else that may block.
LEADERS: Final = 4
P = ParamSpec("P")
T = TypeVar("T")


class Bell(Protocol):
    """Rings once; one waits for it."""

    def ring(self) -> None:
        """Wake the one who waits, or will wait. Any thread may ring."""

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, at most so long; whether it has rung."""


def bell() -> Bell:
    """A bell for whoever asks for it: a request in a lane, or a thread."""
    fiber = getcurrent()
    return _LaneBell(fiber) if isinstance(fiber, _Fiber) else _ThreadBell()


def blocking(work: Callable[P, T]) -> Callable[P, T]:
    """A function that may block: in a lane another thread does it, in the same context, and the lane goes on."""

    @wraps(work)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        fiber = getcurrent()
        if isinstance(fiber, _Fiber):
            told: T = fiber.aside(partial(work, *args, **kwargs))
            return told
        return work(*args, **kwargs)

    return done


def here() -> "Lane | None":
    """The lane of whoever asks, if it is a request in one."""
    fiber = getcurrent()
    return fiber.lane if isinstance(fiber, _Fiber) else None


class Lane:
    """An event loop as a lane, with so many threads for what blocks.

    Whoever waits in vain for one of them, for `patience` seconds, is told TryAgain; nothing of its work was begun.
    """

    def __init__(self, loop: AbstractEventLoop, threads: int, patience: float = PATIENCE_SECONDS) -> None:
        self.loop, self.patience = loop, patience
        self.threads = ThreadPoolExecutor(threads, "aside")
        self._leaders = ThreadPoolExecutor(LEADERS, "leader")
        self._turns: deque[tuple[Callable[[Any], object], object]] = deque()
        self._is_called = False
        self._waiting: set[_Fiber] = set()
        self._is_watched = False

    async def carry(self, work: Callable[[], None]) -> None:
        """Do the work, and return when all of it is done. Raises what it raises."""
        end: Future[None] = self.loop.create_future()
        _Fiber(self, work, end).switch()
        await end

    def hold(self, fiber: "_Fiber") -> None:
        """Remember one who waits for a bell, and when its patience ends."""
        self._waiting.add(fiber)
        if not self._is_watched:
            self._is_watched = True
            self.loop.call_later(TICK_SECONDS, self._watch)

    def release(self, fiber: "_Fiber") -> None:
        """Forget one whose waiting is over."""
        self._waiting.discard(fiber)

    def _watch(self) -> None:
        # A timer for each would cost more than all the rest of its waiting.
        now = self.loop.time()
        for fiber in [one for one in self._waiting if one.until <= now]:
            fiber.give_up()
        self._is_watched = bool(self._waiting)
        if self._is_watched:
            self.loop.call_later(TICK_SECONDS, self._watch)

    def begin(self, work: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Let a thread that is kept for it do the work, in the same context, and do not wait for it."""
        self._leaders.submit(partial(copy_context().run, partial(work, *args, **kwargs)))

    def post(self, go_on: Callable[[Any], object], told: object) -> None:
        """Let somebody go on, from any thread. One call of the loop serves all who came before it."""
        self._turns.append((go_on, told))
        if not self._is_called:
            self._is_called = True
            self.loop.call_soon_threadsafe(self._take_turns)

    def _take_turns(self) -> None:
        # In this order: whoever is not among those counted here finds the loop not called.
        self._is_called = False
        for _ in range(len(self._turns)):
            go_on, told = self._turns.popleft()
            go_on(told)


class _Outcome:
    """What work came to: its result, or what it has raised."""

    __slots__ = ("error", "result")

    def __init__(self, work: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        try:
            self.result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits for it
            self.error = error

    def told(self) -> Any:
        """The result. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.result


class _Fiber(greenlet):
    """A request in the lane. What it waits for is changed in the lane alone, so that no lock is needed."""

    def __init__(self, lane: Lane, work: Callable[[], None], end: "Future[None]") -> None:
        super().__init__(self._run)
        self.gr_context = copy_context()
        self.lane, self._work, self._end = lane, work, end
        self._awaited: _LaneBell | None = None
        self._aside: concurrent.futures.Future[_Outcome] | None = None
        self.until = 0.0

    def aside(self, work: Callable[[], Any]) -> Any:
        """Stand aside until another thread has done the work. Raises what it raises."""
        self._aside = self.lane.threads.submit(_Outcome, partial(copy_context().run, work))
        self.until = self.lane.loop.time() + self.lane.patience
        self.lane.hold(self)
        self._aside.add_done_callback(self._is_done)
        return self._stand_aside().told()

    def _is_done(self, done: "concurrent.futures.Future[_Outcome]") -> None:
        if not done.cancelled():
            self.lane.post(self._go_on, done.result())

    def _go_on(self, outcome: _Outcome) -> None:
        self._aside = None
        self.lane.release(self)
        self.switch(outcome)

    def wait(self, bell: "_LaneBell", seconds: float) -> bool:
        """Stand aside until the bell rings, at most so long."""
        self._awaited, self.until = bell, self.lane.loop.time() + seconds
        self.lane.hold(self)
        rung: bool = self._stand_aside()
        return rung

    def _stand_aside(self) -> Any:
        # Its parent is the loop's own greenlet, where it was made; who lets it go on tells it what this returns.
        return self.parent.switch() if self.parent else None

    def hear(self, bell: "_LaneBell") -> None:
        """The bell has rung."""
        if self._awaited is bell:
            self._stop_waiting(rung=True)

    def give_up(self) -> None:
        """Its patience is at its end: it stops waiting, but not for work that another thread has begun with."""
        if self._awaited is not None:
            self._stop_waiting(rung=False)
        elif self._aside is not None and self._aside.cancel():
            self._go_on(_Outcome(_come_again))
        else:
            self.lane.release(self)

    def _stop_waiting(self, *, rung: bool) -> None:
        self._awaited = None
        self.lane.release(self)
        self.switch(rung)

    def _run(self) -> None:
        outcome = _Outcome(self._work)
        if self._end.cancelled():
            return
        if outcome.error is None:
            self._end.set_result(None)
        else:
            self._end.set_exception(outcome.error)


def _come_again() -> NoReturn:
    raise errors.TryAgain


class _LaneBell:
    """A bell for a request in a lane."""

    def __init__(self, fiber: _Fiber) -> None:
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
