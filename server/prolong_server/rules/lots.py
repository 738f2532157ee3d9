"""The codes of one order, which are needed in two orders: ascending for the database, and as drawn for the dealer.

Rows go to the database in the order of their digests, which begin with the symbols of the code (`digests.GROUPED`). So
the first symbol of every code is drawn first, and then the rest of all codes with the first symbol, of all with the
second, and so on: the database is at work before most codes exist, and nobody ever sorts a million. The list is dealt
out again by the first symbols in the order in which they were drawn. It is as random as the codes: if it ascended, a
customer's code would tell how much of an order was sold before it.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from struct import unpack
from typing import Final

from prolong_server.rules import codes
from prolong_server.rules.codes import ALPHABET, BLANK, RANDOM_SYMBOLS

# What goes to the database at once is worth its way; what is drawn between two such takes no longer than its writing.
_WORTH: Final = 512
_STEP: Final = 1024
_AHEAD: Final = 2048
_SYMBOLS: Final = ALPHABET.encode("ascii")


class Lot:
    """`count` codes from `random(n)`, the system's CSPRNG, all 24 symbols of each independent of the others.

    As in `codes.generate_block`, those that look marked are thrown away, and as many are drawn anew at the end.
    """

    def __init__(self, count: int, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._firsts = codes.draw_symbols(count, random)
        self._drawn: dict[int, bytes] = {}
        self._anew: bytes | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether all codes are there, so that they can be listed."""
        return self._anew is not None

    def ascending(self) -> Iterator[bytes]:
        """Draw the codes: as blocks, the codes of each less than those of the next, but in no order within.

        Only the last block, the few that are drawn anew, ascends from none. RuntimeError if `random` is broken.
        """
        yield from _worth_a_step(self._by_two_symbols(self._draw()))
        if self._anew:
            yield self._anew

    def listed(self, size: int) -> Iterator[bytes]:
        """The codes, once they are drawn, in the order of the list: as blocks of `size` codes, the last of the rest."""
        streams = {symbol: chain.from_iterable(_steps(block)) for symbol, block in self._drawn.items()}
        width, waiting = size * RANDOM_SYMBOLS, b""
        for start in range(0, len(self._firsts), size):
            dealt = map(next, map(streams.__getitem__, self._firsts[start : start + size]))
            waiting += b"".join(dealt).replace(BLANK, b"")
            if len(waiting) >= width:
                yield waiting[:width]
                waiting = waiting[width:]
        waiting += self._anew or b""
        yield from (waiting[at : at + width] for at in range(0, len(waiting), width))

    def _by_two_symbols(self, draw: Iterator[None]) -> Iterator[bytes]:
        waiting: Iterator[bytes] = iter(())
        for symbol in _SYMBOLS:
            by_second: dict[int, list[bytes]] = {second: [] for second in _SYMBOLS}
            split = self._split(symbol, by_second, draw)
            for block in waiting:
                yield block
                # One step of each for a block: who awaits the blocks never awaits the drawing or splitting of many.
                next(split, None)
                next(draw, None)
            _finish(split)
            waiting = map(b"".join, by_second.values())
        _finish(draw)
        yield from waiting

    def _split(self, symbol: int, by_second: dict[int, list[bytes]], draw: Iterator[None]) -> Iterator[None]:
        """Split the codes with this first symbol by their second, a step at a time."""
        while symbol not in self._drawn:
            next(draw, None)
            yield
        for step in _steps(self._drawn[symbol].replace(BLANK, b"")):
            for code in step:
                by_second[code[1]].append(code)
            yield

    def _draw(self) -> Iterator[None]:
        """Draw the codes first symbol by first symbol, a step at a time."""
        sound = 0
        for symbol in _SYMBOLS:
            steps, count = [], self._firsts.count(symbol)
            for start in range(0, count, _AHEAD):
                steps.append(self._beginning_with(symbol, min(_AHEAD, count - start)))
                yield
            self._drawn[symbol] = b"".join(steps)
            sound += len(self._drawn[symbol].replace(BLANK, b"")) // RANDOM_SYMBOLS
        self._anew = codes.generate_block(len(self._firsts) - sound, self._random)

    def _beginning_with(self, symbol: int, count: int) -> bytes:
        block = bytearray(codes.draw_symbols(count * RANDOM_SYMBOLS, self._random))
        block[::RANDOM_SYMBOLS] = bytes([symbol]) * count
        return codes.blank_look_alikes(bytes(block))


def _finish(work: Iterator[None]) -> None:
    for _ in work:
        pass


def _worth_a_step(blocks: Iterable[bytes]) -> Iterator[bytes]:
    waiting = b""
    for block in blocks:
        waiting += block
        if len(waiting) >= _WORTH * RANDOM_SYMBOLS:
            yield waiting
            waiting = b""
    if waiting:
        yield waiting


def _steps(block: bytes) -> Iterator[tuple[bytes, ...]]:
    for start in range(0, len(block), _STEP * RANDOM_SYMBOLS):
        step = block[start : start + _STEP * RANDOM_SYMBOLS]
        yield unpack(f"{RANDOM_SYMBOLS}s" * (len(step) // RANDOM_SYMBOLS), step)
