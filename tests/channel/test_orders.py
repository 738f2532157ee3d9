from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from prolong_server.channel import accounts, dealers, orders, price_lists
from prolong_server.models.channel import AccountEntry, Order, SealedChunk
from prolong_server.models.operations import AuditEvent
from prolong_server.operations.idempotency import Replayed
from prolong_server.rules import errors
from prolong_server.rules.actors import Actor, Role
from prolong_server.rules.vocabulary import CodeKind, LicenseClass
from tests.channel.conftest import RENEWAL, later, listed, price

ADMIN = Actor("staff", 3, 4, Role.ADMIN)


def nothing_happened(vendor, dealer):
    counted = [vendor.one(select(func.count()).select_from(table)) for table in (Order, SealedChunk, AccountEntry)]
    return [vendor.count(), *counted, vendor.balance(dealer)] == [0, 0, 0, 0, 0]


def test_an_order_is_priced_issued_and_debited(vendor, dealer):
    made = orders.place(vendor.dealer(dealer), replace(RENEWAL, reference="PO-7", shelf_life_days=30))
    assert (made.unit_price, made.total, made.currency) == ("24.50", "245.00", "EUR")
    assert (made.counts.issued, made.counts.redeemed, made.counts.voided) == (10, 0, 0)
    assert (made.status, made.test, made.good_until) == ("issued", False, date(2026, 4, 9))
    assert made.codes_url == f"/v1/orders/{made.id}/codes"
    assert vendor.count() == 10
    assert dealers.show(vendor.call(), dealer.id).balance == "-245.00"
    assert vendor.one(select(AccountEntry.amount)) == -24500
    assert orders.show(vendor.dealer(dealer), made.id) == made
    assert orders.list_all(vendor.dealer(dealer)).items == (made,)


def test_the_item_with_the_most_seats_that_fit_gives_the_price(vendor, dealer):
    tiers = listed(price(), price(seats=5, renewal="20.00"), price(seats=10, renewal="15.00"))
    price_lists.create(vendor.call(now=later(hours=1)), tiers)
    seats = {1: "24.50", 4: "24.50", 5: "20.00", 9: "20.00", 10: "15.00", 1000: "15.00"}
    told = {n: orders.place(vendor.dealer(dealer), replace(RENEWAL, seats=n, quantity=1)).unit_price for n in seats}
    assert told == seats


def test_an_order_keeps_its_price_its_list_and_the_territories_of_its_day(vendor, dealer, order):
    price_lists.create(vendor.call(now=later(hours=1)), listed(price(renewal="1.00")))
    dealers.change(vendor.call(), dealer.id, {"territories": ("FR",), "discount_percent": "50"})
    assert orders.show(vendor.dealer(dealer), order.id) == order
    assert vendor.one(select(Order.territories)) == ("MD", "UA")


@pytest.mark.parametrize(
    ("currency", "official", "discount", "unit_price", "total"),
    [
        ("JPY", "25", "10", "23", "230"),
        ("JPY", "25", "10.01", "22", "220"),
        ("EUR", "24.50", "15", "20.83", "208.30"),
        ("EUR", "0.01", "50", "0.01", "0.10"),
        ("KWD", "1.001", "50", "0.501", "5.010"),
        ("KWD", "1.001", "50.01", "0.500", "5.000"),
    ],
)
def test_a_discount_is_rounded_half_up_to_the_minor_unit_before_it_is_multiplied(
    vendor, dealer, currency, official, discount, unit_price, total
):
    newest = vendor.call(now=later(minutes=1))
    price_lists.create(newest, listed(price(new="3000", renewal=official), currency=currency))
    dealers.change(
        vendor.call(), dealer.id, {"currency": currency, "discount_percent": discount, "credit_limit": "5000"}
    )
    made = orders.place(vendor.dealer(dealer), RENEWAL)
    assert (made.currency, made.unit_price, made.total) == (currency, unit_price, total)
    assert dealers.own(vendor.dealer(dealer)).balance == f"-{total}"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"product": "unknown"}, errors.NotFound),
        ({"edition": "unknown"}, errors.NotFound),
        ({"period_years": 3}, errors.PeriodNotAllowed),
        ({"period_years": 2}, errors.NoPrice),
        ({"edition": "business"}, errors.NoPrice),
        ({"quantity": 41}, errors.CreditExceeded),
        ({"quantity": 0}, errors.InvalidRequest),
        ({"quantity": 1_000_001}, errors.InvalidRequest),
        ({"dealer": "dlr_0000000000001"}, errors.Forbidden),
        ({"license_class": LicenseClass.PROMO, "kind": CodeKind.ACTIVATION}, errors.Forbidden),
    ],
)
def test_what_cannot_be_ordered_issues_and_debits_nothing(vendor, dealer, change, refusal):
    with pytest.raises(refusal):
        orders.place(vendor.dealer(dealer), replace(RENEWAL, **change))
    assert nothing_happened(vendor, dealer)


