"""A vendor's shop behind the JSON door: a product, an admin, and dealers who come with their tokens."""

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook

from prolong_server.access import staff
from prolong_server.call import Call
from prolong_server.licensing import products
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from prolong_server.rules.actors import Role, Scope
from prolong_server.rules.vocabulary import EditionKind

DEALER = {
    "name": "Kyiv Soft",
    "country": "UA",
    "territories": ["UA", "MD"],
    "currency": "EUR",
    "credit_limit": "980.00",
    "discount_percent": "0",
    "phone": "+380 44 555 01 00",
}
LINE: dict[str, Any] = {"product": "shield", "edition": "home", "period_years": 1, "seats_from": 1}
PRICES = {
    "currency": "EUR",
    "valid_from": "2020-01-01",
    "items": [LINE | {"new_price": "49", "renewal_price": "24.50"}],
}
ORDER = {"kind": "renewal", "product": "shield", "edition": "home", "period_years": 1, "seats": 1, "quantity": 10}


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's door; `admin` and the tokens of dealers open it."""

    app: Flask
    tokens: dict[Role, str]
    keys: Iterator[int] = field(default_factory=itertools.count)

    @property
    def admin(self) -> str:
        return self.tokens[Role.ADMIN]

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.app.test_client().open(
            f"/v1{path}", method=method, headers=headers | more.pop("headers", {}), **more
        )

    def dealer(self, **changes: Any) -> str:
        made = self.ask("POST", "/dealers", self.admin, json=DEALER | changes)
        assert made.status_code == 201, made.json
        return str(made.json["id"])

    def token(self, dealer: str, scopes: tuple[str, ...] = tuple(Scope), test: bool = False) -> str:
        spec = {"name": "shop", "scopes": list(scopes), "test": test}
        made = self.ask("POST", f"/dealers/{dealer}/tokens", self.admin, json=spec)
        assert made.status_code == 201, made.json
        return str(made.json["token"])

    def order(self, token: str, key: str | None = None, **changes: Any) -> Any:
        named = {"Idempotency-Key": key or f"key-{next(self.keys)}"}
        return self.ask("POST", "/orders", token, json=ORDER | changes, headers=named)


def sheet(answer: Any) -> list[tuple[Any, ...]]:
    """The rows of the only sheet of a workbook."""
    [one] = load_workbook(io.BytesIO(answer.data)).worksheets
    return list(one.values)


@pytest.fixture
def shop(app: Flask, call: Callable[..., Call]) -> Shop:
    """A shop with one product and its prices."""
    editions = (
        EditionSpec("home", "Home", (1, 2), EditionKind.HOME),
        EditionSpec("business", "Business", (1, 2, 3), EditionKind.BUSINESS),
    )
    with app.app_context():
        products.create(call(), ProductSpec("shield", "Shield", "9.10", editions=editions))
        tokens = {role: staff.add(call(), f"{role.value}@vendor.example", role)[1] for role in Role}
    made = Shop(app, tokens)
    assert made.ask("POST", "/price-lists", made.admin, json=PRICES).status_code == 201
    return made
