"""The catalogue through the JSON door."""

from collections.abc import Callable

import pytest

from prolong_server.rules.actors import Role
from tests.api.door import Door

EDITIONS = [
    {"code": "business", "name": "For offices", "periods": [1, 2, 3], "territory": "any"},
    {"code": "home", "name": "For the home", "periods": [1, 2], "territory": "dealer_country"},
]
GUARD = {"code": "guard", "name": "Guard", "latest_version": "9.10", "editions": EDITIONS}


def test_what_an_admin_creates_everybody_can_read(admin: Door, public: Door):
    created = admin.ask("POST", "/products", GUARD)
    assert created.status_code == 201
    shown = public.ask("GET", "/products/guard")
    assert (shown.status_code, shown.json) == (200, created.json)
    assert shown.json["id"].startswith("prd_")
    assert shown.json["editions"] == [
        EDITIONS[0] | {"kind": "business"},
        EDITIONS[1] | {"kind": "home"},
    ]
    assert (shown.json["renewal_grace_months"], shown.json["web_origins"]) == (1, [])


def test_a_change_holds_at_once_and_for_the_named_fields_only(admin: Door, public: Door):
    created = admin.ask("POST", "/products", GUARD).json
    changed = admin.ask("PATCH", "/products/guard", {"latest_version": "9.11", "web_origins": ["https://shop.example"]})
    assert changed.status_code == 200
    assert changed.json == created | {"latest_version": "9.11", "web_origins": ["https://shop.example"]}
    assert public.ask("GET", "/products/guard").json == changed.json


def test_products_are_listed_in_pages(admin: Door):
    for code in "abc":
        admin.ask("POST", "/products", GUARD | {"code": code})
    first = admin.ask("GET", "/products?limit=2").json
    rest = admin.ask("GET", f"/products?limit=2&cursor={first['next_cursor']}").json
    assert [product["code"] for product in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next_cursor"] is None


def test_the_same_idempotency_key_creates_once(admin: Door):
    headers = {"Idempotency-Key": "once"}
    first = admin.ask("POST", "/products", GUARD, headers=headers)
    again = admin.ask("POST", "/products", GUARD, headers=headers)
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")


@pytest.mark.parametrize(
    ("status", "code", "body"),
    [
        (409, "already_exists", GUARD),
        (409, "period_not_allowed", GUARD | {"code": "x", "editions": [EDITIONS[1] | {"periods": [3]}]}),
        (422, "invalid_request", GUARD | {"unknown": 1}),
        (422, "invalid_request", GUARD | {"latest_version": 9.1}),
        (422, "invalid_request", GUARD | {"name": "a\x00"}),
        (422, "invalid_request", {"code": "x"}),
        (422, "invalid_request", []),
    ],
)
def test_a_refusal_names_its_code(admin: Door, status: int, code: str, body: object):
    admin.ask("POST", "/products", GUARD)
    refused = admin.ask("POST", "/products", body)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert refused.content_type == "application/problem+json"


def test_only_admins_write_and_nobody_reads_the_list_without_a_token(staffed: Callable[[Role], Door], public: Door):
    auditor = staffed(Role.AUDITOR)
    assert auditor.ask("GET", "/products").status_code == 200
    assert auditor.ask("POST", "/products", GUARD).status_code == 403
    assert public.ask("GET", "/products").status_code == 401
    assert public.ask("GET", "/products/guard").status_code == 404
