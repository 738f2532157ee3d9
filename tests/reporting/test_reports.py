"""What reports tell: periods, groups, rates, money."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from prolong_server.channel import dealers, postings, reports, sealed_codes, voids
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.totals import Question
from prolong_server.licensing import activations, redemptions, reversals
from prolong_server.rules import errors
from prolong_server.rules.actors import Actor, Role
from prolong_server.rules.periods import Period
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor
from tests.reporting.history import dealer_actor

pytestmark = pytest.mark.usefixtures("room")
STAFF = Actor(kind="staff", id=1, role=Role.AUDITOR)
# vendor.called() is at noon of Thursday, 5 March 2026.
WEEKS = Question(date(2026, 2, 25), date(2026, 3, 10), Period.WEEK)
ONE = Question(date(2026, 3, 1), date(2026, 3, 31), Period.MONTH)
AHEAD = Question(date(2026, 1, 1), date(2028, 12, 31), Period.MONTH)


def asking(**changes: Any) -> Question:
    return replace(ONE, **changes)


def rows(report):
    return [dict(zip(report.columns, row, strict=True)) for row in report.rows]


def filled(report):
    return [row for row in rows(report) if row.get("due") or row.get("renewed")]


def staff(days=0):
    return vendor.called(days, actor=STAFF)


def test_every_period_of_the_range_is_told_and_the_outer_ones_may_be_partial():
    shop = vendor.found()
    vendor.order(shop, 3)
    assert [row[:3] for row in reports.redemptions(staff(), WEEKS).rows] == [
        (date(2026, 2, 25), date(2026, 3, 1), 0),
        (date(2026, 3, 2), date(2026, 3, 8), 3),
        (date(2026, 3, 9), date(2026, 3, 10), 0),
    ]
    days = reports.redemptions(staff(), replace(WEEKS, by=Period.DAY)).rows
    assert [row[2] for row in days] == [0] * 8 + [3] + [0] * 5
    months = reports.redemptions(staff(), replace(WEEKS, by=Period.MONTH)).rows
    assert [row[:3] for row in months] == [
        (date(2026, 2, 25), date(2026, 2, 28), 0),
        (date(2026, 3, 1), date(2026, 3, 10), 3),
    ]


def test_each_thing_is_counted_on_its_day():
    shop = vendor.found()
    held = vendor.license_()
    number = vendor.order(shop, 4)
    spent, reversed_, voided, _ = sealed_codes.read(vendor.called(), number)
    redemptions.redeem(vendor.called(1), vendor.renewal(spent, held.license_key))
    taken = redemptions.redeem(vendor.called(1), vendor.renewal(reversed_, held.license_key)).receipt.id
    reversals.reverse(vendor.called(2), taken, "chargeback")
    voids.void(vendor.called(3), number, [voided])
    activations.activate(vendor.called(4), vendor.activation(vendor.codes(shop, kind=CodeKind.ACTIVATION)[0]))
    told = rows(reports.redemptions(staff(5), Question(date(2026, 3, 5), date(2026, 3, 9))))
    names = ("issued", "redeemed", "reversed", "voided", "activated")
    assert [tuple(row[name] for name in names) for row in told] == [
        (5, 0, 0, 0, 0),
        (0, 2, 0, 0, 0),
        (0, 0, 1, 0, 0),
        (0, 0, 0, 1, 0),
        (0, 0, 0, 0, 1),
    ]


def test_the_rate_is_renewed_terms_by_due_terms_on_the_day_of_their_end():
    shop = vendor.found()
    held = [vendor.license_(30) for _ in range(3)]
    one, two, stacked = vendor.codes(shop, 3)
    redemptions.redeem(vendor.called(), vendor.renewal(one, held[0].license_key))
    redemptions.redeem(vendor.called(), vendor.renewal(two, held[1].license_key))
    redemptions.redeem(vendor.called(), vendor.renewal(stacked, held[1].license_key))
    told = filled(reports.renewals(staff(), AHEAD))
    assert [(row["starts_on"], row["due"], row["renewed"], row["rate"]) for row in told] == [
        (date(2026, 4, 1), 3, 2, Decimal("0.6667")),
        (date(2027, 4, 1), 2, 1, Decimal("0.5000")),
        (date(2028, 4, 1), 1, 0, Decimal("0.0000")),
    ]
    assert {row["rate"] for row in rows(reports.renewals(staff(), ONE))} == {None}


def test_a_reversal_takes_back_the_term_and_the_renewal():
    shop = vendor.found()
    held = vendor.license_(30)
    done = redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], held.license_key))
    reversals.reverse(vendor.called(1), done.receipt.id, "chargeback")
    told = filled(reports.renewals(staff(1), AHEAD))
    assert [(row["starts_on"], row["due"], row["renewed"]) for row in told] == [(date(2026, 4, 1), 1, 0)]


def test_a_rate_is_provisional_until_the_grace_of_its_last_day_is_over():
    vendor.found(renewal_grace_months=1)
    asked = Question(date(2026, 3, 1), date(2026, 3, 5))
    flags = [row["provisional"] for row in rows(reports.renewals(staff(days=28), asked))]
    # Renewable to the end of 1 April is what ended on 1 March; it is 2 April.
    assert flags == [False, True, True, True, True]


def test_money_is_told_by_currency_as_ordered_credited_and_net():
    shop = vendor.found()
    number = vendor.order(shop, 4)
    voids.void(vendor.called(), number, list(sealed_codes.read(vendor.called(), number))[:1])
    money = {"currency": "EUR", "ordered": Decimal("40.00"), "credited": Decimal("10.00"), "net": Decimal("30.00")}
    period = {"starts_on": ONE.starts_on, "ends_on": ONE.ends_on}
    assert rows(reports.revenue(staff(), ONE)) == [period | money]
    assert rows(reports.revenue(vendor.called(actor=dealer_actor(shop.dealer)), ONE)) == [period | money]


def test_a_dealer_without_orders_has_spent_nothing_in_its_currency():
    shop = vendor.found()
    (row,) = rows(reports.revenue(vendor.called(actor=dealer_actor(shop.dealer)), ONE))
    assert (row["currency"], f"{row['net']:f}") == ("EUR", "0.00")
    assert reports.revenue(staff(), ONE).rows == ()


def test_figures_are_narrowed_and_grouped_as_asked():
    shop = vendor.found()
    other = dealers.create(vendor.called(), DealerSpec("Other", "PL", ("PL",), "EUR", credit_limit="999")).id
    vendor.order(shop, 2)
    vendor.order(shop, 3, edition="business")
    vendor.order(vendor.Vendor(other), 5)
    told = {
        group: [row[2:-4] for row in reports.redemptions(staff(), replace(ONE, group=group)).rows]
        for group in ("product", "edition", "country", "dealer")
    }
    assert told["product"] == [("shield", 10)]
    assert told["edition"] == [("shield", "business", 3), ("shield", "home", 7)]
    assert told["country"] == [("PL", 5), ("UA", 5)]
    assert sorted(told["dealer"]) == sorted([(shop.dealer, 5), (other, 5)])
    for narrowed, issued in (
        ({"product": "shield"}, 10),
        ({"edition": "home"}, 7),
        ({"country": "PL"}, 5),
        ({"dealer": shop.dealer, "edition": "business"}, 3),
        ({"country": "KZ"}, 0),
    ):
        assert [row[2] for row in reports.redemptions(staff(), asking(**narrowed)).rows] == [issued]


def test_the_country_of_an_order_is_its_dealers_as_it_is_now_whatever_is_posted():
    shop = vendor.found()
    vendor.order(shop, 2)
    while postings.post(vendor.called(1)):
        pass
    dealers.change(vendor.called(1), shop.dealer, {"country": "PL"})
    vendor.order(shop, 3, vendor.called(1))
    told = reports.redemptions(staff(1), replace(ONE, group="country"))
    assert [row[2:4] for row in told.rows] == [("PL", 5)]


@pytest.mark.parametrize("report", [reports.redemptions, reports.renewals, reports.revenue])
def test_what_is_foreign_or_unknown_is_not_found(report):
    shop = vendor.found()
    other = dealers.create(vendor.called(), DealerSpec("Other", "PL", ("PL",), "EUR")).id
    own = vendor.called(actor=dealer_actor(shop.dealer))
    assert report(own, replace(ONE, dealer=shop.dealer)).rows == report(own, ONE).rows
    for call, wrong in (
        (own, {"dealer": other}),
        (staff(), {"dealer": "dlr_0000000000001"}),
        (staff(), {"product": "none"}),
        (staff(), {"product": vendor.PRODUCT, "edition": "none"}),
    ):
        with pytest.raises(errors.NotFound):
            report(call, asking(**wrong))


@pytest.mark.parametrize("report", [reports.redemptions, reports.renewals, reports.revenue])
def test_a_range_is_bounded(report):
    vendor.found()
    longest = Question(date(2020, 1, 1), date(2022, 9, 26))
    assert report(staff(), longest) is not None
    for wrong in (replace(longest, ends_on=date(2022, 9, 27)), replace(longest, ends_on=date(2019, 12, 31))):
        with pytest.raises(errors.InvalidRequest):
            report(staff(), wrong)


def test_the_sandbox_is_never_counted_and_its_token_is_told_nothing():
    shop = vendor.found()
    sandbox = vendor.called(actor=dealer_actor(shop.dealer, test=True))
    text = next(sealed_codes.read(sandbox, vendor.order(shop, 2, sandbox, dealer=None)))
    redemptions.redeem(vendor.called(), vendor.renewal(text, vendor.license_(test=True).license_key))
    vendor.order(shop, 1)
    assert [row[2:] for row in reports.redemptions(staff(), ONE).rows] == [(1, 0, 0, 0, 0)]
    assert [row[2:] for row in reports.redemptions(sandbox, ONE).rows] == [(0, 0, 0, 0, 0)]
    assert not filled(reports.renewals(staff(), AHEAD))
