"""The text of a code as a person types it, judged without the network (section Codes of the vendor's rules).

A code is 24 symbols of `ALPHABET` and one check symbol, printed as five groups of five; promo and partner codes wear a
mark in front, `PRO-` or `NFR-`. Reading forgives case, white space, dashes, full-width signs, I and L for 1, O for 0,
and nothing else: what the server would call malformed is called so here, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 5
GROUPS = 5
SYMBOLS = GROUP * GROUPS
MAX_TEXT = 200

_TYPESETTERS_SPACES = "".join(map(chr, range(0x2000, 0x200B)))
_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + _TYPESETTERS_SPACES
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"
_FULL_WIDTH = 0xFF01 - 0x21
_ASCII = {ord(sign): None if sign in _DASHES else sign.upper() for sign in map(chr, range(0x21, 0x7F))}
_WIDE = {at + _FULL_WIDTH: sign for at, sign in _ASCII.items()}
_FOLD = {**dict.fromkeys(map(ord, _WHITE_SPACE + _DASHES)), **_ASCII, **_WIDE}
_LOOK_LIKE_DIGITS = str.maketrans("OIL", "011")
# While it is being typed, a mark is known by the gap after it; a whole code that lost its gaps, by its length.
_MARK = re.compile(f"(PRO|NFR)(?=[{re.escape(_WHITE_SPACE + _DASHES)}\uff0d])", re.ASCII | re.IGNORECASE)
_MARKS = ("PRO", "NFR")


@dataclass(frozen=True)
class Reading:
    """What was read so far. `state`: `empty`, `incomplete`, `mistyped` or `complete`.

    `symbols` are the canonical ones, without the mark; foreign signs stay, so that the person sees what was typed.
    `hint` of `mistyped`: `keyboard` (letters of another alphabet), `symbol` (a sign that no code has), `length` (more
    than 25 symbols) or `check` (the check symbol does not fit); `group` counts from 0 and is known for the first two.
    """

    state: str
    symbols: str = field(default="", repr=False)
    mark: str = ""
    hint: str = ""
    group: int | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """Five groups for five fields; what does not fit stands in the last."""
        cut = [self.symbols[at : at + GROUP] for at in range(0, SYMBOLS - GROUP, GROUP)]
        return (*cut, self.symbols[SYMBOLS - GROUP :])

    @property
    def display(self) -> str:
        """The code as it is printed, as far as it was typed."""
        return "-".join(part for part in (self.mark, *self.groups) if part)


def read(text: str) -> Reading:
    """Judge what a person typed or pasted."""
    mark, symbols = _split_mark(_trimmed(text))
    if not symbols:
        return Reading("empty", mark=mark)
    for hint, at in ((hint, _first(symbols, wrong)) for hint, wrong in _WRONG):
        if at is not None:
            return Reading("mistyped", symbols, mark, hint, min(at // GROUP, GROUPS - 1))
    return _judged(symbols, mark)


def folded(text: str) -> str:
    """What was typed in capitals and without its gaps; O, I and L are still what they are."""
    return text.translate(_FOLD)


def check_symbol(symbols: str) -> str:
    """The check symbol of 24 canonical symbols: ISO 7064 hybrid MOD 33,32; ValueError for a foreign one."""
    carry = len(ALPHABET)
    for symbol in symbols:
        carry = ((carry + ALPHABET.index(symbol)) % 32 or 32) * 2 % 33
    return ALPHABET[(1 - carry) % 32]


def _judged(symbols: str, mark: str) -> Reading:
    if len(symbols) > SYMBOLS:
        return Reading("mistyped", symbols, mark, "length")
    if len(symbols) < SYMBOLS:
        return Reading("incomplete", symbols, mark)
    if check_symbol(symbols[:-1]) != symbols[-1]:
        return Reading("mistyped", symbols, mark, "check")
    return Reading("complete", symbols, mark)


def _trimmed(text: str) -> str:
    return text[:MAX_TEXT].lstrip(_WHITE_SPACE + _DASHES)


def _split_mark(text: str) -> tuple[str, str]:
    # A customer's PRO would become PR0, so the mark is read while the letter O still is one.
    plain = folded(text)
    unspaced = len(plain) == len(_MARKS[0]) + SYMBOLS and plain.startswith(_MARKS)
    mark = plain[:3] if unspaced or _MARK.match(text) else ""
    return mark, plain[len(mark) :].translate(_LOOK_LIKE_DIGITS)


def _first(symbols: str, wrong: Callable[[str], bool]) -> int | None:
    return next((at for at, sign in enumerate(symbols) if wrong(sign)), None)


def _is_foreign_letter(sign: str) -> bool:
    return not sign.isascii() and sign.isalpha() and "LATIN" not in unicodedata.name(sign, "")


def _is_no_symbol(sign: str) -> bool:
    return sign not in ALPHABET


_WRONG = (("keyboard", _is_foreign_letter), ("symbol", _is_no_symbol))
