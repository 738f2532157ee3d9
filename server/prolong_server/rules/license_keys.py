"""The text of a license key that we make ourselves, for licenses that bring none."""

from collections.abc import Callable, Iterator
from typing import Final

from prolong_server.rules import codes

# Groups of four, where codes have groups of five: a person who holds both sees which is which.
_GROUP: Final = 4
_ENDING: Final = 5


def generate(count: int, random: Callable[[int], bytes]) -> Iterator[str]:
    """`count` new keys of 120 random bits, `7K2Q-X9M4-…`; `random(n)` is the system's CSPRNG."""
    block = codes.generate_block(count, random).decode("ascii")
    for at in range(0, len(block), codes.RANDOM_SYMBOLS):
        key = block[at : at + codes.RANDOM_SYMBOLS]
        yield "-".join(key[begin : begin + _GROUP] for begin in range(0, len(key), _GROUP))


def ending(key: str) -> str:
    """The last characters of a key, by which its owner knows it: five, and never more than half of it."""
    return key[len(key) - min(_ENDING, len(key) // 2) :]
