"""The codes of one order, which are needed in two orders: ascending for the database, and as drawn for the dealer.

Rows go to the database in the order of their digests, which begin with the symbols of the code (`digests.GROUPED`). So
the first eight bits of every code are drawn first, its *head*: the first symbol and three bits of the second. Then the
rest of all codes with the first head is drawn, of all with the second, and so on: the database is at work before most
codes exist, and nobody ever sorts a million. The list is dealt out again by the heads in the order in which they were
drawn. It is as random as the codes: if it ascended, a customer's code would tell how much of an order was sold before.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, starmap
from struct import iter_unpack
from typing import Final

from prolong_server.rules import codes
from prolong_server.rules.codes import ALPHABET, BLANK, RANDOM_SYMBOLS

# So many codes are worth their way to the database.
_WORTH: Final = 512
_SYMBOLS: Final = ALPHABET.encode("ascii")
#: What the last bits of a head make of a second symbol: one of four, the same for one symbol of eight.
_SECONDS: Final = [
    bytes.maketrans(_SYMBOLS, bytes(_SYMBOLS[part << 2 | value & 3] for value in range(len(_SYMBOLS))))
    for part in range(8)
]


class Lot:
    """`count` codes from `random(n)`, the system's CSPRNG, all 24 symbols of each independent of the others.

    As in `codes.generate_block`, those that look marked are thrown away, and as many are drawn anew at the end.
    """

    def __init__(self, count: int, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._heads = codes.draw(count, random)
        self._drawn: dict[int, bytes] = {}
        self._anew = b""

    def ascending(self) -> Iterator[bytes]:
        """Draw the codes: as blocks, the codes of each less than those of the next, but in no order within.

        Only the last block, the few that are drawn anew, ascends from none. RuntimeError if `random` is broken.
        """
        sound = 0
        for block in _worth_a_step(starmap(self._draw, _counted(self._heads))):
            sound += len(block) // RANDOM_SYMBOLS
            yield block
        self._anew = codes.generate_block(len(self._heads) - sound, self._random)
        if self._anew:
            yield self._anew

    def listed(self, size: int) -> Iterator[bytes]:
        """The codes, once they are drawn, in the order of the list: as blocks of `size` codes, the last of the rest."""
        streams = {
            head: chain.from_iterable(iter_unpack(f"{RANDOM_SYMBOLS}s", block)) for head, block in self._drawn.items()
        }
        width, waiting = size * RANDOM_SYMBOLS, b""
        for start in range(0, len(self._heads), size):
            dealt = map(next, map(streams.__getitem__, self._heads[start : start + size]))
            waiting += b"".join(dealt).replace(BLANK, b"")
            if len(waiting) >= width:
                yield waiting[:width]
                waiting = waiting[width:]
        waiting += self._anew
        yield from (waiting[at : at + width] for at in range(0, len(waiting), width))

    def _draw(self, head: int, count: int) -> bytes:
        """So many codes with this head, but for those that look marked."""
        block = bytearray(codes.draw_symbols(count * RANDOM_SYMBOLS, self._random))
        first, part = divmod(head, len(_SECONDS))
        block[::RANDOM_SYMBOLS] = bytes([_SYMBOLS[first]]) * count
        block[1::RANDOM_SYMBOLS] = block[1::RANDOM_SYMBOLS].translate(_SECONDS[part])
        self._drawn[head] = codes.blank_look_alikes(bytes(block))
        return self._drawn[head].replace(BLANK, b"")


def _counted(heads: bytes) -> Iterator[tuple[int, int]]:
    """Every head that there is, ascending, and how often: all are gone through for each first symbol, not each head."""
    every = bytes(range(256))
    for least in range(0, 256, len(_SECONDS)):
        family = every[least : least + len(_SECONDS)]
        alike = heads.translate(None, every.translate(None, family))
        yield from ((head, count) for head in family if (count := alike.count(head)))


def _worth_a_step(blocks: Iterable[bytes]) -> Iterator[bytes]:
    waiting = b""
    for block in blocks:
        waiting += block
        if len(waiting) >= _WORTH * RANDOM_SYMBOLS:
            yield waiting
            waiting = b""
    if waiting:
        yield waiting
