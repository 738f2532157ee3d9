"""What goes by the lane answers as in a thread, and never keeps the lane waiting for a database."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event

from prolong_server import clock, db, lane
from prolong_server.api import hot_paths
from prolong_server.lane import Lane
from prolong_server.rules import calendar
from tests import loops, vendor
from tests.api.shop import Shop

FORM = {"product": vendor.PRODUCT, "product_version": "9.10"}
UNKNOWN = "WXWCB-YB6WK-952SW-A0432-CF1XG"
MALFORMED = "WXWCB-YB6WK-952SW-A0432-CF1XX"
PAGE = {"Origin": "https://shop.example"}


def by_lane(ask: Callable[[], Any]) -> Any:
    """What is answered in a lane."""
    told: list[Any] = []

    async def carry() -> None:
        await Lane(asyncio.get_running_loop(), 2).carry(lambda: told.append(ask()))

    loops.run(carry())
    return told[0]


@pytest.fixture
def checkouts(app: Flask) -> Iterator[list[bool]]:
    """For each connection that was taken, other than the lane's own: whether that was in a lane."""
    seen: list[bool] = []

    def note(*_: object) -> None:
        seen.append(lane.present() is not None)

    with app.app_context():
        engines = [engine for name, engine in db.db.engines.items() if name != db.LANE]
    for engine in engines:
        event.listen(engine, "checkout", note)
    yield seen
    for engine in engines:
        event.remove(engine, "checkout", note)


CASES: dict[str, tuple[str, dict[str, Any], dict[str, str], int]] = {
    "a malformed code": ("/redemptions", FORM | {"code": MALFORMED, "license_key": "K-1"}, {}, 422),
    "an unknown code": ("/redemptions", FORM | {"code": UNKNOWN, "license_key": "K-1"}, {}, 404),
    "an unknown code from a page": ("/redemptions", FORM | {"code": UNKNOWN, "license_key": "K-1"}, PAGE, 404),
    "a check of an unknown code": ("/redemptions/check", FORM | {"code": UNKNOWN}, {}, 404),
    "an unknown license": ("/licenses/validate", FORM | {"license_key": "K-1"}, {}, 404),
    "a wrong form": ("/licenses/validate", {}, {}, 422),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_is_the_same_in_the_lane_and_no_connection_is_taken_there(app, shop, checkouts, case):
    path, body, headers, status = CASES[case]

    def ask() -> Any:
        asked = headers | {"X-Request-Id": "mine"}
        return app.test_client().post(f"/v1{path}", json=body, headers=asked)

    usual, answer = ask(), by_lane(ask)
    assert (answer.status_code, answer.get_json()) == (usual.status_code, usual.get_json())
    assert dict(answer.headers) == dict(usual.headers)
    assert answer.status_code == status, answer.get_json()
    assert True not in checkouts


def founded(shop: Shop, *keys: str, quantity: int) -> list[str]:
    """Licenses of these keys, and so many codes for them."""
    token = shop.token(shop.dealer())
    order = shop.order(token, quantity=quantity).get_json()["id"]
    today = calendar.vendor_day(clock.now(), ZoneInfo("UTC"))
    days = {"starts_on": today - timedelta(days=300), "expires_on": today + timedelta(days=30)}
    license_ = {"product": "shield", "edition": "home", "seats": 1, "country": "UA"}
    license_ |= {name: day.isoformat() for name, day in (days | {"activated_on": days["starts_on"]}).items()}
    for key in keys:
        assert shop.ask("POST", "/licenses", shop.admin, json=license_ | {"license_key": key}).status_code == 201
    return [one["code"] for one in shop.ask("GET", f"/orders/{order}/codes", token).get_json()["codes"]]


def test_a_license_is_redeemed_repeated_checked_and_validated_in_the_lane(app, shop, checkouts):
    code, other = founded(shop, "K-1", quantity=2)
    form = FORM | {"license_key": "K-1", "machine": {"fingerprint": vendor.MACHINE.fingerprint}}

    def ask(path: str, **more: Any) -> Any:
        return by_lane(lambda: app.test_client().post(f"/v1{path}", json=form | more))

    done, repeated = (ask("/redemptions", code=code) for _ in range(2))
    assert (done.status_code, repeated.status_code) == (201, 200), done.get_json()["errors"]
    assert done.get_json()["id"] == repeated.get_json()["id"]
    assert ask("/redemptions/check", code=other).get_json()["problem"] is None
    assert ask("/licenses/validate").get_json()["valid"]
    assert True not in checkouts


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_many_who_wait_for_one_locked_license_hold_up_nobody_else_and_are_told_in_time(app, shop, settings):
    codes = founded(shop, "K-1", "K-2", quantity=31)
    ended: list[tuple[str, int, float]] = []
    began = time.monotonic()

    def ask(key: str, path: str, **more: Any) -> None:
        form = FORM | {"license_key": key, "machine": {"fingerprint": vendor.MACHINE.fingerprint}} | more
        answer = app.test_client().post(f"/v1{path}", json=form)
        ended.append((key, answer.status_code, time.monotonic() - began))

    async def carry() -> None:
        road = Lane(asyncio.get_running_loop(), 2)
        held = [road.carry(partial(ask, "K-1", "/redemptions", code=code)) for code in codes[1:]]
        held += [road.carry(partial(ask, "K-1", "/licenses/validate")) for _ in range(5)]
        others = [
            road.carry(partial(ask, "K-2", "/licenses/validate")),
            road.carry(partial(ask, "K-2", "/redemptions", code=codes[0])),
        ]
        await asyncio.gather(*held, *others)

    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as staff:
        staff.execute("SELECT 1 FROM licenses WHERE license_key = 'K-1' FOR UPDATE")
        loops.run(carry())
    assert {status for key, status, _ in ended if key == "K-1"} == {503}
    assert sorted(status for key, status, _ in ended if key == "K-2") == [200, 201]
    assert [key for key, _, _ in ended][-1] == "K-1"
    assert ended[-1][2] < 2 * lane.PATIENCE_SECONDS


def test_hot_are_paths_that_there_are_and_only_by_the_method_that_storms_use(app):
    posts = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    hot = {path for path in posts if hot_paths.is_hot({"REQUEST_METHOD": "POST", "PATH_INFO": path})}
    assert hot == {"/v1/redemptions", "/v1/redemptions/check", "/v1/licenses/validate"}
    assert not any(hot_paths.is_hot({"REQUEST_METHOD": "GET", "PATH_INFO": path}) for path in hot)
