from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from prolong_server.channel import dealers, prices
from prolong_server.channel import price_lists as lists
from prolong_server.channel.price_lines import PriceListSpec
from prolong_server.rules import errors
from tests.channel.conftest import later, listed, price, wrong_fields


def renewal_prices(vendor, **changes):
    return [line.renewal_price for line in lists.official(vendor.call(**changes))]


def test_a_list_is_told_as_it_was_taken_in(vendor):
    made = lists.create(vendor.call(), listed(price(years=2, new="90"), price(seats=5), price()))
    assert [(line.period_years, line.seats_from, line.new_price) for line in made.items] == [
        (1, 1, "49.00"),
        (1, 5, "49.00"),
        (2, 1, "90.00"),
    ]
    assert made in lists.list_all(vendor.call()).items


def test_every_line_whose_renewal_is_not_cheaper_is_named_and_the_whole_list_is_refused(vendor):
    dear = listed(price(), price(seats=2, renewal="49.00"), price(seats=3), price(seats=4, renewal="49.01"))
    with pytest.raises(errors.RenewalPriceNotPreferential) as refusal:
        lists.create(vendor.call(), dear)
    same = {"product": "antivirus", "edition": "home", "period_years": 1}
    lines = [{"line": 2, "seats_from": 2} | same, {"line": 4, "seats_from": 4} | same]
    assert refusal.value.fields == {"count": 2, "first_line": 2, "lines": lines}
    assert len(lists.list_all(vendor.call()).items) == 1


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (price(edition="unknown"), "edition"),
        (price(years=4), "period_years"),
        (price(seats=0), "seats_from"),
        (price(seats=2, new="49.001"), "new_price"),
        (price(seats=2, renewal="-1"), "renewal_price"),
        (price(), "seats_from"),
    ],
)
def test_a_wrong_line_is_named_by_its_place_and_field(vendor, line, field):
    with pytest.raises(errors.InvalidRequest) as refusal:
        lists.create(vendor.call(), listed(price(), line))
    assert wrong_fields(refusal, "items", "1") == {field}


@pytest.mark.parametrize(
    ("spec", "field"),
    [(listed(currency="XXX"), "currency"), (PriceListSpec("EUR", date(2026, 1, 1), ()), "items")],
)
def test_a_wrong_head_is_named(vendor, spec, field):
    with pytest.raises(errors.InvalidRequest) as refusal:
        lists.create(vendor.call(), spec)
    assert wrong_fields(refusal) == {field}


def test_a_list_holds_from_its_day_on_and_replaces_the_earlier_one_whole(vendor):
    lists.create(vendor.call(), listed(price("business", renewal="9.00"), valid_from=date(2026, 3, 11)))
    assert renewal_prices(vendor) == ["24.50"]
    assert renewal_prices(vendor, now=later(days=1)) == ["9.00"]


def test_of_two_lists_of_one_day_the_newest_holds(vendor):
    lists.create(vendor.call(now=later(hours=1)), listed(price(renewal="9.00")))
    lists.create(vendor.call(now=later(minutes=1)), listed(price(renewal="8.00")))
    assert renewal_prices(vendor) == ["9.00"]


def test_lists_of_other_currencies_hold_beside_it_and_a_country_sees_those_of_its_dealers(vendor, dealer):
    lists.create(vendor.call(), listed(price(new="5000", renewal="2500"), currency="JPY"))
    assert [(line.currency, line.renewal_price) for line in lists.official(vendor.call())] == [
        ("EUR", "24.50"),
        ("JPY", "2500"),
    ]
    assert [line.currency for line in lists.official(vendor.call(), country="UA")] == ["EUR"]
    assert [line.currency for line in lists.official(vendor.call(), country="FR")] == ["EUR", "JPY"]


def test_the_official_list_is_read_by_product(vendor):
    assert [line.product for line in lists.official(vendor.call(), product="antivirus")] == ["antivirus"]
    with pytest.raises(errors.NotFound):
        lists.official(vendor.call(), product="unknown")


def test_a_dealer_sees_its_discount_rounded_half_up(vendor, dealer):
    dealers.change(vendor.call(), dealer.id, {"discount_percent": "15"})
    [line] = prices.of_dealer(vendor.dealer(dealer), "antivirus", "home").items
    expected = (Decimal("24.50") * 85 / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert (line.renewal_price, line.renewal_unit_price) == ("24.50", str(expected)) == ("24.50", "20.83")
    assert prices.of_dealer(vendor.dealer(dealer), "antivirus", "business").items == ()


def test_a_dealer_without_a_list_of_its_currency_sees_none(vendor, dealer):
    dealers.change(vendor.call(), dealer.id, {"currency": "UAH"})
    told = prices.of_dealer(vendor.dealer(dealer))
    assert (told.currency, told.price_list, told.items) == ("UAH", None, ())
