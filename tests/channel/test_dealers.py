from dataclasses import replace

import pytest

from prolong_server.channel import accounts, dealers, orders
from prolong_server.channel.dealers import DealerSpec
from prolong_server.rules import errors
from tests.channel.conftest import RENEWAL, wrong_fields

SPEC = DealerSpec("Riga Soft", "LV", ("LV", "EE", "LV"), "EUR", "980", "12.5")


def test_a_dealer_is_told_as_it_was_taken_in(vendor):
    made = dealers.create(vendor.call(), SPEC)
    assert made.territories == ("EE", "LV")
    assert (made.credit_limit, made.balance, made.available) == ("980.00", "0.00", "980.00")
    assert made.discount_percent == "12.50"
    assert dealers.show(vendor.call(), made.id) == made
    assert dealers.own(vendor.dealer(made)) == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "XYZ"),
        ("currency", "eur"),
        ("credit_limit", "-1"),
        ("credit_limit", "1.001"),
        ("credit_limit", "1e3"),
        ("credit_limit", "٣"),
        ("discount_percent", "100.01"),
        ("discount_percent", "-1"),
        ("discount_percent", "1.555"),
        ("status", "asleep"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_taken_in(vendor, field, value):
    with pytest.raises(errors.InvalidRequest) as refusal:
        dealers.create(vendor.call(), replace(SPEC, **{field: value}))
    assert wrong_fields(refusal) == {field}
    assert dealers.list_all(vendor.call()).items == ()


def test_only_what_is_named_changes(vendor, dealer):
    changed = dealers.change(vendor.call(), dealer.id, {"status": "suspended", "phone": None})
    assert changed == replace(dealer, status="suspended", phone=None)
    assert dealers.show(vendor.call(), dealer.id) == changed


def test_the_currency_changes_only_while_the_account_has_no_entry(vendor, dealer):
    assert dealers.change(vendor.call(), dealer.id, {"currency": "UAH"}).currency == "UAH"
    accounts.record_payment(vendor.call(), dealer.id, "1.00", "by bank")
    with pytest.raises(errors.StateChanged):
        dealers.change(vendor.call(), dealer.id, {"currency": "EUR"})


@pytest.mark.parametrize("ref", ["dlr_0000000000001", "ord_0000000000001", "", "dlr_", "'"])
def test_an_unknown_dealer_is_not_found(vendor, ref):
    with pytest.raises(errors.NotFound):
        dealers.show(vendor.call(), ref)
    with pytest.raises(errors.NotFound):
        dealers.change(vendor.call(), ref, {"name": "X"})


def test_resellers_of_a_country_are_its_active_dealers(vendor, dealer):
    riga = dealers.create(vendor.call(), SPEC)
    assert [one.name for one in dealers.resellers(vendor.call(), "MD").items] == ["Kyiv Soft"]
    assert {one.name for one in dealers.resellers(vendor.call()).items} == {"Kyiv Soft", "Riga Soft"}
    dealers.change(vendor.call(), riga.id, {"status": "suspended"})
    assert dealers.resellers(vendor.call(), "LV").items == ()
    assert dealers.resellers(vendor.call(), "FR").items == ()


def test_a_suspension_governs_the_next_order_and_spoils_nothing_sold(vendor, dealer, order):
    dealers.change(vendor.call(), dealer.id, {"status": "suspended"})
    with pytest.raises(errors.DealerSuspended):
        orders.place(vendor.dealer(dealer), RENEWAL)
    assert orders.show(vendor.dealer(dealer), order.id) == order
