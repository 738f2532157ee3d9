"""What belongs to another dealer, or to the other world of the same dealer (R19), does not exist for a token."""

from typing import Any

import pytest
from flask import Flask

from prolong_server.rules import actors, permissions
from tests.api import spoiled
from tests.api.asking import rows
from tests.api.filled import Filled
from tests.api.test_matrix import HOLDERS, Route, routes

# Both may read what the whole dealer is told, but nothing of these things is theirs.
STRANGERS = ("other dealer", "sandbox")


def reachable(app: Flask, holder: str) -> list[Route]:
    """The routes to one thing that a dealer's token opens."""
    found = [route for route in routes(app) if "<" in route.rule and route.method not in {"HEAD", "OPTIONS"}]
    grants = {route.operation: permissions.PERMISSIONS[route.operation] for route in found}
    return [
        one for one in found if not grants[one.operation].public and actors.may(HOLDERS[holder], grants[one.operation])
    ]


def ask(app: Flask, holder: str, filled: Filled, method: str, address: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {filled.tokens[holder]}", "Idempotency-Key": "foreign"}
    return app.test_client().open(address, method=method, headers=headers, json=body)


@pytest.mark.parametrize("holder", STRANGERS)
def test_every_thing_of_others_that_an_address_names_is_unknown_and_left_as_it_is(holder, own: Flask, filled: Filled):
    before, good = rows(own), spoiled.bodies(filled)
    asked = reachable(own, holder)
    assert {"orders.show", "orders.codes", "webhook_endpoints.delete", "webhook_deliveries.redeliver"} <= {
        route.operation for route in asked
    }
    for route in asked:
        _method, _address, body = good.get(route.operation, ("", "", {"codes": "all"}))
        sent = body if route.method in {"POST", "PATCH", "PUT"} else None
        answer = ask(own, holder, filled, route.method, route.address(filled.known), sent)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), route
    assert rows(own) == before


@pytest.mark.parametrize("holder", STRANGERS)
def test_a_code_of_others_is_unknown(holder, own: Flask, filled: Filled):
    for code in (filled.known["code"], filled.known["spent_code"], filled.known["activation_code"]):
        answer = ask(own, holder, filled, "POST", "/v1/codes/status", {"code": code})
        assert (answer.status_code, answer.json["code"]) == (404, "code_not_found")


@pytest.mark.parametrize("holder", STRANGERS)
def test_lists_hold_nothing_of_others(holder, own: Flask, filled: Filled):
    everybodys = {"dealer", "price_list", "other_dealer", "other_order"}
    theirs = {value for name, value in filled.known.items() if name not in everybodys}
    for path in ("/v1/orders", "/v1/leads", "/v1/account/entries", "/v1/webhook-endpoints", "/v1/webhook-deliveries"):
        answer = ask(own, holder, filled, "GET", path)
        assert answer.status_code == 200
        assert not [value for value in theirs if value and f'"{value}"' in answer.text], path


def test_another_dealer_named_in_a_query_or_a_body_is_unknown_or_refused(own: Flask, filled: Filled):
    other = filled.known["other_dealer"]
    for path in ("/v1/leads", "/v1/reports/redemptions", "/v1/reports/renewals", "/v1/reports/revenue"):
        assert ask(own, "all scopes", filled, "GET", f"{path}?dealer={other}").status_code == 404
    bodies = spoiled.bodies(filled)
    for name in ("orders.place", "webhook_endpoints.create"):
        method, address, body = bodies[name]
        assert ask(own, "all scopes", filled, method, address, body | {"dealer": other}).status_code in {403, 404}
    listed = ask(own, "other dealer", filled, "GET", f"/v1/webhook-deliveries?endpoint={filled.known['endpoint']}")
    assert listed.status_code == 404
