"""The text of a code: make, read, check, show (sections Codes, PRO and NFR of the rules).

A code is 25 symbols of `ALPHABET`: 24 random ones (120 bits) and one check symbol. A *block* is many codes without
their check symbols, 24 ASCII bytes each and nothing between; its functions work on whole columns (the nth symbol of
every code) with slices, `bytes.translate` and long integers, because an order may hold a million codes.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from stdnum.iso7064 import mod_37_36

from prolong_server.rules.errors import CodeMalformed
from prolong_server.rules.vocabulary import LicenseClass

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS: Final = 24
SYMBOLS: Final = 25
GROUP: Final = 5
MAX_TEXT: Final = 200
# One code in seven hundred looks marked, so a sound source of randomness never needs more than a few rounds.
MAX_ROUNDS: Final = 32
# What stands in a block for a code that was thrown away. No code has a byte of it, so it is found in one place only.
BLANK: Final = bytes(RANDOM_SYMBOLS)

_MARKS: Final = {LicenseClass.PROMO: "PRO", LicenseClass.NFR: "NFR"}
_CLASS_OF_MARK: Final = {mark: license_class for license_class, mark in _MARKS.items()}
_LOOK_ALIKES: Final = ("PR0", "NFR")

# Unicode's White_Space and the rules' dashes, one by one: str.isspace and str.upper forgive more than the rules.
_TYPESETTERS_SPACES: Final = "".join(map(chr, range(0x2000, 0x200B)))
_WHITE_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + _TYPESETTERS_SPACES
_DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"
_FULL_WIDTH: Final = 0xFF01 - 0x21
_ASCII: Final = {ord(sign): None if sign in _DASHES else sign.upper() for sign in map(chr, range(0x21, 0x7F))}
_FOLD: Final = (
    dict.fromkeys(map(ord, _WHITE_SPACE + _DASHES)) | _ASCII | {at + _FULL_WIDTH: sign for at, sign in _ASCII.items()}
)
_KNOWN: Final = frozenset(ALPHABET)
_LOOK_LIKE_DIGITS: Final = str.maketrans("OIL", "011")

_SYMBOL_OF_BYTE: Final = bytes(ord(ALPHABET[byte & 31]) for byte in range(256))
_VALUE_OF_SYMBOL: Final = bytes(max(ALPHABET.find(chr(byte)), 0) for byte in range(256))
# ISO 7064 hybrid MOD 33,32: what a sum of symbol and carry (at most 63) hands on, and the symbol that ends it.
_CARRY_OF_SUM: Final = bytes((total % 32 or 32) * 2 % 33 for total in range(256))
_CHECK_OF_CARRY: Final = bytes(ord(ALPHABET[(1 - carry) % 32]) for carry in range(256))
_FIRST_CARRY: Final = 32


@dataclass(frozen=True, slots=True)
class Code:
    """A code (or its first group) as read: its canonical symbols, and the class that its mark names, if it has one."""

    symbols: str = field(repr=False)
    mark: LicenseClass | None


def check_symbol(symbols: str) -> str:
    """The check symbol of 24 canonical symbols (ISO 7064 hybrid MOD 33,32); ValueError for a foreign symbol."""
    return mod_37_36.calc_check_digit(symbols, ALPHABET)


def read(text: str) -> Code:
    """The code that a person typed, forgiving what the section Codes forgives and nothing else.

    CodeMalformed with the hint `keyboard` (letters of another alphabet), `symbol` (a sign that no code has), `length`
    (not 25 symbols; also any text of more than `MAX_TEXT` characters) or `check` (mistyped).
    """
    mark, rest = _split_mark(_folded(text), SYMBOLS)
    symbols = _symbols(rest, SYMBOLS)
    if check_symbol(symbols[:RANDOM_SYMBOLS]) != symbols[RANDOM_SYMBOLS:]:
        raise CodeMalformed(hint="check")
    return Code(symbols, mark)


def read_first_group(text: str) -> Code:
    """The first group of a code, as forgiving as `read`: its 5 canonical symbols, and the mark if one stands before it.

    CodeMalformed with the hint `keyboard`, `symbol` or `length`.
    """
    mark, rest = _split_mark(_folded(text), GROUP)
    return Code(_symbols(rest, GROUP), mark)


def show(symbols: str, license_class: LicenseClass | None = None) -> str:
    """A code of 25 canonical symbols as it is printed, `7K2QX-9M4TD-…`; promo and partner codes with their mark."""
    groups = [symbols[at : at + GROUP] for at in range(0, SYMBOLS, GROUP)]
    return _mark_of(license_class) + "-".join(groups)


def looks_marked(symbols: str) -> bool:
    """Whether canonical symbols could be taken for a promo's or a partner's code."""
    return any(mark in symbols for mark in _LOOK_ALIKES)


def legacy_class(text: str) -> LicenseClass:
    """The class of an imported legacy activation code: by PRO or NFR anywhere, in any case; ValueError for both."""
    found = [license_class for license_class, mark in _MARKS.items() if re.search(mark, text, re.ASCII | re.IGNORECASE)]
    if len(found) > 1:
        raise ValueError("The activation code contains both PRO and NFR, so its class cannot be told.")
    return found[0] if found else LicenseClass.STANDARD


def generate_block(count: int, random: Callable[[int], bytes]) -> bytes:
    """A block of `count` codes from `random(n)`, the system's CSPRNG: n bytes.

    Codes that look marked (over all 25 symbols) are thrown away and drawn anew. RuntimeError if `random` answers with
    another number of bytes or keeps giving such codes.
    """
    block = b""
    for _ in range(MAX_ROUNDS):
        missing = count - len(block) // RANDOM_SYMBOLS
        if not missing:
            return block
        drawn = draw_symbols(RANDOM_SYMBOLS * missing, random)
        block += blank_look_alikes(drawn).replace(BLANK, b"")
    raise RuntimeError("The source of randomness is broken: it keeps giving codes that look marked.")


def draw(count: int, random: Callable[[int], bytes]) -> bytes:
    """`count` bytes from `random(n)`, the system's CSPRNG; RuntimeError if that gives another number of them."""
    drawn = random(count)
    if len(drawn) != count:
        raise RuntimeError("The source of randomness is broken: it gave another number of bytes than asked for.")
    return drawn


