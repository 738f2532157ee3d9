"""The lane: a thread's event loop that carries many requests in turn, each until it has to wait for something.

When every request is carried by a thread of its own, all of them contend for the one interpreter: each waits for it
anew after every pause, and the last of 64 waits more than twice as long as most. In the lane a request that waits
stands aside for the next, as a greenlet does, and goes on in the order in which what it waited for has come. What
blocks (a database, a file, a lock) is done by another thread meanwhile (`blocking`). The lane never waits (ADR 0016).

Whoever holds a lock of `threading` must not wait in the lane: the next who wants that lock would stop it for ever.
"""

import os
import threading
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future as Work
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from functools import partial, wraps
from typing import Any, Final, ParamSpec, TypeVar

from greenlet import getcurrent, greenlet

from prolong_server.rules import errors

# How late the end of somebody's patience may be noticed.
TICK_SECONDS: Final = 0.1
# A caller is told within two seconds, whatever happens: who has not come back by then is not waited for.
PATIENCE_SECONDS: Final = 1.8
# Threads for what many wait for: one is at work, and another where one does not come back.
KEPT: Final = 4
P = ParamSpec("P")
T = TypeVar("T")


def blocking(work: Callable[P, T]) -> Callable[P, T]:
    """A function that may block: in a lane another thread does it, in the same context, and the lane goes on."""
    return _aside(work, lambda lane: lane.threads)


def foremost(work: Callable[P, T]) -> Callable[P, T]:
    """As `blocking`, for what many wait for: threads are kept for it, so that it waits behind nothing else."""
    return _aside(work, lambda lane: lane.kept)


def _aside(work: Callable[P, T], threads: "Callable[[Lane], ThreadPoolExecutor]") -> Callable[P, T]:
    @wraps(work)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        fiber = present()
        if fiber is None:
            return work(*args, **kwargs)
        told: T = fiber.aside(threads(fiber.lane), partial(work, *args, **kwargs))
        return told

    return done


def afterwards(work: Callable[[], object]) -> None:
    """Do the work once when all whose turn it is have had it; outside of a lane at once."""
    fiber = present()
    if fiber is None:
        work()
    else:
        fiber.lane.put_off(work)


def present() -> "Fiber | None":
    """The request in a lane that asks; None for a thread."""
    found = getcurrent()
    return found if isinstance(found, Fiber) else None


class Lane:
    """An event loop as a lane, made in its own thread, with so many others for what blocks.

    Whoever waits in vain for one of them, for `patience` seconds, is told TryAgain; nothing of its work was begun.
    """

    def __init__(self, loop: AbstractEventLoop, threads: int, patience: float = PATIENCE_SECONDS) -> None:
        self.loop, self.patience = loop, patience
        self.threads = ThreadPoolExecutor(threads, "aside")
        self.kept = ThreadPoolExecutor(KEPT, "kept")
        self._home = threading.get_ident()
        self._turns: deque[tuple[Callable[[Any], object], object]] = deque()
        self._is_called = self._is_watched = False
        self._put_off: dict[Callable[[], object], None] = {}
        self._waiting: set[Fiber] = set()

    async def carry(self, work: Callable[[], None]) -> None:
        """Do the work, and return when all of it is done. Raises what it raises."""
        end: Future[None] = self.loop.create_future()
        Fiber(self, work, end, copy_context()).switch()
        await end

    def hold(self, fiber: "Fiber") -> None:
        """Remember one who waits for a bell, and when its patience ends."""
        self._waiting.add(fiber)
        if not self._is_watched:
            self._is_watched = True
            self.loop.call_later(TICK_SECONDS, self._watch)

    def release(self, fiber: "Fiber") -> None:
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

    def begin(self, work: Callable[[], None]) -> None:
        """Let the lane do the work, in the same context, when its turn comes. Any thread may ask for it."""
        self.post(self._begin, (work, copy_context()))

    def _begin(self, begun: tuple[Callable[[], None], Context]) -> None:
        end: Future[None] = self.loop.create_future()
        # Nobody waits for its end, so that the loop reports what it may have raised.
        end.add_done_callback(Future.result)
        Fiber(self, begun[0], end, begun[1]).switch()

    def put_off(self, work: Callable[[], object]) -> None:
        """Do the work at the end of this turn, once, however often it is asked for."""
        if not self._put_off:
            self.loop.call_soon(self._end_turn)
        self._put_off[work] = None

    def _end_turn(self) -> None:
        works, self._put_off = self._put_off, {}
        for work in works:
            work()

    def post(self, go_on: Callable[[Any], object], told: object) -> None:
        """Let somebody go on, from any thread. One call of the loop serves all who came before it."""
        self._turns.append((go_on, told))
        if not self._is_called:
            self._is_called = True
            # Only a stranger has to wake the loop, which costs two system calls.
            is_at_home = threading.get_ident() == self._home
            (self.loop.call_soon if is_at_home else self.loop.call_soon_threadsafe)(self._take_turns)

    def _take_turns(self) -> None:
        # In this order: whoever is not among those counted here finds the loop not called.
        self._is_called = False
        for _ in range(len(self._turns)):
            go_on, told = self._turns.popleft()
            go_on(told)


