"""Orders against one credit and one key, by real sessions at once; on SQLite by real processes, too."""

import multiprocessing
from dataclasses import replace
from functools import partial
from itertools import chain

import pytest
from flask import Flask
from sqlalchemy import func, select

from prolong_server import db
from prolong_server.channel import accounts, dealers, orders, sealed_codes
from prolong_server.channel.order_views import OrderView
from prolong_server.channel.quotas import QuotaSpec
from prolong_server.models.channel import AccountEntry, Order
from prolong_server.operations import invariants
from prolong_server.operations.idempotency import Replayed
from prolong_server.rules import errors
from prolong_server.rules.periods import Period
from tests.channel.conftest import RENEWAL, Vendor

ONE = replace(RENEWAL, quantity=1)


def insistently(work, *arguments):
    """As a client does: try again as often as it is told to."""
    while True:
        try:
            return work(*arguments)
        except (errors.TryAgain, errors.StillRunning):
            continue


def refused_or_done(work, *arguments):
    try:
        return type(insistently(work, *arguments)).__name__
    except (errors.CreditExceeded, errors.QuotaExceeded) as refusal:
        return type(refusal).__name__


def leave_credit_for(vendor, dealer, number):
    dealers.change(vendor.call(), dealer.id, {"credit_limit": f"{24.5 * number + 24.49:.2f}"})


def quota_left(vendor, dealer):
    held = dealers.own(vendor.dealer(dealer)).quota
    return held and held.left


def test_64_orders_at_once_against_a_credit_for_10_are_exactly_10(vendor, dealer):
    leave_credit_for(vendor, dealer, 10)
    outcomes = vendor.at_once(lambda _: refused_or_done(orders.place, vendor.dealer(dealer), ONE), 64)
    assert sorted(outcomes) == ["CreditExceeded"] * 54 + ["OrderView"] * 10
    assert (vendor.count(), vendor.balance(dealer)) == (10, -24500)
    assert vendor.one(select(func.sum(AccountEntry.amount))) == -24500
    assert vendor.one(select(func.count()).select_from(Order)) == 10


def test_64_orders_at_once_against_a_quota_of_10_are_exactly_10(vendor, dealer):
    dealers.change(vendor.call(), dealer.id, {"quota": QuotaSpec(10, Period.WEEK), "credit_limit": "10000.00"})
    outcomes = vendor.at_once(lambda _: refused_or_done(orders.place, vendor.dealer(dealer), ONE), 64)
    assert sorted(outcomes) == ["OrderView"] * 10 + ["QuotaExceeded"] * 54
    assert (vendor.count(), vendor.balance(dealer)) == (10, -24500)
    assert quota_left(vendor, dealer) == 0
    assert invariants.check() == []


def test_orders_at_once_against_credit_and_quota_keep_within_both_and_a_refused_one_uses_neither(vendor, dealer):
    leave_credit_for(vendor, dealer, 25)
    dealers.change(vendor.call(), dealer.id, {"quota": QuotaSpec(28, Period.DAY)})
    sizes = [1, 2, 3, 5] * 8

    def order(at):
        return refused_or_done(orders.place, vendor.dealer(dealer), replace(RENEWAL, quantity=sizes[at]))

    outcomes = vendor.at_once(order, len(sizes))
    made = sum(size for size, outcome in zip(sizes, outcomes, strict=True) if outcome == "OrderView")
    assert 21 <= made <= 25
    assert (vendor.count(), vendor.balance(dealer)) == (made, -2450 * made)
    assert quota_left(vendor, dealer) == 28 - made
    assert invariants.check() == []


def test_a_download_beside_the_confirmation_is_whole_or_broken_off_and_afterwards_gone(vendor, dealer):
    big = replace(RENEWAL, quantity=2 * sealed_codes.CHUNK + 1)
    caller = vendor.dealer(dealer, test=True)
    told = []

    def take_part(order, at):
        if at == 0:
            return insistently(orders.confirm, caller, order)
        listed = insistently(sealed_codes.download, caller, order)
        told.append((listed.quantity, got := len(list(listed.codes))))
        return got

    for _ in range(12):
        order = orders.place(caller, big).id
        outcomes = vendor.at_once(partial(take_part, order), 6)
        broken = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert {type(outcome) for outcome in broken} <= {errors.CodesNoLongerAvailable}
        with pytest.raises(errors.CodesNoLongerAvailable):
            sealed_codes.download(caller, order)
    assert {got for _, got in told} <= {big.quantity}


def test_one_key_16_times_at_once_is_one_order(vendor, dealer):
    def take_part(_):
        try:
            return insistently(orders.place, vendor.once(vendor.dealer(dealer), "key"), ONE).id
        except Replayed as first:
            return first.answer.body.decode()

    told = vendor.at_once(take_part, 16)
    assert len(set(told)) == 1
    assert (vendor.count(), vendor.balance(dealer)) == (1, -2450)


def test_a_suspension_at_once_with_orders_lets_none_begin_afterwards(vendor, dealer):
    def take_part(at):
        if at == 4:
            return insistently(dealers.change, vendor.call(), dealer.id, {"status": "suspended"})
        return insistently(orders.place, vendor.dealer(dealer), ONE)

    outcomes = vendor.at_once(take_part, 12)
    placed = [one for one in outcomes if isinstance(one, OrderView)]
    refused = [one for one in outcomes if isinstance(one, errors.DealerSuspended)]
    assert len(placed) + len(refused) == 11
    assert vendor.balance(dealer) == -2450 * len(placed)


def test_payments_and_orders_at_once_add_up(vendor, dealer):
    def take_part(at):
        if at % 2:
            return insistently(accounts.record_payment, vendor.call(), dealer.id, "10.00", "paid")
        return insistently(orders.place, vendor.dealer(dealer), ONE)

    outcomes = vendor.at_once(take_part, 20)
    assert not any(isinstance(one, Exception) for one in outcomes)
    assert vendor.balance(dealer) == 10 * 1000 - 10 * 2450


def _order_in_a_process(url, dealer):
    app = Flask("prolong")
    db.configure(app, url, 1)
    with app.app_context():
        return [refused_or_done(orders.place, Vendor(app).dealer(dealer), ONE) for _ in range(8)]


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_processes_against_a_credit_for_10_are_exactly_10(vendor, dealer, channel_sqlite):
    leave_credit_for(vendor, dealer, 10)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        outcomes = list(chain(*pool.starmap(_order_in_a_process, [(channel_sqlite, dealer)] * 2)))
    assert sorted(outcomes) == ["CreditExceeded"] * 6 + ["OrderView"] * 10
    assert vendor.balance(dealer) == -24500
