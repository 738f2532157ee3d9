"""What is stored of a code: a keyed digest of its first 24 symbols, 16 bytes, never the code itself.

A scheme says how those bytes are made, and every code key has one, for ever:

- `HASHED` (1): BLAKE2b (RFC 7693) under the key, 128 bits.
- `GROUPED` (2): the 25 bits of the code's first group of five symbols, then the last 103 bits of BLAKE2b under the key.
  So whoever knows the first group finds the code in a range of the primary key, and 95 random bits stay behind the key.
"""

from functools import reduce
from hashlib import blake2b
from struct import unpack
from typing import Final

from prolong_server.rules.codes import ALPHABET, GROUP, RANDOM_SYMBOLS, SYMBOLS

MIN_KEY_BYTES: Final = 16
BYTES: Final = 16
HASHED: Final = 1
GROUPED: Final = 2
NEWEST: Final = GROUPED

_PERSON: Final = {HASHED: b"prolong-code-v1", GROUPED: b"prolong-code-v2"}
# The head of a GROUPED digest: five bits for each symbol of the group, then the first seven bits left of the hash.
_HEAD_BYTES: Final = 4
_HEAD_BITS: Final = 8 * _HEAD_BYTES
_BEHIND_HEAD: Final = (1 << (_HEAD_BITS - 5 * GROUP)) - 1
_VALUES: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_LEFT: Final = bytes(byte & 0x7F for byte in range(256))


def of_code(symbols: str, key: bytes, scheme: int) -> bytes:
    """The digest of one code, 24 or 25 canonical symbols; ValueError for another length, key or scheme."""
    if len(symbols) not in (RANDOM_SYMBOLS, SYMBOLS):
        raise ValueError("A digest is made of 24 or 25 canonical symbols.")
    _check(key, scheme)
    hashed = blake2b(
        symbols[:RANDOM_SYMBOLS].encode("ascii"), digest_size=BYTES, key=key, person=_PERSON[scheme]
    ).digest()
    if scheme == HASHED:
        return hashed
    head = _head(symbols) | int.from_bytes(hashed[:_HEAD_BYTES], "big") & _BEHIND_HEAD
    return head.to_bytes(_HEAD_BYTES, "big") + hashed[_HEAD_BYTES:]


def of_block(block: bytes, key: bytes, scheme: int) -> list[bytes]:
    """The digest of every code of a block (24 symbols for each), in order.

    ValueError for a key that has not 16 to 64 bytes, and for a scheme that is not known.
    """
    _check(key, scheme)
    hashed = _hashed(block, key, _PERSON[scheme])
    return hashed if scheme == HASHED else _grouped(block, hashed)


def range_of_group(symbols: str) -> tuple[bytes, bytes]:
    """The least and the greatest GROUPED digest of a code that begins with these five canonical symbols."""
    least = _head(symbols)
    greatest = least | _BEHIND_HEAD
    tail = BYTES - _HEAD_BYTES
    return least.to_bytes(_HEAD_BYTES, "big") + bytes(tail), greatest.to_bytes(_HEAD_BYTES, "big") + b"\xff" * tail


def _head(symbols: str) -> int:
    """The first group of a code, in the highest bits of the head."""
    head = 0
    for symbol in symbols[:GROUP]:
        head = head << 5 | _VALUES[symbol]
    return head << (_HEAD_BITS - 5 * GROUP)


def _check(key: bytes, scheme: int) -> None:
    if not MIN_KEY_BYTES <= len(key) <= blake2b.MAX_KEY_SIZE:
        raise ValueError(f"A code key has {MIN_KEY_BYTES} to {blake2b.MAX_KEY_SIZE} bytes.")
    if scheme not in _PERSON:
        raise ValueError(f"Scheme {scheme} of the digests is not known to this release.")


def _hashed(block: bytes, key: bytes, person: bytes) -> list[bytes]:
    keyed = blake2b(key=key, digest_size=BYTES, person=person)
    found = []
    for code in unpack(f"{RANDOM_SYMBOLS}s" * (len(block) // RANDOM_SYMBOLS), block):
        of_one = keyed.copy()
        of_one.update(code)
        found.append(of_one.digest())
    return found


def _bits_of_symbol(place: int, byte: int) -> bytes:
    """What the symbol at `place` of the first group gives to the `byte`-th byte of the head, by the symbol's sign."""
    shift = _HEAD_BITS - 5 * (place + 1)
    values = (max(ALPHABET.find(chr(sign)), 0) << shift for sign in range(256))
    return bytes(value >> 8 * (_HEAD_BYTES - 1 - byte) & 0xFF for value in values)


_TABLES: Final = [
    [(place, table) for place in range(GROUP) if any(table := _bits_of_symbol(place, byte))]
    for byte in range(_HEAD_BYTES)
]


def _grouped(block: bytes, hashed: list[bytes]) -> list[bytes]:
    # Whole columns at once, as in `codes`: the nth byte of every digest.
    whole = bytearray(b"".join(hashed))
    left = bytes(whole[_HEAD_BYTES - 1 :: BYTES]).translate(_LEFT)
    group = [block[place::RANDOM_SYMBOLS] for place in range(GROUP)]
    for byte, tables in enumerate(_TABLES):
        parts = [group[place].translate(table) for place, table in tables]
        parts += [left] if byte == _HEAD_BYTES - 1 else []
        whole[byte::BYTES] = _united(parts)
    return list(unpack(f"{BYTES}s" * len(hashed), whole))


def _united(columns: list[bytes]) -> bytes:
    # The parts of a byte have no bit in common, so the long numbers unite byte by byte.
    numbers = (int.from_bytes(column, "little") for column in columns)
    return reduce(int.__or__, numbers).to_bytes(len(columns[0]), "little")
