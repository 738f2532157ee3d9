"""Those who ask together are answered together, and whatever becomes of their leader, nobody waits for ever."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from prolong_server import combining
from prolong_server.combining import Combiner
from prolong_server.rules import errors


class Gate:
    """Work that waits in its first lot until it is let through, and remembers every lot."""

    def __init__(self, answer: Callable[[Sequence[int]], Sequence[int | Exception]] | None = None) -> None:
        self.lots: list[list[int]] = []
        self.begun, self.through = threading.Event(), threading.Event()
        self._answer = answer or (lambda lot: [10 * one for one in lot])

    def work(self, lot: Sequence[int]) -> Sequence[int | Exception]:
        self.lots.append(list(lot))
        if len(self.lots) == 1:
            self.begun.set()
            assert self.through.wait(20)
        return self._answer(lot)


def asked_behind(combiner: Combiner[int, int], gate: Gate, numbers: Sequence[int]) -> list[Future[int]]:
    """Ask 0, and the numbers one after the other while it is at work; then let it through."""
    threads = ThreadPoolExecutor(len(numbers) + 1)
    futures = [threads.submit(combiner.ask, 0)]
    assert gate.begun.wait(20)
    for number in numbers:
        futures.append(threads.submit(combiner.ask, number))
        until(lambda: len(combiner._waiting) == len(futures) - 1)
    gate.through.set()
    threads.shutdown(wait=False)
    return futures


def until(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("it never became true")


def told(future: Future[int]) -> int | type[BaseException]:
    error = future.exception(20)
    return future.result() if error is None else type(error)


def test_one_who_is_alone_is_answered_at_once_and_alone():
    gate = Gate()
    gate.through.set()
    combiner = Combiner(gate.work)
    assert [combiner.ask(1), combiner.ask(2)] == [10, 20]
    assert gate.lots == [[1], [2]]


def test_those_who_wait_are_answered_together_in_their_order_at_most_so_many():
    gate = Gate()
    futures = asked_behind(Combiner(gate.work, most=3), gate, [1, 2, 3, 4, 5])
    assert [told(future) for future in futures] == [0, 10, 20, 30, 40, 50]
    assert gate.lots == [[0], [1, 2, 3], [4, 5]]


def test_an_exception_among_the_answers_is_raised_to_its_asker_alone():
    gate = Gate(lambda lot: [errors.CodeNotFound() if one == 2 else one for one in lot])
    futures = asked_behind(Combiner(gate.work), gate, [1, 2, 3])
    assert [told(future) for future in futures] == [0, 1, errors.CodeNotFound, 3]


def test_a_fault_in_one_question_spoils_no_other():
    def answer(lot: Sequence[int]) -> Sequence[int]:
        if 2 in lot:
            raise ZeroDivisionError
        return lot

    gate = Gate(answer)
    futures = asked_behind(Combiner(gate.work), gate, [1, 2, 3])
    assert [told(future) for future in futures] == [0, 1, ZeroDivisionError, 3]
    assert gate.lots[1] == [1, 2, 3]
    assert sorted(gate.lots[2:]) == [[1], [2], [3]]


def test_an_outage_is_told_to_all_who_were_asked_for_and_the_next_are_served():
    def answer(lot: Sequence[int]) -> Sequence[int]:
        if 1 in lot:
            raise errors.TryAgain
        return lot

    gate = Gate(answer)
    combiner = Combiner(gate.work, most=2)
    futures = asked_behind(combiner, gate, [1, 2, 3])
    assert [told(future) for future in futures] == [0, errors.TryAgain, errors.TryAgain, 3]
    assert combiner.ask(4) == 4


class Killed(BaseException):
    """What ends a thread from outside."""


def test_a_leader_that_is_killed_leaves_nobody_hanging():
    def answer(lot: Sequence[int]) -> Sequence[int]:
        if 1 in lot:
            raise Killed
        return lot

    gate = Gate(answer)
    combiner = Combiner(gate.work, most=2)
    futures = asked_behind(combiner, gate, [1, 2, 3, 4])
    assert [told(future) for future in futures] == [0, Killed, errors.TryAgain, 3, 4]
    assert combiner.ask(5) == 5


def test_whoever_waits_for_a_leader_that_does_not_come_back_is_told_to_try_again_in_time():
    gate = Gate()
    combiner = Combiner(gate.work, patience=0.2)
    with ThreadPoolExecutor(1) as threads:
        stuck = threads.submit(combiner.ask, 0)
        assert gate.begun.wait(20)
        began = time.monotonic()
        with pytest.raises(errors.TryAgain):
            combiner.ask(1)
        assert 0.2 <= time.monotonic() - began < 2
        gate.through.set()
        assert stuck.result(20) == 0
    assert combiner.ask(2) == 20
    assert gate.lots == [[0], [2]], "what was given up was asked all the same"


def test_a_leader_that_is_lost_is_replaced_and_may_still_come_back(monkeypatch):
    monkeypatch.setattr(combining, "LOST_SECONDS", 0.05)
    gate = Gate()
    combiner = Combiner(gate.work, patience=20)
    with ThreadPoolExecutor(2) as threads:
        stuck = threads.submit(combiner.ask, 0)
        assert gate.begun.wait(20)
        time.sleep(0.1)
        assert combiner.ask(1) == 10
        gate.through.set()
        assert stuck.result(20) == 0
    assert combiner.ask(2) == 20
