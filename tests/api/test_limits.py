"""Who guesses is stopped, and nobody else: by address, by address and target, never by target alone."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import limits
import pytest
from fakeredis import TcpFakeServer
from flask import Flask

from prolong_server import clock, create_app, db
from prolong_server.config import Rates, Settings
from prolong_server.operations.keys import Holder
from tests import vendor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
UNKNOWN = "WXWCB-YB6WK-952SW-A0432-CF1XG"
MALFORMED = "WXWCB-YB6WK-952SW-A0432-CF1XX"
RATES = Rates(limits.parse("5/minute"), limits.parse("3/minute"))


@contextmanager
def served(settings: Settings, **changes: Any) -> Iterator[Flask]:
    """An application with limits, as one worker process has it."""
    chosen = replace(settings, **{"rate_limits": RATES, **changes})
    app = create_app(chosen, keys=Holder(chosen, clock.now, os.urandom))
    with app.app_context():
        app.extensions["prolong"].keys.current()
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.db.engines.values():
                engine.dispose()


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with served(settings) as built:
        yield built


def guess(app: Flask, key: str = "KEY-1", code: str = UNKNOWN, address: str = "192.0.2.1") -> Any:
    body = {"code": code, "license_key": key, "product": vendor.PRODUCT, "product_version": "9.10"}
    return app.test_client().post("/v1/redemptions/check", json=body, environ_base={"REMOTE_ADDR": address})


def guesses(app: Flask, count: int, **how: str) -> list[int]:
    return [guess(app, **how).status_code for _ in range(count)]


def test_one_address_with_one_target_is_stopped_after_its_limit_and_told_when_to_come_back(app: Flask):
    assert guesses(app, 5) == [404, 404, 404, 429, 429]
    answer = guess(app)
    assert answer.get_json()["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert guess(app, key=" key-1 ").status_code == 429, "another spelling is another target"


def test_one_address_with_many_targets_is_stopped_after_its_own_limit(app: Flask):
    assert [guess(app, key=f"KEY-{number}").status_code for number in range(7)] == [404] * 5 + [429] * 2


def test_no_target_is_stopped_for_another_address(app: Flask):
    for number in range(1, 9):
        guess(app, address=f"198.51.100.{number}")
    assert guesses(app, 4, address="198.51.100.1")[-1] == 429
    assert guess(app, address="192.0.2.77").status_code == 404


def test_addresses_of_one_subscriber_of_ipv6_are_one(app: Flask):
    told = [guess(app, address=f"2001:db8:0:1::{number}").status_code for number in range(1, 6)]
    assert told == [404, 404, 404, 429, 429]
    assert guess(app, address="2001:db8:0:2::1").status_code == 404


def test_malformed_codes_and_good_requests_are_never_counted(app: Flask):
    with app.app_context():
        shop = vendor.found()
        held = vendor.license_(days_left=500)
        vendor.codes(shop, 1)
    assert guesses(app, 9, code=MALFORMED) == [422] * 9
    body = {"license_key": held.license_key, "product": vendor.PRODUCT}
    told = [app.test_client().post("/v1/licenses/validate", json=body).status_code for _ in range(9)]
    assert told == [200] * 9


def test_keys_that_are_tried_with_a_real_code_are_counted_though_they_are_told_in_a_good_answer(app: Flask):
    with app.app_context():
        code = vendor.codes(vendor.found())[0]
    told = [guess(app, key=f"GUESS-{number}", code=code).status_code for number in range(7)]
    assert told == [200] * 5 + [429] * 2


@pytest.fixture
def redis_url() -> Iterator[str]:
    """The address of a server that speaks as Redis does."""
    server = TcpFakeServer(("127.0.0.1", 0))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    thread.join(20)
    server.server_close()


def test_workers_that_share_a_redis_share_their_counts(settings: Settings, redis_url: str):
    with served(settings, redis_url=redis_url) as first, served(settings, redis_url=redis_url) as second:
        assert [guess(app).status_code for app in (first, second, first, second, first)] == [404, 404, 404, 429, 429]
        assert guess(first, address="192.0.2.9").status_code == 404


def test_a_redis_that_is_away_stops_no_owner_and_each_worker_counts_for_itself(settings: Settings):
    with served(settings, redis_url="redis://127.0.0.1:9/0") as app:
        assert guesses(app, 5) == [404, 404, 404, 429, 429]
        assert guess(app, address="192.0.2.9").status_code == 404


def test_without_limits_nobody_is_stopped(settings: Settings):
    with served(settings, rate_limits=None) as app:
        assert guesses(app, 12) == [404] * 12
