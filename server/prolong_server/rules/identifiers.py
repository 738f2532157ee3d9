"""Public identifiers: a prefix that names the kind of thing, and an opaque number in Crockford base 32.

The number is a random 63-bit integer that is also the primary key, so that no second column or index is needed,
keys do not all land on one page, and an identifier tells nobody how many there are.
"""

import re
from collections.abc import Callable
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
BITS = 63
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_WIDTH = 13
_SHAPE = re.compile(rf"[{ALPHABET}]{{{_WIDTH}}}")


def new_id(random: Callable[[int], bytes]) -> int:
    """A random positive integer of 63 bits; `random(n)` returns n random bytes."""
    return int.from_bytes(random(8), "big") >> 1 or 1


def new_ordered_id(now: datetime, random: Callable[[int], bytes]) -> int:
    """A positive integer of 63 bits that grows with time (32 bits of seconds since the epoch, then 31 random ones).

    For things that are made seldom and listed by their age.
    """
    return int(now.timestamp()) << 31 | int.from_bytes(random(4), "big") >> 1


def show(prefix: str, number: int) -> str:
    """The public identifier of `number`, such as `lic_0c8e5sk4r9b2f`."""
    return f"{prefix}_{_encode(number, _WIDTH)}"


def read(prefix: str, text: str) -> int | None:
    """The number of a public identifier, or None when the text is not one of this prefix."""
    head, _, tail = text.partition("_")
    if head != prefix or not _SHAPE.fullmatch(tail):
        return None
    number = _decode(tail)
    return number if 0 < number < 1 << BITS else None


def show_pair(prefix: str, number: int, ordinal: int) -> str:
    """The identifier of the `ordinal`-th (31 bits) thing that belongs to `number`."""
    return f"{prefix}_{_encode(number, _WIDTH)}{_encode(ordinal, 7)}"


def read_pair(prefix: str, text: str) -> tuple[int, int] | None:
    """The two numbers of `show_pair`, or None when the text is no such identifier."""
    number = read(prefix, text[:-7])
    tail = text[-7:]
    if number is None or not all(symbol in ALPHABET for symbol in tail):
        return None
    ordinal = _decode(tail)
    return (number, ordinal) if ordinal < 1 << 31 else None


def _encode(number: int, width: int) -> str:
    # An identifier stands in every answer, more than once: by pairs it takes half the time.
    pairs = [_PAIRS[(number >> shift) & 1023] for shift in range(10 * ((width - 1) // 2), -1, -10)]
    return "".join(pairs)[-width:]


def _decode(text: str) -> int:
    number = 0
    for symbol in text:
        number = number << 5 | ALPHABET.index(symbol)
    return number
