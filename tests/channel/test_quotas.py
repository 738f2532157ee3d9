from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import dealers, orders, voids
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.quotas import MAX_CODES, QuotaSpec, QuotaView
from prolong_server.models.channel import AccountEntry, Dealer, Order
from prolong_server.operations import invariants
from prolong_server.rules import errors, identifiers
from prolong_server.rules.periods import Period
from prolong_server.rules.vocabulary import CodeKind, LicenseClass
from tests.channel.conftest import RENEWAL, later

DAY, WEEK, MONTH = Period


@pytest.fixture
def grant(vendor, dealer):
    """Give the dealer a quota."""

    def give(codes, per, **call):
        return dealers.change(vendor.call(**call), dealer.id, {"quota": QuotaSpec(codes, per)}).quota

    return give


@pytest.fixture
def buy(vendor, dealer):
    """Order a number of codes in the dealer's name."""
    return lambda number, **call: orders.place(vendor.dealer(dealer, **call), replace(RENEWAL, quantity=number))


def quota(vendor, dealer, **call):
    return dealers.own(vendor.dealer(dealer, **call)).quota


def test_a_dealer_has_no_quota_unless_it_is_given_one(vendor, dealer, buy):
    buy(10)
    assert dealer.quota is None
    assert quota(vendor, dealer) is None


# The orders are made on Tuesday, 10 March 2026.
@pytest.mark.parametrize(
    ("per", "resets_on"), [(DAY, date(2026, 3, 11)), (WEEK, date(2026, 3, 16)), (MONTH, date(2026, 4, 1))]
)
def test_what_is_ordered_is_used_until_the_next_period_begins(vendor, dealer, grant, buy, per, resets_on):
    assert grant(10, per) == QuotaView(10, per.value, 0, 10, resets_on)
    buy(4)
    assert quota(vendor, dealer) == QuotaView(10, per.value, 4, 6, resets_on)
    before = datetime.combine(resets_on, datetime.min.time(), UTC) - timedelta(seconds=1)
    assert quota(vendor, dealer, now=before).left == 6
    assert quota(vendor, dealer, now=before + timedelta(seconds=1)).left == 10
    buy(10, now=before + timedelta(seconds=1))
    assert quota(vendor, dealer, now=before + timedelta(seconds=1)).left == 0


def test_an_order_beyond_the_quota_is_refused_whole(vendor, dealer, grant, buy):
    grant(10, WEEK)
    buy(6)
    with pytest.raises(errors.QuotaExceeded) as refusal:
        buy(5)
    assert refusal.value.fields == {"quota": 10, "per": "week", "left": 4, "resets_on": date(2026, 3, 16)}
    assert (vendor.count(), vendor.balance(dealer)) == (6, -6 * 2450)
    buy(4)
    assert quota(vendor, dealer).left == 0


def test_voiding_returns_credit_but_no_quota(vendor, dealer, grant, buy):
    grant(10, WEEK)
    made = buy(10)
    assert voids.void(vendor.dealer(dealer), made.id, "all").voided == 10
    assert vendor.balance(dealer) == 0
    with pytest.raises(errors.QuotaExceeded):
        buy(1)


def test_sandbox_orders_neither_need_nor_use_a_quota(vendor, dealer, grant):
    grant(1, DAY)
    orders.place(vendor.dealer(dealer, test=True), RENEWAL)
    assert quota(vendor, dealer).used == 0


def test_a_quota_given_in_the_midst_of_a_period_counts_what_was_ordered_in_it(vendor, dealer, grant, buy):
    buy(1, now=later(days=-9))
    buy(2, now=later(days=-1))
    buy(3)
    orders.place(vendor.dealer(dealer, test=True), RENEWAL)
    assert grant(10, DAY).used == 3
    assert grant(10, WEEK).used == 5
    assert grant(10, MONTH).used == 6
    assert grant(4, MONTH) == QuotaView(4, "month", 6, 0, date(2026, 4, 1))


def test_another_number_keeps_what_is_used(vendor, dealer, grant, buy):
    grant(10, WEEK)
    buy(8)
    assert grant(20, WEEK).left == 12
    assert grant(5, WEEK).left == 0