def draw_symbols(count: int, random: Callable[[int], bytes]) -> bytes:
    """`count` independent symbols, each by five bits of a byte of its own; raises as `draw` does."""
    return draw(count, random).translate(_SYMBOL_OF_BYTE)


def blank_look_alikes(block: bytes) -> bytes:
    """The block with `BLANK` in the place of each code that looks marked, over all 25 symbols."""
    blanked = bytearray(block)
    for index in {*_look_alikes(block), *_look_alikes_at_the_end(block)}:
        blanked[RANDOM_SYMBOLS * index : RANDOM_SYMBOLS * (index + 1)] = BLANK
    return bytes(blanked)


def check_symbols(block: bytes) -> bytes:
    """The check symbol of every code of a block, one byte each; ValueError if it is no block."""
    count = _count(block)
    values = block.translate(_VALUE_OF_SYMBOL)
    carries = bytes([_FIRST_CARRY]) * count
    for column in range(RANDOM_SYMBOLS):
        carries = _summed(carries, values[column::RANDOM_SYMBOLS]).translate(_CARRY_OF_SUM)
    return carries.translate(_CHECK_OF_CARRY)


def show_block(block: bytes, license_class: LicenseClass | None = None) -> Iterator[str]:
    """Every code of a block as `show` prints it, in order; ValueError if it is no block."""
    line = show("?" * SYMBOLS, license_class) + "\n"
    places = [place for place, sign in enumerate(line) if sign == "?"]
    lines = bytearray(line.encode("ascii") * _count(block))
    for column, place in enumerate(places[:RANDOM_SYMBOLS]):
        lines[place :: len(line)] = block[column::RANDOM_SYMBOLS]
    lines[places[-1] :: len(line)] = check_symbols(block)
    return iter(lines.decode("ascii").splitlines())


def _is_foreign_letter(sign: str) -> bool:
    return sign.isalpha() and "LATIN" not in unicodedata.name(sign, "")


def _folded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise CodeMalformed(hint="length")
    folded = text.translate(_FOLD)
    if not folded.isascii() and any(map(_is_foreign_letter, folded)):
        raise CodeMalformed(hint="keyboard")
    return folded


def _split_mark(folded: str, length: int) -> tuple[LicenseClass | None, str]:
    # A customer's PRO would become PR0, so the mark is read while the letter O still is one.
    for mark, license_class in _CLASS_OF_MARK.items():
        if folded.startswith(mark) and len(folded) == len(mark) + length:
            return license_class, folded[len(mark) :]
    return None, folded


def _symbols(folded: str, length: int) -> str:
    symbols = folded.translate(_LOOK_LIKE_DIGITS)
    if not _KNOWN.issuperset(symbols):
        raise CodeMalformed(hint="symbol")
    if len(symbols) != length:
        raise CodeMalformed(hint="length")
    return symbols


def _mark_of(license_class: LicenseClass | None) -> str:
    return f"{_MARKS[license_class]}-" if license_class in _MARKS else ""


def _look_alikes(block: bytes) -> Iterator[int]:
    for mark in _LOOK_ALIKES:
        for match in re.finditer(mark.encode("ascii"), block):
            index, column = divmod(match.start(), RANDOM_SYMBOLS)
            if column <= RANDOM_SYMBOLS - len(mark):
                yield index


def _look_alikes_at_the_end(block: bytes) -> Iterator[int]:
    # Only one code of a thousand ends so that its check symbol could complete a mark; only these are given one.
    tails = bytearray(2 * _count(block))
    tails[0::2], tails[1::2] = block[RANDOM_SYMBOLS - 2 :: RANDOM_SYMBOLS], block[RANDOM_SYMBOLS - 1 :: RANDOM_SYMBOLS]
    for mark in _LOOK_ALIKES:
        for match in re.finditer(mark[:2].encode("ascii"), tails):
            index, odd = divmod(match.start(), 2)
            code = block[RANDOM_SYMBOLS * index : RANDOM_SYMBOLS * (index + 1)]
            if not odd and check_symbol(code.decode("ascii")) == mark[2]:
                yield index


def _summed(left: bytes, right: bytes) -> bytes:
    # Byte by byte: no sum exceeds 63, so the long addition never carries into the neighbor.
    total = int.from_bytes(left, "little") + int.from_bytes(right, "little")
    return total.to_bytes(len(left), "little")


def _count(block: bytes) -> int:
    if len(block) % RANDOM_SYMBOLS or block.translate(None, ALPHABET.encode("ascii")):
        raise ValueError("A block of codes holds 24 symbols for each code and nothing else.")
    return len(block) // RANDOM_SYMBOLS
