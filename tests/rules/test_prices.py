from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import prices

currencies = st.sampled_from(["EUR", "USD", "UAH", "JPY", "KWD"])
prices_of_lists = st.integers(0, prices.MAX_PRICE_UNITS)


@dataclass(frozen=True)
class Line:
    seats_from: int
    name: str = ""


@pytest.mark.parametrize("currency", ["EUR", "USD", "UAH", "JPY", "KWD", "GBP", "PLN", "KZT"])
def test_money_in_use_is_a_currency(currency):
    assert prices.is_currency(currency)


@pytest.mark.parametrize(
    "code", ["", "eur", "EU", "EURO", "XXX", "XTS", "XAU", "DEM", "SUR", "HRK", "ZZZ", "Ｅur", " EUR"]
)
def test_what_is_not_money_in_use_is_no_currency(code):
    assert not prices.is_currency(code)
    with pytest.raises(ValueError, match="currency"):
        prices.parse("1", code)


@pytest.mark.parametrize(
    ("text", "currency", "units", "shown"),
    [
        ("24.50", "EUR", 2450, "24.50"),
        ("24.5", "EUR", 2450, "24.50"),
        ("24", "EUR", 2400, "24.00"),
        ("-980.00", "EUR", -98000, "-980.00"),
        ("-0.00", "EUR", 0, "0.00"),
        ("24", "JPY", 24, "24"),
        ("24.00", "JPY", 24, "24"),
        ("1.234", "KWD", 1234, "1.234"),
        ("0000000.01", "EUR", 1, "0.01"),
    ],
)
def test_a_decimal_string_is_read_kept_and_shown_with_the_places_of_its_currency(text, currency, units, shown):
    amount = prices.parse(text, currency)
    assert prices.minor_units(amount, currency) == units
    assert prices.show(amount, currency) == shown
    assert prices.show(prices.from_minor_units(units, currency), currency) == shown


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1\n", "24,50", "+1", "1e3", "NaN", "-Infinity", "1_000", ".5", "5.", "٣", "３", "--", "0x1", "9" * 30],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="decimal string"):
        prices.parse(text, "EUR")


def test_less_than_the_minor_unit_is_refused():
    with pytest.raises(ValueError, match="2 decimal places"):
        prices.parse("24.505", "EUR")
    with pytest.raises(ValueError, match="0 decimal places"):
        prices.parse("24.5", "JPY")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "1e999999", "1e-999999"])
def test_a_decimal_that_is_no_usual_number_is_refused(amount):
    with pytest.raises(ValueError, match="usual size"):
        prices.minor_units(Decimal(amount), "EUR")


@given(st.integers(-prices.MAX_UNITS, prices.MAX_UNITS), currencies)
def test_units_survive_the_way_to_text_and_back(units, currency):
    text = prices.show(prices.from_minor_units(units, currency), currency)
    assert prices.minor_units(prices.parse(text, currency), currency) == units


@pytest.mark.parametrize("units", [prices.MAX_UNITS + 1, -prices.MAX_UNITS - 1])
def test_more_money_than_can_be_kept_is_refused(units):
    with pytest.raises(ValueError, match="larger"):
        prices.from_minor_units(units, "EUR")
    with pytest.raises(ValueError, match="larger"):
        prices.minor_units(Decimal(units) / 100, "EUR")


def test_a_price_is_neither_negative_nor_beyond_its_bound():
    assert prices.parse_price("0.00", "EUR") == 0
    assert prices.parse_price("10000000000.00", "EUR") == 10**10
    for text in ("-0.01", "10000000000.01"):
        with pytest.raises(ValueError, match=r"between 0 and 10000000000\.00"):
            prices.parse_price(text, "EUR")


@pytest.mark.parametrize(
    ("price", "discount", "currency", "unit"),
    [
        ("24.50", "0", "EUR", "24.50"),
        ("24.50", "100", "EUR", "0.00"),
        ("0.10", "5", "EUR", "0.10"),
        ("0.10", "15", "EUR", "0.09"),
        ("0.30", "15", "EUR", "0.26"),
        ("0.50", "15", "EUR", "0.43"),
        ("19.99", "12.5", "EUR", "17.49"),
        ("25", "10", "JPY", "23"),
        ("1.001", "50", "KWD", "0.501"),
    ],
)
def test_a_discount_is_rounded_half_up_to_the_minor_unit(price, discount, currency, unit):
    found = prices.unit_price(Decimal(price), Decimal(discount), currency)
    assert prices.show(found, currency) == unit
    assert str(found) == unit


@given(prices_of_lists, st.decimals(0, 100, places=4), currencies)
def test_a_unit_price_is_the_nearest_amount_and_of_two_the_greater(units, discount, currency):
    price = prices.from_minor_units(units, currency)
    found = prices.minor_units(prices.unit_price(price, discount, currency), currency)
    exact = Fraction(units) * (100 - Fraction(discount)) / 100
    assert -Fraction(1, 2) < found - exact <= Fraction(1, 2)


@pytest.mark.parametrize("discount", ["-0.01", "100.01"])
def test_a_discount_outside_0_to_100_percent_is_refused(discount):
    with pytest.raises(ValueError, match="discount"):
        prices.unit_price(Decimal(1), Decimal(discount), "EUR")


def test_the_item_with_the_most_seats_that_are_not_too_many_holds():
    items = [Line(10), Line(1), Line(5), Line(100)]
    assert [prices.best_item(items, seats) for seats in (1, 4, 5, 9, 10, 99, 1000)] == [
        Line(1), Line(1), Line(5), Line(5), Line(10), Line(10), Line(100)
    ]  # fmt: skip


def test_without_a_fitting_item_there_is_none():
    assert prices.best_item([Line(5)], 4) is None
    assert prices.best_item([], 1) is None


def test_a_renewal_is_preferential_only_below_the_new_price():
    assert prices.is_preferential(Decimal("10.00"), Decimal("9.99"))
    assert not prices.is_preferential(Decimal("10.00"), Decimal("10"))
    assert not prices.is_preferential(Decimal("0.00"), Decimal("0.00"))
