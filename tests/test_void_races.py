"""Voiding against redeeming, 2,000 codes on PostgreSQL: each is redeemed or voided, never both and never neither."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from prolong_server import db
from prolong_server.channel import orders, sealed_codes, voids
from prolong_server.licensing import checks, imports, redemptions
from prolong_server.models.licensing import REDEEMED, VOIDED, Code
from prolong_server.operations import invariants
from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal
from tests import vendor
from tests.room import opened
from tests.waiting import PATIENCE

ROUNDS = 2000
COUPLES = 8
HEADER = "license_key,product,edition,seats,country,starts_on,expires_on,activated_on"


@pytest.fixture(autouse=True)
def house(postgres_url):
    with opened(postgres_url):
        yield


def licenses_of(number: int) -> list[str]:
    """The keys of so many licenses that can be renewed."""
    keys = [f"RACE-{at}" for at in range(number)]
    lines = [f"{key},{vendor.PRODUCT},home,1,UA,2026-01-01,2026-12-31,2026-01-01" for key in keys]
    imports.load(vendor.called(), "\n".join((HEADER, *lines)).encode())
    return keys


def insistently(work: Callable[[], Any]) -> Any:
    """As a client does: again as often as it is told to."""
    while True:
        try:
            return work()
        except errors.TryAgain:
            continue
        except Refusal as refusal:
            return refusal.code


def redeemed(at: int, code: str, key: str) -> str:
    """`redeemed` or the reason against it; every other time the form asks first, which lets the void come first."""
    form = vendor.renewal(code, key)
    if at % 2:
        insistently(lambda: checks.check(vendor.called(), form))
    told = insistently(lambda: redemptions.redeem(vendor.called(), form))
    return told if isinstance(told, str) else "redeemed"


def voided(order: str, code: str) -> str:
    """`voided`, or the reason against it."""
    told = insistently(lambda: voids.void(vendor.called(), order, [code]))
    return "voided" if told.voided else cast(str, told.not_voided[0].reason)


def test_of_2000_codes_that_are_voided_and_redeemed_at_once_each_is_one_of_them():
    shop = vendor.found()
    placed = [vendor.order(shop, ROUNDS // COUPLES) for _ in range(COUPLES)]
    codes = [list(sealed_codes.read(vendor.called(), order)) for order in placed]
    keys = licenses_of(ROUNDS)
    app = cast(LocalProxy[Flask], current_app)._get_current_object()

    def take_part(start: threading.Barrier, work: Callable[[int], str]) -> list[str]:
        told = []
        with app.app_context():
            for at in range(ROUNDS // COUPLES):
                start.wait(PATIENCE)
                told.append(work(at))
        return told

    def couple(number: int) -> list[tuple[str, str]]:
        start, mine = threading.Barrier(2), codes[number]
        form = pool.submit(take_part, start, lambda at: redeemed(at, mine[at], keys[at * COUPLES + number]))
        shops = take_part(start, lambda at: voided(placed[number], mine[at]))
        return list(zip(form.result(), shops, strict=True))

    with ThreadPoolExecutor(2 * COUPLES) as pool:
        pairs = [pair for done in pool.map(couple, range(COUPLES)) for pair in done]
    assert len(pairs) == ROUNDS
    assert set(pairs) == {("redeemed", "redeemed"), ("code_voided", "voided")}
    won = pairs.count(("redeemed", "redeemed"))
    counts = [orders.show(vendor.called(), order).counts for order in placed]
    assert [sum(each.redeemed for each in counts), sum(each.voided for each in counts)] == [won, ROUNDS - won]
    with Session(db.db.engine) as session:
        states = dict(session.execute(select(Code.state, func.count()).group_by(Code.state)).all())
    assert states == {REDEEMED: won, VOIDED: ROUNDS - won}
    assert vendor.balance(shop) == f"{-10 * won:.2f}"
    assert invariants.check() == []