def test_a_quota_of_none_forbids_every_order_and_no_quota_none(vendor, dealer, grant, buy):
    grant(0, MONTH)
    with pytest.raises(errors.QuotaExceeded):
        buy(1)
    assert dealers.change(vendor.call(), dealer.id, {"quota": None}).quota is None
    buy(10)


def test_a_change_of_something_else_leaves_the_quota(vendor, dealer, grant, buy):
    grant(10, WEEK)
    buy(3)
    changed = dealers.change(vendor.call(), dealer.id, {"name": "Other"})
    assert changed.quota == QuotaView(10, "week", 3, 7, date(2026, 3, 16))


@pytest.mark.parametrize("codes", [-1, MAX_CODES + 1])
def test_a_quota_is_of_a_number_that_can_be_kept(grant, codes):
    with pytest.raises(errors.InvalidRequest):
        grant(codes, DAY)


def test_a_dealer_may_be_taken_in_with_a_quota(vendor):
    made = dealers.create(vendor.call(), DealerSpec("New", "UA", ("UA",), "EUR", quota=QuotaSpec(7, WEEK)))
    assert made.quota == QuotaView(7, "week", 0, 7, date(2026, 3, 16))


def test_periods_begin_at_the_vendors_midnight(vendor, dealer, grant, buy):
    zone = ZoneInfo("Pacific/Auckland")
    assert grant(10, DAY, zone=zone).resets_on == date(2026, 3, 12)
    buy(4, zone=zone)
    midnight = datetime(2026, 3, 11, 11, tzinfo=UTC)
    assert quota(vendor, dealer, zone=zone, now=midnight - timedelta(seconds=1)).left == 6
    assert quota(vendor, dealer, zone=zone, now=midnight).left == 10


def test_an_order_of_a_day_that_is_over_counts_into_the_period_that_has_begun(vendor, dealer, grant, buy):
    grant(10, DAY)
    buy(4, now=later(days=1))
    buy(3)
    assert quota(vendor, dealer) == QuotaView(10, "day", 7, 3, date(2026, 3, 12))
    assert quota(vendor, dealer, now=later(days=1)).left == 3


def test_refusals_come_in_their_order(vendor, dealer, grant, buy):
    grant(0, DAY)
    change = {"credit_limit": "0"}
    dealers.change(vendor.call(), dealer.id, change)
    with pytest.raises(errors.CreditExceeded):
        buy(1)
    with pytest.raises(errors.NoPrice):
        orders.place(vendor.dealer(dealer), replace(RENEWAL, period_years=2))
    dealers.change(vendor.call(), dealer.id, {"status": "suspended"})
    with pytest.raises(errors.DealerSuspended):
        buy(1)


def test_what_the_release_before_wrote_is_no_quota(vendor, dealer, buy):
    buy(3)
    number = identifiers.read("dlr", dealer.id)
    with Session(db.db.engine) as session, session.begin():
        session.execute(update(Dealer).where(Dealer.id == number).values(quota_used=0, quota_from=None))
    assert quota(vendor, dealer) is None
    buy(3)


def test_promo_codes_that_an_admin_gives_away_count_too(vendor, dealer, grant):
    grant(5, DAY)
    gift = orders.OrderSpec(
        kind=CodeKind.ACTIVATION,
        product="antivirus",
        edition="home",
        period_years=1,
        seats=1,
        quantity=5,
        dealer=dealer.id,
        license_class=LicenseClass.PROMO,
    )
    orders.place(vendor.call(), gift)
    assert quota(vendor, dealer).left == 0
    assert vendor.one(select(func.count()).select_from(AccountEntry)) == 0


def test_use_is_what_was_ordered(vendor, dealer, grant, buy):
    grant(10, WEEK)
    buy(4)
    assert [breach.name for breach in invariants.check()] == []
    with Session(db.db.engine) as session, session.begin():
        session.execute(update(Dealer).values(quota_used=3))
    assert [breach.name for breach in invariants.check()] == ["orders_are_counted_in_quotas"]
    assert vendor.one(select(func.sum(Order.quantity))) == 4