class Fiber(greenlet):
    """What the lane carries: a request, or work for many. Nothing of it is changed elsewhere, so it needs no lock."""

    def __init__(self, lane: Lane, work: Callable[[], None], end: "Future[None]", context: Context) -> None:
        super().__init__(self._run)
        self.gr_context = context
        self.lane, self._work, self._end = lane, work, end
        self._awaited: object | None = None
        self._aside: Work[Any] | None = None
        self._watched: int | None = None
        self.until = 0.0

    def aside(self, threads: ThreadPoolExecutor, work: Callable[[], Any]) -> Any:
        """Stand aside until one of the threads has done the work. Raises what it raises."""
        self._aside = threads.submit(copy_context().run, work)
        self.until = self.lane.loop.time() + self.lane.patience
        self.lane.hold(self)
        self._aside.add_done_callback(self._is_done)
        return self._stand_aside().result()

    def _is_done(self, done: "Work[Any]") -> None:
        if not done.cancelled():
            self.lane.post(self._go_on, done)

    def _go_on(self, done: "Work[Any]") -> None:
        self._aside = None
        self.lane.release(self)
        self.switch(done)

    def until_ready(self, descriptor: int, seconds: float, *, reads: bool, writes: bool) -> tuple[bool, bool]:
        """Stand aside until a file can be read or written, as is wanted, at most so long; which of them it can be."""
        self._watched, self.until = descriptor, self.lane.loop.time() + seconds
        self.lane.hold(self)
        if reads:
            self.lane.loop.add_reader(descriptor, self._is_ready, descriptor, (True, False))
        if writes:
            self.lane.loop.add_writer(descriptor, self._is_ready, descriptor, (False, True))
        return self._stand_aside()  # type: ignore[no-any-return]

    def _is_ready(self, descriptor: int, ready: tuple[bool, bool]) -> None:
        # The loop watches again when it has come back from here: it must not be asked to in the middle of this.
        self._watched = None
        self.lane.release(self)
        self.lane.loop.remove_reader(descriptor)
        self.lane.loop.remove_writer(descriptor)
        self.lane.post(self.switch, ready)

    def pause(self) -> None:
        """Stand aside for all whose turn has come, those of other threads included."""
        os.sched_yield()
        self.lane.post(self.switch, None)
        self._stand_aside()

    def wait(self, bell: object, seconds: float) -> bool:
        """Stand aside until it hears the bell, at most so long; whether it has heard it."""
        self._awaited, self.until = bell, self.lane.loop.time() + seconds
        self.lane.hold(self)
        return self._stand_aside()  # type: ignore[no-any-return]

    def _stand_aside(self) -> Any:
        # Its parent is the loop's own greenlet, where it was made; who lets it go on tells it what this returns.
        return self.parent.switch() if self.parent else None

    def hear(self, bell: object) -> None:
        """The bell has rung."""
        if self._awaited is bell:
            self._stop_waiting(rung=True)

    def give_up(self) -> None:
        """Its patience is at its end: it stops waiting, but not for work that another thread has begun with."""
        if self._awaited is not None:
            self._stop_waiting(rung=False)
        elif self._aside is not None and self._aside.cancel():
            self._go_on(_not_begun())
        elif self._watched is not None:
            self._is_ready(self._watched, (False, False))
        else:
            self.lane.release(self)

    def _stop_waiting(self, *, rung: bool) -> None:
        self._awaited = None
        self.lane.release(self)
        self.switch(rung)

    def _run(self) -> None:
        tell = partial(self._end.set_result, None)
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits for the end
            tell = partial(self._end.set_exception, error)
        if not self._end.cancelled():
            tell()


def _not_begun() -> "Work[Any]":
    told: Work[Any] = Work()
    told.set_exception(errors.TryAgain())
    return told
