"""Requests in a lane take turns: nobody waits for another's waiting, and nobody's waiting is forgotten."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial

import pytest

from prolong_server.bells import bell
from prolong_server.combining import Combiner
from prolong_server.lane import Lane, afterwards, blocking, foremost
from prolong_server.rules import errors
from tests import loops

NAME: ContextVar[str] = ContextVar("NAME")


def carried(*works: Callable[[], None], threads: int = 4, patience: float = 20) -> list[BaseException | None]:
    """Carry them all in one lane, begun in this order; what each has raised."""

    async def carry() -> list[BaseException | None]:
        lane = Lane(asyncio.get_running_loop(), threads, patience)
        return await asyncio.gather(*(lane.carry(work) for work in works), return_exceptions=True)

    return loops.run(carry())


def test_one_who_waits_stands_aside_for_the_next():
    seen: list[str] = []

    def slow() -> None:
        seen.append("slow begins")
        blocking(time.sleep)(0.1)
        seen.append("slow ends")

    assert carried(slow, lambda: seen.append("next")) == [None, None]
    assert seen == ["slow begins", "next", "slow ends"]


def test_what_blocks_is_done_by_another_thread_in_the_same_context():
    told: list[tuple[int, str]] = []

    def here() -> tuple[int, str]:
        return threading.get_ident(), NAME.get()

    def work() -> None:
        NAME.set("mine")
        told.extend([blocking(here)(), here()])

    def stranger() -> None:
        NAME.set("another's")

    assert carried(work, stranger) == [None, None]
    (thread, name), (own, _) = told
    assert (thread != own, name) == (True, "mine")


def test_what_it_raises_is_raised_to_the_one_who_asked_for_it():
    def fail() -> None:
        raise LookupError("here")

    def work() -> None:
        with pytest.raises(LookupError, match="here"):
            blocking(fail)()
        raise ValueError("the end")

    raised = carried(work)[0]
    assert isinstance(raised, ValueError)


def test_what_blocks_within_what_blocks_is_done_where_it_is():
    idents: list[int] = []

    def inner() -> int:
        return threading.get_ident()

    def outer() -> None:
        idents.extend([threading.get_ident(), blocking(inner)()])

    assert carried(lambda: blocking(outer)(), threads=1) == [None]
    assert idents[0] == idents[1]


def test_outside_of_a_lane_what_blocks_is_done_by_who_asks():
    assert blocking(threading.get_ident)() == threading.get_ident()


@pytest.mark.parametrize("early", [True, False])
def test_a_bell_wakes_the_one_who_waits_even_if_it_rings_before(early):
    heard: list[bool] = []

    def waits() -> None:
        mine = bell()
        if early:
            mine.ring()
        else:
            threading.Timer(0.05, mine.ring).start()
        heard.append(mine.wait(20))

    def work() -> None:
        waits()

    assert carried(work) == [None]
    waits()
    assert heard == [True, True]


def test_nobody_waits_for_a_bell_longer_than_it_wants_and_a_late_ring_wakes_nobody():
    heard: list[object] = []

    def work() -> None:
        first, second = bell(), bell()
        heard.append(first.wait(0.05))
        first.ring()
        threading.Timer(0.1, second.ring).start()
        heard.append(second.wait(20))
        blocking(time.sleep)(0.05)
        heard.append("end")

    assert carried(work) == [None]
    assert heard == [False, True, "end"]


def test_all_who_ask_a_combiner_from_a_lane_get_their_own_answers_and_share_its_work():
    lots: list[int] = []

    def work(lot: Sequence[int]) -> Sequence[int | Exception]:
        lots.append(len(lot))
        time.sleep(0.005)
        return [errors.CodeNotFound() if one % 7 == 0 else 10 * one for one in lot]

    combiner = Combiner(work)
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        try:
            answers[number] = combiner.ask(number)
        except errors.CodeNotFound:
            answers[number] = "unknown"

    assert carried(*(lambda number=number: ask(number) for number in range(500))) == [None] * 500
    assert answers == {number: "unknown" if number % 7 == 0 else 10 * number for number in range(500)}
    assert len(lots) < 100


def test_a_thread_and_a_lane_that_ask_the_same_combiner_are_both_answered():
    def work(lot: Sequence[int]) -> Sequence[int | Exception]:
        time.sleep(0.002)
        return [10 * one for one in lot]

    combiner, answers = Combiner(work, most=5), {}

    def ask(number: int) -> None:
        answers[number] = combiner.ask(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    assert carried(*(lambda number=number: ask(number) for number in range(40, 80))) == [None] * 40
    for thread in threads:
        thread.join()
    assert answers == {number: 10 * number for number in range(80)}


def test_a_leader_that_does_not_come_back_keeps_nobody_waiting_and_what_nobody_began_with_is_taken_back():
    through = threading.Event()
    begun: list[int] = []

    def work(lot: Sequence[int]) -> Sequence[int | Exception]:
        begun.extend(lot)
        assert through.wait(20)
        return lot

    combiner, told = Combiner(foremost(work), patience=0.1), {}

    def ask(number: int) -> None:
        with pytest.raises(errors.TryAgain):
            combiner.ask(number)
        told[number] = "try again"
        if len(told) == 2:
            through.set()

    def later() -> None:
        blocking(until_begun)()
        ask(2)

    def until_begun() -> None:
        while not begun:
            time.sleep(0.005)

    assert carried(lambda: ask(1), later) == [None, None]
    assert begun == [1]


def test_who_finds_no_thread_for_what_blocks_is_told_to_try_again_and_none_of_it_was_begun():
    through = threading.Event()
    begun: list[str] = []

    def slow() -> None:
        begun.append("slow")
        assert through.wait(20)

    def late() -> None:
        with pytest.raises(errors.TryAgain):
            blocking(begun.append)("late")
        through.set()

    assert carried(lambda: blocking(slow)(), late, threads=1, patience=0.1) == [None, None]
    assert begun == ["slow"]


def test_a_thread_that_leads_is_answered_after_its_own_lot_however_many_of_a_lane_wait_behind_it():
    gate, answered = threading.Event(), threading.Event()
    lots: list[list[int]] = []

    def work(lot: Sequence[int]) -> Sequence[int | Exception]:
        lots.append(list(lot))
        assert (gate if len(lots) == 1 else answered).wait(20)
        return lot

    combiner = Combiner(work)

    def ask_first() -> None:
        combiner.ask(0)
        answered.set()

    thread = threading.Thread(target=ask_first)
    thread.start()

    def ask(number: int) -> None:
        combiner.ask(number)

    assert carried(partial(ask, 1), partial(ask, 2), gate.set) == [None] * 3
    thread.join(20)
    assert (lots, answered.is_set()) == ([[0], [1, 2]], True)


def test_those_who_wait_for_a_lock_with_every_thread_stop_no_batch():
    through = threading.Event()
    combiner = Combiner[int, int](lambda lot: list(lot))
    answers: list[int] = []

    def holds() -> None:
        blocking(through.wait)(20)

    def asks() -> None:
        answers.append(combiner.ask(7))
        through.set()

    assert carried(holds, asks, threads=1) == [None, None]
    assert answers == [7]


def test_what_is_put_off_is_done_once_when_all_have_had_their_turn_and_at_once_outside_of_a_lane():
    seen: list[str] = []

    def end() -> None:
        seen.append("end")

    def work(name: str) -> None:
        afterwards(end)
        seen.append(name)

    assert carried(partial(work, "first"), partial(work, "second")) == [None, None]
    assert seen == ["first", "second", "end"]
    work("alone")
    assert seen[3:] == ["end", "alone"]


def test_what_is_put_off_in_a_later_turn_is_done_again():
    seen: list[str] = []

    def work() -> None:
        for name in ("first", "second"):
            afterwards(partial(seen.append, name))
            blocking(time.sleep)(0.02)

    assert carried(work) == [None]
    assert seen == ["first", "second"]
