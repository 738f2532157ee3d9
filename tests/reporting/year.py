"""A vendor with so many licenses and codes, written past the services: a year of orders, redemptions, activations."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Connection, insert

from prolong_server import db
from prolong_server.db import Base
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer, Order
from prolong_server.models.licensing import REDEEMED, VOIDED, Activation, Code, License, Redemption, Void
from tests.operations import rows

#: The share of each dealer in percent: one has most.
SHARES: Final = (60, 20, 10, 7, 3)
DEALERS: Final = tuple(range(1, len(SHARES) + 1))
EDITIONS: Final = 12
OF_ORDER: Final = 500
YEAR: Final = timedelta(days=365)
_COUNTRIES: Final = ("UA", "PL", "KZ", "GE")
_PART: Final = 10_000
_MIX: Final = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Seed:
    """How much there is: as many codes as licenses; six in ten are spent on renewals, two in ten on activations."""

    size: int
    now: datetime

    @property
    def renewed(self) -> int:
        return self.size * 6 // 10

    @property
    def activated(self) -> int:
        return self.size * 2 // 10

    def at(self, number: int, most: int) -> datetime:
        """The instant of the `number`-th of `most` things that are spread over the year up to now."""
        return self.now - YEAR + YEAR * number / most

    def code_at(self, number: int) -> datetime:
        """When the code was ordered: ten days before the first code of its order is spent."""
        first = number - number % OF_ORDER
        return self.at(first, self.size) - timedelta(days=10)


def fill(seed: Seed) -> None:
    """Fill an empty, migrated database; the planner's statistics are left to the caller."""
    with db.transaction() as connection:
        _catalogue(connection)
        _write(connection, Order, map(_order(seed), range(0, seed.size, OF_ORDER)))
        _load(connection, License, map(_license(seed), range(seed.size)))
        _load(connection, Code, map(_code(seed), range(seed.size)))
        _load(connection, Redemption, map(_redemption(seed), range(seed.renewed)))
        _load(connection, Activation, map(_activation(seed), range(seed.activated)))
        _write(connection, Void, _voids(seed))


def _catalogue(connection: Connection) -> None:
    _write(connection, Dealer, (_plain(rows.dealer(number, country=_country(number))) for number in DEALERS))
    _write(connection, Product, (_plain(rows.product(number)) for number in (1, 2, 3)))
    editions = (rows.edition(number, 1 + number % 3, code=f"edition-{number}") for number in range(1, EDITIONS + 1))
    _write(connection, Edition, map(_plain, editions))


def _plain(row: Base) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def _dealer(number: int) -> int:
    place = (number // OF_ORDER) * 37 % 100
    return next(dealer for dealer in DEALERS if place < sum(SHARES[:dealer]))


def _edition(number: int) -> int:
    return 1 + (number // OF_ORDER) % EDITIONS


def _country(number: int) -> str:
    return _COUNTRIES[number % len(_COUNTRIES)]


def _id(number: int) -> int:
    """A key as scattered as a random one, and different for each number."""
    return ((number + 1) * _MIX & (1 << 63) - 1) or 1


def _digest(number: int) -> bytes:
    return _id(number).to_bytes(8, "big") + number.to_bytes(8, "big")


def _order(seed: Seed) -> Callable[[int], dict[str, Any]]:
    def row(first: int) -> dict[str, Any]:
        at = seed.code_at(first)
        made = rows.order(1 + first, _dealer(first), _edition(first), quantity=OF_ORDER, total=1000 * OF_ORDER)
        return _plain(made) | {"ordered_on": at.date(), "created_at": at}

    return row


def _license(seed: Seed) -> Callable[[int], dict[str, Any]]:
    def row(number: int) -> dict[str, Any]:
        at = seed.at(number, seed.size)
        is_renewed = number < seed.renewed
        ends = _end(seed, number) + YEAR if is_renewed else seed.now + timedelta(days=number * 7 % 900 - 200)
        return {
            "id": _id(number),
            "license_key": f"KEY-{number:09d}",
            "edition_id": _edition(number),
            "license_class": "standard",
            "status": "active",
            "seats": 1,
            "country": _country(number),
            "starts_on": at.date() - YEAR,
            "expires_on": ends.date(),
            "activated_on": at.date(),
            "dealer_id": _dealer(number),
            "machines": 0,
            "test": False,
            "seq": 2 if is_renewed else 1,
            "created_at": at,
            "changed_at": at,
        }

    return row


def _end(seed: Seed, number: int) -> datetime:
    """When the license ended that was renewed: up to twenty days before or after."""
    return seed.at(number, seed.renewed) + timedelta(days=number * 13 % 41 - 20)


def _code(seed: Seed) -> Callable[[int], dict[str, Any]]:
    spent = seed.renewed + seed.activated

    def row(number: int) -> dict[str, Any]:
        state = REDEEMED if number < spent else VOIDED if number % OF_ORDER < 50 else 0
        voided_at = seed.now - timedelta(days=1) if state == VOIDED else None
        order = 1 + number - number % OF_ORDER
        return {"digest": _digest(number), "order_id": order, "key_id": 1, "state": state, "voided_at": voided_at}

    return row


def _redemption(seed: Seed) -> Callable[[int], dict[str, Any]]:
    def row(number: int) -> dict[str, Any]:
        at, ends = seed.at(number, seed.renewed), _end(seed, number)
        return {
            "code": _digest(number),
            "license_id": _id(number),
            "license_seq": 2,
            "redeemed_at": at,
            "redeemed_on": at.date(),
            "previous_expires_on": ends.date(),
            "expires_on": (ends + YEAR).date(),
            "period_years": 1,
            "renewal_basis": "from_expiry",
        }

    return row


def _activation(seed: Seed) -> Callable[[int], dict[str, Any]]:
    def row(number: int) -> dict[str, Any]:
        at = seed.at(number, seed.activated)
        return {"code": _digest(seed.renewed + number), "license_id": _id(seed.renewed + number), "activated_at": at}

    return row


def _voids(seed: Seed) -> Iterator[dict[str, Any]]:
    at = seed.now - timedelta(days=1)
    for first in range(seed.renewed + seed.activated, seed.size, OF_ORDER):
        yield {"order_id": 1 + first, "voided_on": at.date(), "voided_at": at, "codes": 50, "credited": 50_000}


def _write(connection: Connection, table: type[Base], found: Iterable[dict[str, Any]]) -> None:
    remaining = iter(found)
    while part := list(islice(remaining, _PART)):
        connection.execute(insert(table), part)


def _load(connection: Connection, table: type[Base], found: Iterator[dict[str, Any]]) -> None:
    """As `_write`, of plain values, by the quickest way of the database."""
    first = next(found)
    names = ", ".join(first)
    driver: Any = connection.connection.driver_connection
    lines = map(tuple, map(dict.values, chain([first], found)))
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.__tablename__} ({names}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        return
    marks = ", ".join("?" * len(first))
    driver.executemany(f"INSERT INTO {table.__tablename__} ({names}) VALUES ({marks})", map(_plainer, lines))


def _plainer(line: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_as_sqlite(value) for value in line)


def _as_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return value.isoformat() if isinstance(value, date) else value
