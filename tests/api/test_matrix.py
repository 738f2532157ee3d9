"""Who reaches what: every route and method with every kind of token, against the table of permissions."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, Response

from prolong_server.rules import actors, permissions
from prolong_server.rules.actors import Actor, Role, Scope
from tests.api.filled import Filled, counts

UNHEARD = {"expired", "revoked", "malformed", "other scheme", "nobody"}
HOLDERS: dict[str, Actor] = {
    "nobody": actors.ANYBODY,
    **{role.value: Actor(kind="staff", id=1, role=role) for role in Role},
    "no scope": Actor(kind="dealer", id=1, dealer_id=1),
    **{scope.value: Actor(kind="dealer", id=1, dealer_id=1, scopes=frozenset({scope})) for scope in Scope},
    "all scopes": Actor(kind="dealer", id=1, dealer_id=1, scopes=frozenset(Scope)),
    "sandbox": Actor(kind="dealer", id=1, dealer_id=1, scopes=frozenset(Scope), test=True),
    "other dealer": Actor(kind="dealer", id=2, dealer_id=2, scopes=frozenset(Scope)),
    "requester": Actor(kind="customer", request_id=1),
    **dict.fromkeys(("expired", "revoked", "malformed", "other scheme"), actors.ANYBODY),
}
NAMED = {
    "dealers": "dealer",
    "orders": "order",
    "licenses": "license",
    "customers": "customer",
    "webhook-endpoints": "endpoint",
    "webhook-deliveries": "delivery",
    "price-lists": "price_list",
    "redemptions": "redemption",
    "transfer-requests": "request",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One route and method of the JSON door, and the operation that answers."""

    operation: str
    method: str
    rule: str

    def address(self, known: dict[str, str]) -> str:
        """The address with known things in it."""
        noun = self.rule.split("/")[2]
        things = {"ref": known.get(NAMED.get(noun, ""), ""), "code": "shield", "country": "default"}
        things |= {"token": known["token"], "machine_id": known["machine"], "serial": known["module"], "number": "1"}
        things |= {name: known[name] for name in ("attachment", "license_file")}
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: things[found[1]], self.rule)


