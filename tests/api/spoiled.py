"""Good bodies of every writing operation, and the ways to spoil them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests import vendor
from tests.api import moving
from tests.api.filled import ORDER, Filled

MACHINE = {"fingerprint": vendor.MACHINE.fingerprint, "name": "desk"}
EDITION = {"code": "home", "name": "Home", "kind": "home", "periods": [1, 2], "territory": "any"}
OFFICE = {"code": "business", "name": "Business", "periods": [1, 2, 3]}
LINE = {
    "product": vendor.PRODUCT,
    "edition": "home",
    "period_years": 1,
    "seats_from": 1,
    "new_price": "20.00",
    "renewal_price": "10.00",
}
PRODUCT = {
    "name": "Vault",
    "latest_version": "9.10",
    "minimum_renewal_version": "9.2",
    "download_url": "https://get.example",
    "renewal_basis": "from_now",
    "renewal_grace_months": 2,
    "machine_check": "off",
    "refresh_days": 9,
    "web_origins": ["https://form.example"],
    "editions": [EDITION, OFFICE],
}
DEALER = {
    "name": "Soft Lviv",
    "country": "UA",
    "territories": ["UA", "PL"],
    "currency": "EUR",
    "credit_limit": "10.00",
    "discount_percent": "5",
    "phone": "+380 32 555 01 00",
    "email": "sales@lviv.example",
    "url": "https://lviv.example",
    "status": "active",
    "quota": {"codes": 100, "per": "week"},
}
CONTACT = {"name": "Marta", "phone": "+380 44", "email": "marta@vendor.example", "url": "https://help.example"}
LICENSE = {
    "license_key": "KEY-SPOILED",
    "product": vendor.PRODUCT,
    "edition": "home",
    "license_class": "standard",
    "seats": 1,
    "country": "UA",
    "starts_on": "2026-01-01",
    "expires_on": "2027-01-01",
    "activated_on": "2026-01-01",
    "customer": {"name": "Olena", "email": "olena@example.com", "country": "UA", "reminders": False},
    "test": False,
}
HOOK = {"url": "https://hooks.example/prolong", "events": ["order.issued"], "test": False}
# What the table below would call wrong, and the contract calls good.
ALLOWED = {("codes", "list"), ("text", "line break"), ("file", "line break"), ("file", "long")}
TEXTS: dict[str, Any] = {"object": {}, "list": ["a"], "true": True, "number": 7, "fraction": 1.5, "long": "x" * 5000}
TEXTS |= {"NUL": "a\0b", "bell": "\a", "line break": "a\nb", "surrogate": "\ud800", "NUL alone": "\0"}
DAYS: dict[str, Any] = {
    "no such day": "2026-02-30",
    "year one": "0001-01-01",
    "far": "9999-12-31",
    "short": "2026-1-1",
    "number": 0,
}
DAYS |= {"year 10000": "10000-01-01", "wide digits": "２０２６-01-01", "instant": "2026-01-01T00:00:00Z", "object": {}}
NUMBERS: dict[str, Any] = {
    "text": "1",
    "other digits": "٣",
    "whole fraction": 1.0,
    "fraction": 1.5,
    "true": True,
    "negative": -1,
}
NUMBERS |= {"huge": 10**30, "beyond 32 bits": 2**31, "beyond 64 bits": 2**63, "float": 1e308, "list": [], "object": {}}
FLAGS: dict[str, Any] = {"text": "true", "one": 1, "zero": 0, "list": [], "object": {}}
AMOUNTS: dict[str, Any] = {
    "exponent": "1e5",
    "NaN": "NaN",
    "infinite": "Infinity",
    "other digits": "١٢",
    "comma": "1,5",
    "signs": "--1",
}
AMOUNTS |= {"fine": "1.1234567", "huge": "9" * 30, "number": 1, "fraction": 1.5, "blank": " ", "empty": ""}
MONEY = {"amount", "credit_limit", "discount_percent", "new_price", "renewal_price"}


def bodies(filled: Filled) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, address and a good body of every operation that reads a JSON body, by its name."""
    known = filled.known
    form = {"product": vendor.PRODUCT, "product_version": "9.10", "machine": MACHINE}
    renewal = form | {"code": known["code"], "license_key": known["license_key"]}
    customer = {"name": "Olena", "email": "olena@example.com", "country": "UA", "reminders": False}
    dealer, order, license_ = (f"/v1/{noun}s/{known[noun]}" for noun in ("dealer", "order", "license"))
    token = {"name": "till", "scopes": ["orders:read"], "expires_on": "2029-01-01", "test": False}
    return moving_bodies(known) | {
        "redemptions.redeem": ("POST", "/v1/redemptions", renewal),
        "redemptions.check": ("POST", "/v1/redemptions/check", renewal),
        "activations.activate": (
            "POST",
            "/v1/activations",
            form | {"code": known["activation_code"], "customer": customer},
        ),
        "validations.validate": ("POST", "/v1/licenses/validate", form | {"license_key": known["license_key"]}),
        "dealers.create": ("POST", "/v1/dealers", DEALER),
        "dealers.change": ("PATCH", dealer, DEALER),
        "dealer_payments.record": ("POST", f"{dealer}/payments", {"amount": "5.00", "reason": "paid"}),
        "dealer_corrections.record": ("POST", f"{dealer}/corrections", {"amount": "-5.00", "reason": "too much"}),
        "dealer_tokens.create": ("POST", f"{dealer}/tokens", token),
        "price_lists.create": (
            "POST",
            "/v1/price-lists",
            {"currency": "EUR", "valid_from": "2027-01-01", "items": [LINE]},
        ),
        "orders.place": ("POST", "/v1/orders", ORDER | {"reference": "PO 7", "shelf_life_days": 30}),
        "orders.void": ("POST", f"{order}/void", {"codes": "all"}),
        "products.create": ("POST", "/v1/products", PRODUCT | {"code": "vault"}),
        "products.change": ("PATCH", f"/v1/products/{vendor.PRODUCT}", PRODUCT),
        "representatives.put": ("PUT", "/v1/representatives/UA", CONTACT),
        "redemptions.reverse": ("POST", f"/v1/redemptions/{known['redemption']}/reverse", {"reason": "chargeback"}),
        "codes.status": ("POST", "/v1/codes/status", {"code": known["code"]}),
        "codes.search": ("POST", "/v1/codes/search", {"license": known["license_key"], "limit": 5}),
        "licenses.create": ("POST", "/v1/licenses", LICENSE),
        "license_links.open": ("POST", "/v1/license-links/open", {"token": known["link"]}),
        "license_links.unsubscribe": ("POST", "/v1/license-links/unsubscribe", {"token": known["link"]}),
        "webhook_endpoints.create": ("POST", "/v1/webhook-endpoints", HOOK),
        "webhook_endpoints.change": ("PATCH", f"/v1/webhook-endpoints/{known['endpoint']}", {"status": "active"}),
        "licenses.suspend": ("POST", f"{license_}/suspend", {"reason": "unpaid"}),
        "licenses.reinstate": ("POST", f"{license_}/reinstate", {"reason": "paid"}),
        "licenses.revoke": ("POST", f"{license_}/revoke", {"reason": "stolen"}),
    }


