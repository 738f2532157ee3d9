"""A process that holds old keys never calls a code unknown which another has issued under a newer one."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from flask import Flask

import prolong
from prolong_server import clock, create_app
from prolong_server import db as databases
from prolong_server.access import staff
from prolong_server.call import Call
from prolong_server.channel import dealers
from prolong_server.config import Settings
from prolong_server.operations import keys
from prolong_server.operations.keys import Holder
from prolong_server.rules.actors import SYSTEM, Role
from tests import vendor
from tests.conftest import key_text
from tests.scenes import UNKNOWN_CODE, Stage

OLD, NEW = key_text(b"c"), key_text(b"d")


@contextmanager
def process(settings: Settings) -> Iterator[Flask]:
    """An application that holds its keys in memory, as every process does."""
    app = create_app(settings, keys=Holder(settings, clock.now, os.urandom))
    try:
        yield app
    finally:
        with app.app_context():
            for engine in databases.db.engines.values():
                engine.dispose()


def called(app: Flask) -> Call:
    house = app.extensions["prolong"]
    with app.app_context():
        ring = house.keys.current()
    return replace(vendor.called(now=clock.now(), actor=SYSTEM), keys=ring)


def stage(app: Flask) -> Stage:
    """The vendor as this process sees it, made by the first that asks."""
    call = called(app)
    with app.app_context():
        known = dealers.list_all(call).items
        return Stage(vendor.found_again() if known else vendor.found(), call)


def form(app: Flask, by: Stage) -> dict[str, Any]:
    """The body of a redemption with a code that this process issues."""
    with app.app_context():
        sent = {"code": by.code(), "license_key": by.license().license_key}
    machine = {"fingerprint": vendor.MACHINE.fingerprint}
    return sent | {"product": vendor.PRODUCT, "product_version": "9.10", "machine": machine}


def redeem(app: Flask, body: dict[str, Any]) -> Any:
    return app.test_client().post("/v1/redemptions", json=body)


def test_a_running_process_takes_up_a_key_that_was_rotated_beside_it(settings):
    files = replace(settings, code_keys=(), signing_keys=(), secret_keys=())
    with ExitStack() as stack:
        running, beside = (stack.enter_context(process(files)) for _ in range(2))
        before = form(running, stage(running))
        with running.app_context():
            keys.rotate(called(running), files, "code")
        assert called(running).keys.codes[0] != called(beside).keys.codes[0]
        body = form(beside, stage(beside))
        answers = [redeem(running, each) for each in (body, body, before)]
        assert [answer.status_code for answer in answers] == [201, 200, 201]
        assert called(running).keys.codes[0] == called(beside).keys.codes[0]
        unknown = redeem(running, body | {"code": UNKNOWN_CODE})
        assert (unknown.status_code, unknown.json["code"]) == (404, "code_not_found")


@pytest.fixture
def behind(settings: Settings) -> Iterator[tuple[Flask, dict[str, Any], dict[str, Any]]]:
    """A process whose settings lack the newest key; a form with a code under the old one, and one under the new."""
    with ExitStack() as stack:
        running = stack.enter_context(process(replace(settings, code_keys=(OLD,))))
        old = form(running, stage(running))
        newer = stack.enter_context(process(replace(settings, code_keys=(NEW, OLD))))
        yield running, old, form(newer, stage(newer))


def test_while_the_newest_key_is_not_to_be_had_no_code_is_called_unknown(behind):
    running, old, new = behind
    for body in (new, new | {"code": UNKNOWN_CODE}):
        answer = redeem(running, body)
        assert (answer.status_code, answer.json["code"]) == (503, "try_again")
        assert int(answer.headers["Retry-After"]) > 0
    assert redeem(running, old).status_code == 201


def test_the_sdk_does_not_take_that_for_a_refusal(behind):
    running, _old, new = behind
    told: dict[str, Any] = {"product": vendor.PRODUCT, "product_version": "9.10", "machine": vendor.MACHINE.fingerprint}
    transport = httpx.WSGITransport(running)
    store = prolong.MemoryStore()
    with prolong.Client("https://renew.example", **told, store=store, transport=transport, timeout=1) as client:
        with pytest.raises(prolong.OutcomeUnknown):
            client.redeem(new["code"], new["license_key"])
        with pytest.raises(prolong.Unreachable):
            client.check(new["code"], new["license_key"])


@pytest.fixture
def rotated(settings: Settings) -> Iterator[tuple[Settings, Flask, Flask, dict[str, str], Stage]]:
    """Two processes with keys in files: one that rotates, one beside it; a token of an admin, and the vendor."""
    files = replace(settings, code_keys=(), signing_keys=(), secret_keys=())
    with ExitStack() as stack:
        rotating, beside = (stack.enter_context(process(files)) for _ in range(2))
        shop = stage(beside)
        with beside.app_context():
            _, token = staff.add(called(beside), "admin@vendor.example", Role.ADMIN)
        yield files, rotating, beside, {"Authorization": f"Bearer {token}"}, shop


def test_a_process_whose_code_key_was_retired_loads_the_new_one_and_orders_under_it(rotated):
    files, rotating, beside, token, shop = rotated
    old = called(beside).keys.codes[0].id
    with rotating.app_context():
        keys.rotate(called(rotating), files, "code")
        keys.retire(called(rotating), old)
    wanted = {"kind": "renewal", "product": vendor.PRODUCT, "edition": "home", "period_years": 1, "seats": 1}
    wanted |= {"quantity": 1, "dealer": shop.shop.dealer}
    headers = token | {"Idempotency-Key": "one"}
    assert beside.test_client().post("/v1/orders", json=wanted, headers=headers).status_code == 201


def test_a_process_opens_a_list_that_was_sealed_under_a_secret_rotated_beside_it(rotated):
    files, rotating, beside, token, shop = rotated
    with rotating.app_context():
        keys.rotate(called(rotating), files, "secret")
        rotating.extensions["prolong"].keys.reload()
        order = vendor.order(shop.shop, call=called(rotating))
    answer = beside.test_client().get(f"/v1/orders/{order}/codes", headers=token)
    assert (answer.status_code, len(answer.json["codes"])) == (200, 1)


def retire_the_first_secret(app: Flask, files: Settings) -> None:
    """Rotate the secret on this host, and retire the old one long afterwards."""
    with app.app_context():
        keys.rotate(called(app), files, "secret")
        app.extensions["prolong"].keys.reload()
        later = replace(called(app), now=clock.now() + timedelta(days=91))
        old = min(one.id for one in keys.listing(later) if one.purpose == "secret")
        keys.retire(later, old)


def test_a_process_whose_secret_was_retired_loads_the_new_one_and_what_it_seals_is_opened_after_a_restart(settings):
    files = replace(settings, code_keys=(), signing_keys=(), secret_keys=())
    with ExitStack() as stack:
        beside, rotating = (stack.enter_context(process(files)) for _ in range(2))
        called(beside)
        retire_the_first_secret(rotating, files)
        with rotating.app_context():
            shop = vendor.found()
            _, token = staff.add(called(rotating), "admin@vendor.example", Role.ADMIN)
        wanted = {"kind": "renewal", "product": vendor.PRODUCT, "edition": "home", "period_years": 1, "seats": 1}
        wanted |= {"quantity": 1, "dealer": shop.dealer}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
        ordered: Any = beside.test_client().post("/v1/orders", json=wanted, headers=headers)
        assert ordered.status_code == 201
        restarted = stack.enter_context(process(files))
        listed: Any = restarted.test_client().get(f"/v1/orders/{ordered.json['id']}/codes", headers=headers)
        assert (listed.status_code, len(listed.json["codes"])) == (200, 1)
