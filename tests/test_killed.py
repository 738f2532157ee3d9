"""A process killed with SIGKILL at any moment leaves all of an order or a redemption, or nothing of it."""

import random

import pytest
from dateutil.relativedelta import relativedelta

from prolong_server.channel import dealers, orders
from prolong_server.licensing import licenses
from prolong_server.operations import invariants
from tests import child, vendor
from tests.children import Child
from tests.room import opened

# The moments are spread over what the work takes; the seed makes a failing moment come back.
MOMENTS = random.Random(20261123)


@pytest.fixture
def url(database_url: str):
    """A vendor on each database, which must be without a breach at the end."""
    with opened(database_url):
        yield database_url
        assert invariants.check() == []


def test_a_killed_order_is_whole_or_not_there_and_its_repetition_is_the_same_order(url):
    shop = vendor.found(credit="100000000.00")
    for number in range(6):
        key = f"order-{number}"
        dying = Child(url)
        dying.give([["order", shop.dealer, 40_000, key]])
        told = dying.kill_after(MOMENTS.uniform(0.01, 0.5))
        there = {order.id for order in orders.list_all(vendor.called()).items}
        again = child.order(shop.dealer, 40_000, key)
        assert set(told) <= {again}
        assert {order.id for order in orders.list_all(vendor.called()).items} == there | {again}
        assert invariants.check() == []
    placed = orders.list_all(vendor.called()).items
    assert len(placed) == 6
    assert dealers.show(vendor.called(), shop.dealer).balance == f"-{6 * 40_000 * 10}.00"


def test_a_killed_redemption_is_whole_or_not_there_and_its_repetition_gets_the_receipt(url):
    shop = vendor.found()
    for _ in range(4):
        held = [vendor.license_() for _ in range(60)]
        pairs = list(zip(vendor.codes(shop, len(held)), held, strict=True))
        dying = Child(url)
        dying.give([["redeem", code, each.license_key] for code, each in pairs])
        told = dying.kill_after(MOMENTS.uniform(0.02, 0.4))
        receipts = [child.redeem(code, each.license_key) for code, each in pairs]
        assert receipts[: len(told)] == told
        for each in held:
            after = licenses.show(vendor.called(), each.id)
            assert after.expires_on == each.expires_on + relativedelta(years=1)
