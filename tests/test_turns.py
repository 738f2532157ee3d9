"""Of those who want the same thing one is at work; the others wait in their order, and in a lane without a thread."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from prolong_server import lane
from prolong_server.lane import Lane
from prolong_server.rules import errors
from prolong_server.turns import Turns
from tests import loops


def carried(*works: Callable[[], None], threads: int = 1) -> None:
    """Carry them all in one lane, begun in this order, with so few threads."""

    async def carry() -> None:
        road = Lane(asyncio.get_running_loop(), threads)
        await asyncio.gather(*(road.carry(work) for work in works))

    loops.run(carry())


def test_one_key_is_worked_on_by_one_at_a_time_in_the_order_of_their_coming():
    turns, seen = Turns(20), list[tuple[str, int]]()

    def work(number: int) -> None:
        with turns.of("key"):
            seen.append(("begins", number))
            lane.blocking(lambda: None)()
            seen.append(("ends", number))

    carried(*(partial(work, number) for number in range(20)))
    assert seen == [(what, number) for number in range(20) for what in ("begins", "ends")]


def test_many_who_wait_for_one_key_leave_the_threads_to_others():
    turns, release, seen = Turns(20), threading.Event(), list[str]()

    def holds(number: int) -> None:
        with turns.of("key"):
            lane.blocking(release.wait)(20)
            seen.append(f"key {number}")

    def another() -> None:
        with turns.of("other"):
            lane.blocking(seen.append)("other")
            release.set()

    carried(*(partial(holds, number) for number in range(10)), another, threads=2)
    assert seen == ["other", *(f"key {number}" for number in range(10))]


def test_who_waits_too_long_is_told_to_try_again_and_the_next_still_has_its_turn():
    turns, release, seen = Turns(0.2), threading.Event(), list[str]()

    def holds() -> None:
        with turns.of("key"):
            lane.blocking(release.wait)(20)

    def waits() -> None:
        with pytest.raises(errors.TryAgain), turns.of("key"):
            seen.append("never")
        release.set()
        lane.blocking(lambda: None)()
        with turns.of("key"):
            seen.append("later")

    carried(holds, waits, threads=2)
    assert seen == ["later"]


def test_a_turn_that_ends_with_an_error_is_handed_on():
    turns = Turns(20)
    with pytest.raises(LookupError), turns.of("key"):
        raise LookupError
    with turns.of("key"):
        pass


def test_threads_take_turns_too():
    turns, inside, most = Turns(20), list[int](), list[int]()

    def work(number: int) -> None:
        with turns.of("key"):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(2000)))
    assert (set(most), len(most)) == ({1}, 2000)
