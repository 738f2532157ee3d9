"""The lines of a price list before it is taken in: what makes one wrong, and what makes it a poor offer (R12)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from prolong_server.channel import dealers
from prolong_server.rules import errors, prices

MAX_ITEMS: Final = 5000


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line: what a code costs from `seats_from` seats on, as decimal strings of the list's currency."""

    product: str
    edition: str
    period_years: int
    seats_from: int
    new_price: str
    renewal_price: str


@dataclass(frozen=True, slots=True)
class PriceListSpec:
    """A list to be taken in: its currency (ISO 4217), its first day, its lines."""

    currency: str
    valid_from: date
    items: tuple[PriceLine, ...]


def require_currency(currency: str) -> None:
    """InvalidRequest for what is no money."""
    if not prices.is_currency(currency):
        raise errors.InvalidRequest({"currency": ["The ISO 4217 code of a currency in use, such as EUR."]})


def problems(
    lines: Mapping[int, PriceLine], currency: str, editions: Mapping[tuple[str, str], int]
) -> dict[int, dict[str, list[str]]]:
    """What is wrong with which line, by its number, in words by field."""
    times = Counter(_key(line) for line in lines.values())
    found = {number: _wrong(line, currency, editions, times) for number, line in lines.items()}
    return {number: wrong for number, wrong in found.items() if wrong}


def _wrong(
    line: PriceLine,
    currency: str,
    editions: Mapping[tuple[str, str], int],
    times: Mapping[tuple[str, str, int, int], int],
) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if (line.product, line.edition) not in editions:
        wrong["edition"] = ["There is no such edition of such a product."]
    if line.period_years not in (1, 2, 3):
        wrong["period_years"] = ["A period is 1, 2 or 3 years."]
    if line.seats_from < 1:
        wrong["seats_from"] = ["At least 1."]
    if times[_key(line)] > 1:
        wrong["seats_from"] = ["The list has another line for the same product, edition, period and seats."]
    return wrong | _wrong_prices(line, currency)


def _wrong_prices(line: PriceLine, currency: str) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for name, text in (("new_price", line.new_price), ("renewal_price", line.renewal_price)):
        try:
            prices.parse_price(text, currency)
        except ValueError as reason:
            wrong[name] = [str(reason)]
    return wrong


def require_preferential(lines: Mapping[int, PriceLine], currency: str) -> None:
    """RenewalPriceNotPreferential names every line whose renewal price is not below the new one (R12)."""
    dear = [_named(number, line) for number, line in lines.items() if not _is_preferential(line, currency)]
    if dear:
        raise errors.RenewalPriceNotPreferential(count=len(dear), first_line=dear[0]["line"], lines=dear)


def _is_preferential(line: PriceLine, currency: str) -> bool:
    return prices.is_preferential(prices.parse(line.new_price, currency), prices.parse(line.renewal_price, currency))


def _named(number: int, line: PriceLine) -> dict[str, object]:
    product, edition, period_years, seats_from = _key(line)
    return {
        "line": number,
        "product": product,
        "edition": edition,
        "period_years": period_years,
        "seats_from": seats_from,
    }


def _key(line: PriceLine) -> tuple[str, str, int, int]:
    return line.product, line.edition, line.period_years, line.seats_from


def in_order(spec: PriceListSpec) -> tuple[PriceLine, ...]:
    """The lines as they will be told: sorted, and each price with the decimal places of its currency."""
    lines = sorted(spec.items, key=_key)
    return tuple(_rewritten(line, spec.currency) for line in lines)


def _rewritten(line: PriceLine, currency: str) -> PriceLine:
    new, renewal = (dealers.shown(units(text, currency), currency) for text in (line.new_price, line.renewal_price))
    return PriceLine(line.product, line.edition, line.period_years, line.seats_from, new, renewal)


def units(text: str, currency: str) -> int:
    """A decimal string, once checked, in minor units."""
    return prices.minor_units(prices.parse(text, currency), currency)