def moving_bodies(known: dict[str, str]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The same of Modules and transfer requests."""
    module = f"/v1/modules/{known['module']}"
    reviewed, awaiting = (f"/v1/transfer-requests/{known[step]}" for step in ("in_review_request", "awaiting_request"))
    places = {"from": [{"module": known["module"], "seats": 10}], "to": [{"module": known["free_module"], "seats": 10}]}
    request = {
        "kind": "transfer",
        "company": "Works",
        "licenses": [{"license_key": known["module_license"], "software": "Shield"} | places],
        "pledges": {"non_use": True, "return_modules": False},
        "files_held": "none_held",
        "language": "uk",
    }
    approval = {"return_required": True, "checklist": moving.TICKED, "exchange_modules": [known["free_module"]]}
    binding = {"license": known["license"], "module": known["free_module"], "seats": 1, "interim_until": None}
    return {
        "modules.register": ("POST", "/v1/modules", {"serial": "NEW-1", "customer": known["customer"]}),
        "modules.report": ("POST", f"{module}/report", {"event": "lost"}),
        "modules.retire": ("POST", "/v1/modules/M-LOST/retire", {"reason": "stolen"}),
        "modules.reinstate": ("POST", "/v1/modules/M-LOST/reinstate", {"reason": "it was in a drawer"}),
        "license_files.bind": ("POST", "/v1/license-files", binding),
        "license_files.verify": ("POST", "/v1/license-files/verify", {"file": known["signed_file"]}),
        "transfer_requests.create": (
            "POST",
            "/v1/transfer-requests",
            request | {"contact_email": "works@company.example"},
        ),
        "transfer_requests.change": ("PATCH", f"/v1/transfer-requests/{known['request']}", request),
        "request_reviews.request_information": ("POST", f"{reviewed}/request-information", {"text": "Which one?"}),
        "request_reviews.note": ("POST", f"{reviewed}/notes", {"text": "The stamp is faint.", "checklist": ["seats"]}),
        "request_reviews.approve": ("POST", f"{reviewed}/approve", approval),
        "request_reviews.reject": ("POST", f"{reviewed}/reject", {"reason": "not signed"}),
        "request_reviews.record_payment": ("POST", f"{reviewed}/record-payment", {"order_reference": "INV 7"}),
        "request_reviews.override_limit": ("POST", f"{reviewed}/override-limit", {"reason": "a merger"}),
        "request_reviews.record_return": ("POST", f"{awaiting}/record-return", {"module": "A-awaiting"}),
    }


def spoiled(good: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body with one value wrong, or with one unknown field in it or in what it holds; each with its name."""
    for path, value in _leaves(good):
        for name, wrong in _wrong(path, value).items():
            if (path[-1], name) not in ALLOWED:
                yield f"{'.'.join(map(str, path))}: {name}", _with(good, path, wrong)
    for path in _objects(good):
        yield f"unknown in {path}", _with(good, (*path, "surprise"), 1)


def _wrong(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return FLAGS
    if isinstance(value, int):
        return NUMBERS
    if path[-1] in MONEY:
        return AMOUNTS
    return DAYS if isinstance(path[-1], str) and path[-1].endswith(("_on", "_from")) else TEXTS


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, (dict, list)):
        for name, inside in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inside, (*path, name))
        return
    yield path, value


def _objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        yield path
    if isinstance(value, (dict, list)):
        for name, inside in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _objects(inside, (*path, name))


def _with(good: dict[str, Any], path: tuple[Any, ...], wrong: object) -> dict[str, Any]:
    copy = deepcopy(good)
    place: Any = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = wrong
    return copy
