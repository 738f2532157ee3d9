"""Money: decimal amounts of an ISO 4217 currency, kept as whole minor units (R12 and the contract's section on prices).

How many decimal places a currency has is CLDR's answer, which for a few currencies (the Iraqi dinar, for one) is what
is used in trade and not the number in ISO 4217. All arithmetic is exact; the one rounding is that of `unit_price`.
"""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, Protocol, TypeVar

from babel.core import get_global
from babel.numbers import get_currency_precision

MAX_QUANTITY: Final = 1_000_000
# A price is at most 10^12 minor units, so an order of a million codes fits a signed 64-bit integer.
MAX_PRICE_UNITS: Final = 10**12
MAX_UNITS: Final = MAX_PRICE_UNITS * MAX_QUANTITY

_EXACT: Final = Context(prec=100, rounding=ROUND_HALF_UP)
_DECIMAL: Final = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,6})?")
_CURRENCIES: Final = frozenset(
    currency
    for rows in get_global("territory_currencies").values()
    for currency, _since, until, is_tender in rows
    if until is None and is_tender
)


class PriceItem(Protocol):
    """A line of a price list, as far as the choice between lines needs it."""

    @property
    def seats_from(self) -> int:
        """The fewest seats that this line is for."""


Item = TypeVar("Item", bound=PriceItem)


def is_currency(code: str) -> bool:
    """Whether `code` is the ISO 4217 code, in capitals, of money that is legal tender somewhere."""
    return code in _CURRENCIES


def places(currency: str) -> int:
    """The number of decimal places of `currency`: 2 for EUR, 0 for JPY; ValueError if there is no such money."""
    if not is_currency(currency):
        raise ValueError(f"{currency[:8]!r} is not the code of a currency in use.")
    return get_currency_precision(currency)


def minor_units(amount: Decimal, currency: str) -> int:
    """`amount` in whole minor units (24.50 EUR = 2450).

    ValueError if it is no finite number, is finer than the minor unit, or is beyond `MAX_UNITS` either way.
    """
    if not amount.is_finite() or abs(amount.adjusted()) > 24:
        raise ValueError("An amount of money must be a number of a usual size.")
    units = _EXACT.scaleb(amount, places(currency))
    if units != int(units):
        raise ValueError(f"{currency} has {places(currency)} decimal places; the amount has more.")
    return _bounded(int(units))


def from_minor_units(units: int, currency: str) -> Decimal:
    """The amount that `units` minor units are, with the currency's decimal places."""
    return _EXACT.scaleb(Decimal(_bounded(units)), -places(currency))


def parse(text: str, currency: str) -> Decimal:
    """The amount that a decimal string like "24.50" or "-980.00" says, with the currency's decimal places.

    ValueError for anything else (signs +, exponents, white space, separators, more places than the currency has)
    and for amounts beyond `MAX_UNITS`.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError('An amount is a decimal string like "24.50".')
    return from_minor_units(minor_units(Decimal(text), currency), currency)


def parse_price(text: str, currency: str) -> Decimal:
    """As `parse`, for a price: from nothing to `MAX_PRICE_UNITS`."""
    price = parse(text, currency)
    if not 0 <= minor_units(price, currency) <= MAX_PRICE_UNITS:
        raise ValueError(f"A price is between 0 and {show(from_minor_units(MAX_PRICE_UNITS, currency), currency)}.")
    return price


def show(amount: Decimal, currency: str) -> str:
    """The decimal string of `amount` with the currency's places ("24.50"; JPY "24"); ValueError as `minor_units`."""
    return f"{from_minor_units(minor_units(amount, currency), currency):f}"


def unit_price(price: Decimal, discount_percent: Decimal, currency: str) -> Decimal:
    """`price` less the dealer's discount (0 to 100), rounded half-up to the minor unit; ValueError outside."""
    if not 0 <= discount_percent <= 100:
        raise ValueError("A discount is between 0 and 100 percent.")
    discounted = _EXACT.multiply(price, _EXACT.scaleb(100 - discount_percent, -2))
    return _EXACT.quantize(discounted, Decimal(1).scaleb(-places(currency)))


def best_item(items: Iterable[Item], seats: int) -> Item | None:
    """The item that holds for `seats`: the one with the greatest `seats_from` that is not above; None without one."""
    fitting = (item for item in items if item.seats_from <= seats)
    return max(fitting, key=lambda item: item.seats_from, default=None)


def is_preferential(new_price: Decimal, renewal_price: Decimal) -> bool:
    """Whether a renewal costs less than a new license (R12)."""
    return renewal_price < new_price


def _bounded(units: int) -> int:
    if abs(units) > MAX_UNITS:
        raise ValueError("The amount is larger than can be kept.")
    return units
