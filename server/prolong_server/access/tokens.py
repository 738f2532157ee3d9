"""Bearer tokens of dealers and staff: their text, their minting, their reading.

    plt_<30 random symbols><6 of checksum>         a dealer's, live
    plt_test_<30 random symbols><6 of checksum>    a dealer's, for the sandbox
    pls_<30 random symbols><6 of checksum>         a member of staff's

The symbols are base 62; 30 of them hold 178 random bits. The checksum is the CRC-32 of all that stands before it, so
that a scanner of source code knows a token from a look-alike without asking anybody. Stored is the SHA-256 of the
whole text: against 178 random bits no slow or keyed digest would add anything.
"""

import contextlib
import re
import zlib
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Final

from sqlalchemy import Row, Select, or_, select, update

from prolong_server import db
from prolong_server.models.access import Staff, Token
from prolong_server.rules import errors
from prolong_server.rules.actors import Actor, Role

DEALER: Final = "plt_"
DEALER_TEST: Final = "plt_test_"
STAFF: Final = "pls_"
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_SYMBOLS: Final = 30
_CHECK_SYMBOLS: Final = 6
_SHAPE: Final = re.compile(rf"(?:plt_|plt_test_|pls_)[0-9A-Za-z]{{{_RANDOM_SYMBOLS + _CHECK_SYMBOLS}}}")
_Found = tuple[int, int | None, int | None, tuple[str, ...], bool, date | None, Role]


def mint(prefix: str, random: Callable[[int], bytes]) -> str:
    """A new token with one of the three prefixes; `random(n)` gives n bytes of the system's CSPRNG."""
    # 256 bits are drawn for 178, so that the remainder is even to one part in 2**78.
    head = prefix + _base62(int.from_bytes(random(32), "big"), _RANDOM_SYMBOLS)
    return head + _checksum(head)


def digest(text: str) -> bytes:
    """Under what a token is stored: 32 bytes."""
    return sha256(text.encode("ascii")).digest()


def identify(text: str, today: date) -> Actor:
    """Whose token this is, judged anew at every request; `today` is the vendor's calendar day.

    Checked, in this order: the shape and the checksum (no SQL is spent on what nobody minted); that we know its
    digest; that it is not revoked; that its last day is not over. A suspended dealer's token still reads: what it may
    not do is refused where it is done. Raises Unauthenticated without saying which; TryAgain if the database is away.
    """
    if not is_well_formed(text):
        raise errors.Unauthenticated
    with db.lookups() as connection:
        row = connection.execute(_holder(digest(text), today)).one_or_none()
    if row is None:
        raise errors.Unauthenticated
    if row.last_used_on is None or row.last_used_on < today:
        _note_use(row.id, today)
    return _actor(row)


def is_well_formed(text: str) -> bool:
    """Whether the text has a token's shape and its checksum is right."""
    return bool(_SHAPE.fullmatch(text)) and _checksum(text[:-_CHECK_SYMBOLS]) == text[-_CHECK_SYMBOLS:]


def _holder(token_digest: bytes, today: date) -> Select[*_Found]:
    columns = (Token.id, Token.dealer_id, Token.staff_id, Token.scopes, Token.test, Token.last_used_on, Staff.role)
    runs = or_(Token.expires_on.is_(None), Token.expires_on >= today)
    found = select(*columns).outerjoin(Staff, Staff.id == Token.staff_id)
    return found.where(Token.digest == token_digest, Token.revoked_at.is_(None), runs)


def _actor(row: Row[*_Found]) -> Actor:
    if row.dealer_id is None:
        return Actor(kind="staff", id=row.staff_id, token_id=row.id, role=row.role)
    return Actor(
        kind="dealer",
        id=row.dealer_id,
        token_id=row.id,
        dealer_id=row.dealer_id,
        scopes=frozenset(row.scopes),
        test=row.test,
    )


def _note_use(token_id: int, today: date) -> None:
    unnoted = or_(Token.last_used_on.is_(None), Token.last_used_on < today)
    noted = update(Token).where(Token.id == token_id, unnoted).values(last_used_on=today)
    # The day is for people who clean up; a request never fails because it could not be written down.
    with contextlib.suppress(errors.TryAgain), db.transaction() as connection:
        connection.execute(noted)


def _checksum(head: str) -> str:
    return _base62(zlib.crc32(head.encode("ascii")), _CHECK_SYMBOLS)


def _base62(number: int, width: int) -> str:
    symbols = []
    for _ in range(width):
        number, value = divmod(number, len(ALPHABET))
        symbols.append(ALPHABET[value])
    return "".join(reversed(symbols))
