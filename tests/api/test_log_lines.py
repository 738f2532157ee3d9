"""Lines of the log reach their file whole, in their order, and few writes carry many."""

import asyncio
import errno
import io
import json
import threading
from functools import partial
from select import PIPE_BUF

from prolong_server.api.request_log import Lines
from prolong_server.lane import Lane
from tests import loops


class Pieces(io.BytesIO):
    """A file that remembers in which pieces it was written."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, piece) -> int:
        self.pieces.append(bytes(piece))
        return super().write(piece)


def written(lines: Lines, number: int, size: int = 100) -> None:
    lines.write(json.dumps({"number": number, "more": "x" * size}).encode() + b"\n")
    lines.flush()


def numbers(file: Pieces) -> list[int]:
    return [json.loads(line)["number"] for line in file.getvalue().splitlines()]


def test_outside_of_a_lane_each_line_is_written_at_once():
    lines = Lines(file := Pieces())
    for number in range(3):
        written(lines, number)
        assert numbers(file) == list(range(number + 1))
    assert len(file.pieces) == 3


def test_the_lines_of_one_turn_of_a_lane_are_written_together_and_none_is_cut_between_two_writes():
    lines = Lines(file := Pieces())

    async def carry() -> None:
        lane = Lane(asyncio.get_running_loop(), 1)
        await asyncio.gather(*(lane.carry(partial(written, lines, number)) for number in range(200)))

    loops.run(carry())
    assert numbers(file) == list(range(200))
    assert len(file.pieces) < 20
    assert all(piece.endswith(b"\n") and len(piece) <= PIPE_BUF for piece in file.pieces)


def test_a_line_longer_than_a_pipe_takes_at_once_is_written_alone():
    lines = Lines(file := Pieces())
    for number, size in enumerate((10, 2 * PIPE_BUF, 10)):
        written(lines, number, size)
    assert numbers(file) == [0, 1, 2]


class Full(Pieces):
    """A file on a disk that takes so many more bytes, and then none until it is told otherwise."""

    room = 150

    def write(self, piece) -> int:
        taken = super().write(bytes(piece)[: self.room]) if self.room else 0
        if not taken:
            raise OSError(errno.ENOSPC, "full")
        self.room -= taken
        return taken


def test_a_full_disk_loses_lines_and_raises_nothing_and_no_later_line_is_joined_to_one_that_was_cut():
    lines = Lines(file := Full())
    for number in range(3):
        written(lines, number, size=50)
    file.room = 1000
    for number in range(3, 5):
        written(lines, number, size=50)
    first, cut, *later = file.getvalue().splitlines()
    assert [json.loads(line)["number"] for line in (first, *later)] == [0, 3, 4]
    assert cut.startswith(b'{"number": 1')
    assert not cut.endswith(b"}")


def test_lines_of_many_threads_are_all_written_once():
    lines = Lines(file := Pieces())

    def write(first: int) -> None:
        for number in range(first, first + 100):
            written(lines, number)

    threads = [threading.Thread(target=write, args=[first]) for first in range(0, 800, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers(file)) == list(range(800))
