"""A whole life with recognizable values: everything that can be done with a code and a license, well and badly."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from prolong_server.access import staff
from prolong_server.rules.actors import Role, Scope
from prolong_server.rules.codes import generate_block, show_block
from tests import vendor
from tests.api import filled

BASE = "https://renew.example"
NAME = "Kanarienvogel Goldfeder"
EMAIL = "kanarienvogel@goldfeder.example"
UNKNOWN = next(show_block(generate_block(1, os.urandom)))
STAFF = "zeisig@vendor.example"
KEY = "CANARY-LICENSE-KEY-0815"
MACHINE = {"fingerprint": "canary-fingerprint-4711", "name": "kanarienvogels-desk"}
PERSONS = {NAME, EMAIL, STAFF, MACHINE["name"], MACHINE["fingerprint"]}


@dataclass(slots=True)
class Life:
    """A client that remembers what it was told: every refusal, and the secrets of the good answers."""

    app: Flask
    refused: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    keys: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if method == "POST":
            headers["Idempotency-Key"] = f"canary-{next(self.keys)}"
        answer: Any = self.app.test_client().open(path, method=method, headers=headers, **more)
        self.statuses.add(answer.status_code)
        if answer.status_code >= 400:
            self.refused.append(answer.get_data(as_text=True))
        return answer

    def codes(self, dealer: str, kind: str) -> list[str]:
        """The codes of a new order, remembered as secrets."""
        order = self.ask("POST", "/v1/orders", dealer, json=filled.ORDER | {"kind": kind, "quantity": 3}).json
        told = [one["code"] for one in self.ask("GET", order["codes_url"].removeprefix(BASE), dealer).json["codes"]]
        self.secrets |= set(told)
        return told


def live(life: Life) -> None:
    """Everything that can be done with a code and a license, well and badly."""
    with life.app.app_context():
        admin = staff.add(filled.called(life.app), STAFF, Role.ADMIN)[1]
        shop = vendor.found()
    scopes = {"name": "canary", "scopes": list(Scope)}
    dealer = life.ask("POST", f"/v1/dealers/{shop.dealer}/tokens", admin, json=scopes).json["token"]
    life.secrets |= {admin, dealer}
    make_license(life, admin, shop.dealer)
    renewal, activation = life.codes(dealer, "renewal"), life.codes(dealer, "activation")
    redeem(life, *renewal)
    activate(life, *activation)
    go_wrong(life, renewal[0], dealer)
    look(life, admin)


def form(code: str, **changes: Any) -> dict[str, Any]:
    return {"code": code, "product": "shield", "product_version": "9.10", "machine": MACHINE} | changes


def make_license(life: Life, admin: str, dealer: str) -> None:
    terms = {"product": "shield", "edition": "home", "seats": 1, "country": "UA", "dealer": dealer}
    days = {"starts_on": "2026-01-01", "activated_on": "2026-01-01", "expires_on": "2028-01-01"}
    customer = {"name": NAME, "email": EMAIL, "country": "UA"}
    made = life.ask("POST", "/v1/licenses", admin, json=terms | days | {"license_key": KEY, "customer": customer})
    assert made.status_code == 201, made.json


def redeem(life: Life, code: str, second: str, third: str) -> None:
    good = form(code, license_key=KEY)
    told = [life.ask("POST", "/v1/redemptions", json=good).status_code for _ in range(2)]
    assert told == [201, 200]
    life.ask("POST", "/v1/redemptions/check", json=form(second, license_key=KEY))
    life.ask("POST", "/v1/licenses/validate", json={"license_key": KEY, "product": "shield", "machine": MACHINE})
    life.ask("POST", "/v1/codes", json={"code": second})
    for changes in ({"license_key": "CANARY-OTHER"}, {"product": "other"}, {"product_version": "1"}, {"machine": None}):
        life.ask("POST", "/v1/redemptions", json=form(third, license_key=KEY) | changes)
    life.ask("POST", "/v1/redemptions", json=form(third[:-1], license_key=KEY))
    life.ask("POST", "/v1/redemptions", json=form(UNKNOWN, license_key=KEY))
    life.ask("POST", "/v1/activations", json=form(second, customer={"name": NAME, "email": EMAIL, "country": "UA"}))


def activate(life: Life, code: str, second: str, third: str) -> None:
    customer = {"name": NAME, "email": EMAIL, "country": "UA"}
    made = life.ask("POST", "/v1/activations", json=form(code, customer=customer))
    assert made.status_code == 201, made.json
    life.secrets.add(made.json["license"]["license_key"])
    life.ask("POST", "/v1/activations", json=form(code, customer=customer, machine=MACHINE | {"fingerprint": "f" * 20}))
    life.ask("POST", "/v1/redemptions", json=form(second, license_key=KEY))
    life.ask("POST", "/v1/activations", json=form(third, customer={"name": NAME, "country": "XX", "email": NAME}))


def go_wrong(life: Life, code: str, dealer: str) -> None:
    life.ask("POST", "/broken", json={"code": code, "key": KEY, "token": dealer, "name": NAME, "machine": MACHINE})
    life.ask("POST", "/broken", dealer, data=f"{code} {KEY} {dealer} {NAME}")
    for value in (code, KEY, dealer, NAME, EMAIL):
        life.ask("POST", "/v1/redemptions", json=dict.fromkeys(("code", "license_key", "product", "machine"), value))
        life.ask("POST", "/v1/orders", dealer, json=dict.fromkeys(filled.ORDER, value))
        life.ask("GET", f"/v1/resellers?country={value}&cursor={value}")
        life.ask("GET", f"/v1/orders?limit={value}", dealer)
        life.ask("GET", f"/v1/licenses/{value}")
        life.ask("GET", f"/v1/{value}")
        life.ask("GET", "/v1/dealer", value)
        life.ask("PUT", f"/v1/products/{value}", json={"code": value})
        life.ask("POST", "/v1/redemptions", data=value.encode(), content_type="application/json")
    life.ask("GET", "/v1/dealer", dealer[:-1])


def look(life: Life, admin: str) -> None:
    for path in ("licenses", f"licenses/{KEY}", f"licenses/{KEY}/history", f"licenses/{KEY}/machines", "redemptions"):
        assert life.ask("GET", f"/v1/{path}", admin).status_code == 200
    assert life.ask("POST", f"/v1/licenses/{KEY}/suspend", admin, json={"reason": "chargeback"}).status_code == 200
    customer = life.ask("GET", f"/v1/licenses/{KEY}", admin).json["customer_id"]
    life.ask("DELETE", "/v1/customers/cus_0000000000000/personal-data", admin)
    assert life.ask("GET", "/v1/audit-events", admin).status_code == 200
    assert customer.startswith("cus_")