def routes(app: Flask) -> list[Route]:
    """Every route under /v1 by every method, HEAD included."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1/") and rule.endpoint != "openapi"]
    return [Route(rule.endpoint, method, rule.rule) for rule in rules for method in sorted(rule.methods or ())]


def knock(app: Flask, route: Route, token: str | None, filled: Filled, **more: Any) -> Response:
    """What the door answers to a request with a body that says nothing."""
    headers = {"Authorization": token} if token else {}
    address = route.address(filled.known)
    sent: dict[str, Any] = {"json": {}} if route.method in {"POST", "PATCH", "PUT"} else {}
    answer: Any = app.test_client().open(address, method=route.method, headers=headers, **(sent | more))
    return answer


def authorization(holder: str, filled: Filled) -> str | None:
    """The Authorization header of a holder."""
    if holder == "nobody":
        return None
    if holder == "malformed":
        return f"Bearer {filled.tokens['admin'][:-1]}"
    if holder == "other scheme":
        return f"Basic {filled.tokens['admin']}"
    return f"Bearer {filled.tokens[holder]}"


def code_of(answer: Response) -> str:
    """The code of a problem document, or nothing."""
    told: Any = answer.json if answer.mimetype == "application/problem+json" else {}
    return str((told or {}).get("code", ""))


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_token_reaches_what_the_table_says_and_nothing_else(holder: str, own: Flask, filled: Filled):
    wrong = []
    for route in routes(own):
        if route.method in {"HEAD", "OPTIONS"}:
            continue
        answer = knock(own, route, authorization(holder, filled), filled)
        grant = permissions.PERMISSIONS[route.operation]
        closed = {401: "unauthenticated", 403: "forbidden"}.get(answer.status_code)
        if closed is not None and code_of(answer) != closed:
            wrong.append((route, answer.status_code, code_of(answer)))
        # A token that is sent must be good, even where none is needed.
        unheard = holder in UNHEARD - {"nobody"} and not grant.is_for_everybody
        reached = actors.may(HOLDERS[holder], grant) and not unheard
        if reached is not (closed is None) or answer.status_code >= 500:
            wrong.append((route, answer.status_code, code_of(answer)))
    assert wrong == []


@pytest.mark.parametrize("holder", sorted(UNHEARD))
def test_who_is_not_heard_is_told_401_with_a_challenge_and_changes_nothing(holder: str, own: Flask, filled: Filled):
    before = counts(own)
    answers = [knock(own, route, authorization(holder, filled), filled) for route in _closed(own)]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="prolong"'}
    assert counts(own) == before


@pytest.mark.parametrize(
    ("holder", "status"), [("malformed", 401), ("nobody", 401), ("no scope", 403), ("auditor", 403)]
)
@pytest.mark.parametrize(
    "body",
    [
        {"data": b"{", "content_type": "application/json", "json": None},
        {"data": b"x" * 70_000, "content_type": "application/json", "json": None},
        {"data": b"a", "content_type": "text/plain", "json": None},
        {"json": {"unknown": 1}},
    ],
    ids=["not JSON", "too large", "not this content type", "unknown field"],
)
def test_token_and_scope_are_judged_before_the_body(
    holder: str, status: int, body: dict[str, Any], own: Flask, filled: Filled
):
    acting = [route for route in _closed(own) if route.method not in {"GET", "HEAD"}]
    answers = {knock(own, route, authorization(holder, filled), filled, **body).status_code for route in acting}
    assert answers == {status}


def test_the_token_of_a_person_is_no_longer_heard_once_it_is_revoked(own: Flask, filled: Filled):
    client: Any = own.test_client()
    admin, dealer = ({"Authorization": f"Bearer {filled.tokens[who]}"} for who in ("admin", "all scopes"))
    assert client.get("/v1/dealer", headers=dealer).status_code == 200
    listed = client.get(f"/v1/dealers/{filled.known['dealer']}/tokens", headers=admin).json["items"]
    token = next(one["id"] for one in listed if one["name"] == "all scopes")
    assert client.delete(f"/v1/dealers/{filled.known['dealer']}/tokens/{token}", headers=admin).status_code == 204
    assert client.get("/v1/dealer", headers=dealer).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/codes"), ("POST", "/confirm"), ("POST", "/void")], ids=str
)
def test_another_dealers_order_is_unknown(method: str, path: str, own: Flask, filled: Filled):
    before = counts(own)
    asked: dict[str, Any] = {"json": {"codes": "all"}} if path == "/void" else {}
    headers = {"Authorization": f"Bearer {filled.tokens['all scopes']}"}
    client: Any = own.test_client()
    theirs, nobodys = (
        client.open(f"/v1/orders/{ref}{path}", method=method, headers=headers, **asked)
        for ref in (filled.known["other_order"], "ord_0000000000000")
    )
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json["code"] == nobodys.json["code"] == "not_found"
    assert counts(own) == before


def test_a_dealer_sees_its_own_orders_only(own: Flask, filled: Filled):
    headers = {"Authorization": f"Bearer {filled.tokens['other dealer']}"}
    answer: Any = own.test_client().get("/v1/orders", headers=headers)
    listed = answer.json["items"]
    assert [order["id"] for order in listed] == [filled.known["other_order"]]


def test_a_route_that_the_table_does_not_name_is_refused_to_everybody(own: Flask, filled: Filled):
    own.add_url_rule("/v1/forgotten", "forgotten", lambda: "open")
    heard = {holder for holder in HOLDERS if holder not in UNHEARD}
    client = own.test_client()
    told = {
        holder: client.get("/v1/forgotten", headers={"Authorization": authorization(holder, filled)}).status_code
        for holder in heard
    }
    assert set(told.values()) == {403}
    assert client.get("/v1/forgotten").status_code == 401


def test_every_operation_of_the_table_has_its_route(own: Flask):
    outside = {"metrics.show", "jwks.show"}
    assert {route.operation for route in routes(own)} == permissions.PERMISSIONS.keys() - outside


def _closed(app: Flask) -> list[Route]:
    return [
        route
        for route in routes(app)
        if route.method != "OPTIONS" and not permissions.PERMISSIONS[route.operation].public
    ]
