"""A process killed with SIGKILL at any moment leaves all of an order, a redemption or a move, or nothing of it."""

import itertools
import random

import pytest
from dateutil.relativedelta import relativedelta

from prolong_server.channel import dealers, orders
from prolong_server.licensing import licenses
from prolong_server.modules import binding, transfer_requests
from prolong_server.operations import invariants
from prolong_server.rules.errors import Refusal
from prolong_server.rules.module_words import FileStatus, RequestState
from tests import child, vendor
from tests.children import Child
from tests.modules.stage import Stage, line
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


def test_a_killed_move_is_whole_or_not_there_and_its_repetition_moves_the_rest(url):
    vendor.found()
    stage = Stage(vendor.called(), itertools.count(1))
    stage.product()
    cases = [merge(stage, number) for number in range(4)]
    dying = Child(url)
    dying.give([["execute", ref] for ref, _ in cases])
    told = dying.kill_after(MOMENTS.uniform(0.05, 0.4))
    assert invariants.check() == []
    for number, (ref, held) in enumerate(cases):
        state = transfer_requests.show(stage.call, ref).state
        assert state in (
            {RequestState.COMPLETED} if number < len(told) else {RequestState.APPROVED, RequestState.COMPLETED}
        )
        assert current(stage, held) == (["C"] if state is RequestState.COMPLETED else ["A", "B"])
        if state is RequestState.APPROVED:
            stage.execute(ref)
        with pytest.raises(Refusal):
            stage.execute(ref)
        assert current(stage, held) == ["C"]


def merge(stage: Stage, number: int):
    """An approved request that brings licenses from two Modules to one, and one of the licenses."""
    serials = [f"{letter}-{number}" for letter in "ABC"]
    stage.modules(*serials)
    held = [stage.license(4) for _ in range(8)]
    for each, serial in itertools.product(held, serials[:2]):
        stage.bind(each, serial, 2)
    lines = [line(each, dict.fromkeys(serials[:2], 2), {serials[2]: 4}) for each in held]
    ref = stage.draft("merge", lines)
    stage.approve(ref)
    return ref, held[-1]


def current(stage: Stage, held) -> list[str]:
    """The letters of the Modules that hold a license."""
    files = binding.list_all(stage.call, held.id).items
    return sorted(file.module[0] for file in files if file.status is FileStatus.CURRENT)