def test_the_credit_is_used_to_its_last_cent_and_not_beyond(vendor, dealer):
    accounts.record_correction(vendor.call(), dealer.id, "-20.00", "to the cent")
    with pytest.raises(errors.CreditExceeded) as refusal:
        orders.place(vendor.dealer(dealer), replace(RENEWAL, quantity=41))
    assert refusal.value.fields == {"needed": "1004.50", "available": "980.00", "currency": "EUR"}
    orders.place(vendor.dealer(dealer), replace(RENEWAL, quantity=40))
    assert dealers.show(vendor.call(), dealer.id).available == "0.00"


def test_an_admin_orders_for_a_named_dealer_and_alone_gives_classes(vendor, dealer):
    promo = replace(RENEWAL, kind=CodeKind.ACTIVATION, dealer=dealer.id, license_class=LicenseClass.PROMO)
    made = orders.place(vendor.call(ADMIN), promo)
    assert (made.license_class, made.unit_price, made.total, made.dealer) == ("promo", "0.00", "0.00", dealer.id)
    assert vendor.one(select(func.count()).select_from(AccountEntry)) == 0
    assert orders.place(vendor.call(ADMIN), replace(RENEWAL, dealer=dealer.id)).total == "245.00"


@pytest.mark.parametrize("change", [{"dealer": None}, {"license_class": LicenseClass.NFR}])
def test_an_admin_must_name_the_dealer_and_no_class_for_renewals(vendor, dealer, change):
    with pytest.raises(errors.InvalidRequest):
        orders.place(vendor.call(ADMIN), replace(RENEWAL, **({"dealer": dealer.id} | change)))
    assert nothing_happened(vendor, dealer)


def test_a_sandbox_order_is_priced_and_never_counted_in_money(vendor, dealer):
    made = orders.place(vendor.dealer(dealer, test=True), replace(RENEWAL, quantity=1000))
    assert (made.test, made.total) == (True, "24500.00")
    assert vendor.count() == 1000
    assert vendor.balance(dealer) == 0
    assert vendor.one(select(func.count()).select_from(AccountEntry)) == 0


def test_sandbox_and_live_tokens_do_not_see_each_others_orders(vendor, dealer, order):
    with pytest.raises(errors.NotFound):
        orders.show(vendor.dealer(dealer, test=True), order.id)
    sandbox = orders.place(vendor.dealer(dealer, test=True), RENEWAL)
    assert orders.list_all(vendor.dealer(dealer, test=True)).items == (sandbox,)
    assert orders.list_all(vendor.dealer(dealer)).items == (order,)
    assert set(orders.list_all(vendor.call()).items) == {order, sandbox}


def test_another_dealers_order_does_not_exist(vendor, order):
    other = dealers.create(vendor.call(), dealers.DealerSpec("Other", "LV", ("LV",), "EUR"))
    for operation in (orders.show, orders.confirm):
        with pytest.raises(errors.NotFound):
            operation(vendor.dealer(other), order.id)
    assert orders.list_all(vendor.dealer(other)).items == ()


def test_the_same_key_places_one_order_and_another_body_is_refused(vendor, dealer):
    call = vendor.once(vendor.dealer(dealer), "key-1")
    made = orders.place(call, RENEWAL)
    with pytest.raises(Replayed) as first:
        orders.place(call, RENEWAL)
    assert first.value.answer.body == made.id.encode()
    with pytest.raises(errors.IdempotencyKeyReused):
        orders.place(vendor.once(vendor.dealer(dealer), "key-1", b"other"), RENEWAL)
    assert vendor.balance(dealer) == -24500


def test_a_refused_order_leaves_its_key_free(vendor, dealer):
    call = vendor.once(vendor.dealer(dealer), "key-1")
    with pytest.raises(errors.CreditExceeded):
        orders.place(call, replace(RENEWAL, quantity=1000))
    accounts.record_payment(vendor.call(), dealer.id, "50000.00", "paid")
    assert orders.place(call, replace(RENEWAL, quantity=1000)).counts.issued == 1000


def test_every_order_is_audited_without_a_code(vendor, dealer, order):
    event = vendor.one(select(AuditEvent).where(AuditEvent.action == "order.issued"))
    assert (event.object_id, event.actor, event.after["quantity"]) == (order.id, dealer.id, 10)


def test_progress_is_told_in_parts_that_add_up(vendor, dealer):
    parts: list[int] = []
    orders.place(vendor.dealer(dealer, test=True), replace(RENEWAL, quantity=10_000), parts.append)
    assert len(parts) > 3
    assert sum(parts) == 10_000


def test_a_sandbox_order_is_bounded_because_nothing_else_bounds_it(vendor, dealer):
    most = replace(RENEWAL, quantity=orders.MAX_SANDBOX_QUANTITY)
    assert orders.place(vendor.dealer(dealer, test=True), most).quantity == orders.MAX_SANDBOX_QUANTITY
    with pytest.raises(errors.InvalidRequest):
        orders.place(vendor.dealer(dealer, test=True), replace(most, quantity=most.quantity + 1))
