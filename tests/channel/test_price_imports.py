from datetime import date
from typing import Any

import pytest

from prolong_server.channel import price_imports, price_lists
from prolong_server.channel.price_lines import MAX_ITEMS
from prolong_server.operations.idempotency import Replayed
from prolong_server.rules import errors
from tests.channel.conftest import price, wrong_fields

HEADER = "product,edition,period_years,seats_from,new_price,renewal_price"
GOOD = "antivirus,home,1,{},49.00,24.50"
DAY = date(2027, 1, 1)


def file(*lines, header=HEADER):
    return "\n".join((header, *lines, "")).encode()


def load(vendor, *lines, currency="EUR", header=HEADER):
    return price_imports.load(vendor.call(), currency, DAY, file(*lines, header=header))


def refused(vendor, *lines, **how) -> dict[str, Any]:
    with pytest.raises(errors.InvalidRequest) as refusal:
        load(vendor, *lines, **how)
    assert len(price_lists.list_all(vendor.call()).items) == 1
    told = refusal.value.fields["errors"]
    assert isinstance(told, dict)
    return told


def test_the_lines_of_a_file_are_a_price_list(vendor):
    made = load(vendor, GOOD.format(5), GOOD.format(1))
    assert (made.currency, made.valid_from, made.items) == ("EUR", DAY, (price(), price(seats=5)))
    assert price_lists.show(vendor.call(), made.id) == made


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_columns_may_stand_in_any_order_and_files_of_spreadsheets_are_read(vendor, start):
    data = start + b"renewal_price,NEW_PRICE,seats_from,period_years,edition,product\r\n24.50,49.00,1,1,home,antivirus"
    assert price_imports.load(vendor.call(), "EUR", DAY, data).items == (price(),)


def test_every_bad_line_is_named_with_its_number_and_its_fields(vendor):
    told = refused(
        vendor,
        GOOD.format(1),
        "antivirus,home,one,1,49,24",
        "antivirus,office,4,0,49.001,-1",
        "",
        "antivirus,home,1,1,49.00,24.50",
        "antivirus,home,1",
        ",,,,,",
        "antivirus,home,1,7,20.00,30.00",
    )
    assert {bad["line"]: set(bad["errors"]) for bad in told["lines"]} == {
        2: {"seats_from"},
        3: {"period_years"},
        4: {"edition", "period_years", "seats_from", "new_price", "renewal_price"},
        6: {"seats_from"},
        7: {"line"},
        8: set(price_imports.HEADER),
    }
    assert told["bad_lines"] == 6


def test_lines_that_are_not_preferential_are_named_by_the_same_numbers_as_soon_as_all_can_be_read(vendor):
    with pytest.raises(errors.RenewalPriceNotPreferential) as refusal:
        load(vendor, GOOD.format(1), "", "antivirus,home,1,5,20.00,20.00", GOOD.format(6), "antivirus,home,1,7,1,2")
    told: Any = refusal.value.fields
    assert [line["line"] for line in told["lines"]] == [4, 6]
    assert (told["count"], told["first_line"]) == (2, 4)
    assert len(price_lists.list_all(vendor.call()).items) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"product", HEADER.encode(), HEADER.encode() + b"\n\n", b"\xff\xfe", b"a,b\n1,2", (HEADER + ",x").encode()],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(vendor, data):
    with pytest.raises(errors.InvalidRequest) as refusal:
        price_imports.load(vendor.call(), "EUR", DAY, data)
    assert wrong_fields(refusal) == {"file"}


def test_quotes_that_do_not_match_end_the_reading_where_they_are(vendor):
    told = refused(vendor, GOOD.format(1), 'antivirus,"ho"me,1,2,49,24', GOOD.format(3))
    assert [(bad["line"], set(bad["errors"])) for bad in told["lines"]] == [(3, {"line"})]


def test_a_list_has_a_bounded_number_of_lines_and_a_currency(vendor):
    assert set(refused(vendor, *map(GOOD.format, range(1, MAX_ITEMS + 2)))) == {"file"}
    assert set(refused(vendor, GOOD.format(1), currency="XXX")) == {"currency"}


def test_the_same_key_takes_a_file_in_once(vendor):
    call = vendor.once(vendor.call(), "prices")
    made = price_imports.load(call, "EUR", DAY, file(GOOD.format(1)))
    with pytest.raises(Replayed) as again:
        price_imports.load(call, "EUR", DAY, file(GOOD.format(1)))
    assert again.value.answer.body == made.id.encode()
    assert len(price_lists.list_all(vendor.call()).items) == 2


def test_an_unknown_list_is_not_found(vendor):
    for ref in ("prl_0000000000001", "", "dlr_0000000000001"):
        with pytest.raises(errors.NotFound):
            price_lists.show(vendor.call(), ref)


def test_prices_keep_the_places_of_their_currency(vendor):
    assert load(vendor, "antivirus,home,1,1,1.5,0.75", currency="KWD").items == (price(new="1.500", renewal="0.750"),)
    assert load(vendor, "antivirus,home,1,1,1500.00,750", currency="JPY").items == (price(new="1500", renewal="750"),)
