"""A vendor's whole database behind the JSON door, made once and copied for each test that wants it for itself."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from prolong_server import clock, create_app
from prolong_server import db as databases
from prolong_server.access import dealer_tokens, staff
from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.call import Call
from prolong_server.channel import dealers, price_lists, sealed_codes
from prolong_server.channel.dealers import DealerSpec
from prolong_server.config import Settings
from prolong_server.licensing import (
    activations,
    license_links,
    licenses,
    machines,
    redemption_records,
    redemptions,
)
from prolong_server.licensing.license_specs import CustomerSpec, LicenseSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.operations import webhook_endpoints, webhook_log, webhooks
from prolong_server.operations.keys import Holder
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import identifiers
from prolong_server.rules.actors import SYSTEM, Role, Scope
from prolong_server.rules.events import EventKind
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor
from tests.api import moving
from tests.conftest import key_text

ORDER = {"kind": "renewal", "product": "shield", "edition": "home", "period_years": 1, "seats": 1, "quantity": 2}


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled database: where it is, the tokens by who holds them, and known things by what they are."""

    file: Path
    tokens: dict[str, str]
    known: dict[str, str]


def settings(file: Path) -> Settings:
    """Settings of an application on a SQLite file, with keys of its own."""
    return Settings(
        database_url=f"sqlite:///{file}",
        data_dir=file.parent,
        base_url="https://renew.example",
        secret_keys=(key_text(b"s"),),
        code_keys=(key_text(b"c"),),
        signing_keys=(key_text(b"k"),),
        metrics_token="metrics-token-of-the-tests",
    )


@contextmanager
def opened(file: Path) -> Iterator[Flask]:
    """The application on a file."""
    chosen = settings(file)
    app = create_app(chosen, keys=Holder(chosen, clock.now, os.urandom))
    try:
        yield app
    finally:
        with app.app_context():
            for engine in databases.db.engines.values():
                engine.dispose()


def called(app: Flask) -> Call:
    """A call of the system at the present instant."""
    house = app.extensions["prolong"]
    return Call(
        SYSTEM, clock.now(), house.settings.zone, house.settings.base_url, house.keys.current(), os.urandom, "t"
    )


@pytest.fixture(scope="session")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The template: two dealers with tokens of every kind, staff of every role, orders, licenses, a redemption."""
    file = tmp_path_factory.mktemp("filled") / "prolong.db"
    shutil.copy(sqlite_template, file)
    with opened(file) as app, app.app_context():
        tokens, known = _fill(called(app), file.parent)
    return Filled(file, tokens, known)


@pytest.fixture
def own(filled: Filled, tmp_path: Path) -> Iterator[Flask]:
    """The application on a copy of the filled database, for this test alone."""
    file = tmp_path / "prolong.db"
    shutil.copy(filled.file, file)
    shutil.copytree(filled.file.parent / "scans", tmp_path / "scans")
    with opened(file) as app:
        yield app


def _fill(call: Call, folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    shop = vendor.found()
    other = dealers.create(call, DealerSpec("Soft Warszawa", "PL", ("PL",), "EUR", credit_limit="1000.00")).id
    hooks = EndpointSpec("https://hooks.example/prolong", (EventKind.ORDER_ISSUED,), dealer=shop.dealer)
    endpoint, _secret = webhook_endpoints.create(call, hooks)
    order = vendor.order(shop, 12, call)
    webhooks.dispatch(call)
    codes = list(sealed_codes.read(call, order))
    first = _license(call, shop.dealer)
    machine = _redeemed(call, codes[0], first.license_key)
    known = {
        "dealer": shop.dealer,
        "other_dealer": other,
        "order": order,
        "other_order": vendor.order(vendor.Vendor(other), 1, call),
        "code": codes[1],
        "spent_code": codes[0],
        "license": first.id,
        "license_key": first.license_key,
        "customer": first.customer_id or "",
        "price_list": price_lists.list_all(call).items[0].id,
        "link": license_links.address(call, identifiers.read("lic", first.id) or 0).partition("#")[2],
        "machine": machine,
        "redemption": redemption_records.list_all(call, first.id).items[0].id,
        "endpoint": endpoint.id,
        "delivery": webhook_log.list_all(call).items[0].id,
        **_activated(call, shop),
    }
    requester, moved = moving.fill(call, folder)
    tokens = _tokens(call, shop.dealer, other, known) | {"requester": requester}
    return tokens, known | moved


def _license(call: Call, dealer: str) -> LicenseView:
    day = call.today
    spec = LicenseSpec(
        product=vendor.PRODUCT,
        edition="home",
        seats=1,
        country="UA",
        starts_on=day - timedelta(days=300),
        expires_on=day + timedelta(days=30),
        license_key="KEY-FILLED",
        activated_on=day - timedelta(days=300),
        dealer=dealer,
        customer=CustomerSpec("Olena", "olena@example.com", "UA"),
    )
    return licenses.create(call, spec)


def _redeemed(call: Call, code: str, key: str) -> str:
    redemptions.redeem(call, vendor.renewal(code, key))
    return machines.list_all(call, key).items[0].id


def _activated(call: Call, shop: vendor.Vendor) -> dict[str, str]:
    order = vendor.order(shop, 2, call, kind=CodeKind.ACTIVATION)
    spent, fresh = sealed_codes.read(call, order)
    activations.activate(call, vendor.activation(spent))
    return {"activation_order": order, "activation_code": fresh}


def _tokens(call: Call, dealer: str, other: str, known: dict[str, str]) -> dict[str, str]:
    tokens = {role.value: staff.add(call, f"{role.value}@vendor.example", role)[1] for role in Role}
    kinds: dict[str, tuple[Scope, ...]] = {"no scope": (), "all scopes": tuple(Scope)}
    kinds |= {scope.value: (scope,) for scope in Scope}
    for name, scopes in kinds.items():
        tokens[name] = _token(call, dealer, TokenSpec(name, scopes))[1]
    tokens["sandbox"] = _token(call, dealer, TokenSpec("sandbox", tuple(Scope), test=True))[1]
    tokens["other dealer"] = _token(call, other, TokenSpec("other", tuple(Scope)))[1]
    gone, tokens["revoked"] = _token(call, dealer, TokenSpec("revoked", tuple(Scope)))
    dealer_tokens.delete(call, dealer, gone)
    tokens["expired"] = _expired(call, dealer)
    known["token"] = _token(call, dealer, TokenSpec("to delete", ()))[0]
    return tokens


def _token(call: Call, dealer: str, spec: TokenSpec) -> tuple[str, str]:
    made, text = dealer_tokens.create(call, dealer, spec)
    return made.id, text


def _expired(call: Call, dealer: str) -> str:
    past = replace(call, now=call.now - timedelta(days=30))
    return _token(past, dealer, TokenSpec("expired", tuple(Scope), call.today - timedelta(days=10)))[1]


def counts(app: Flask) -> dict[str, int]:
    """How many rows each table has."""
    with app.app_context(), databases.db.engine.connect() as connection:
        tables = databases.Base.metadata.sorted_tables
        return {t.name: connection.exec_driver_sql(f"SELECT count(*) FROM {t.name}").scalar_one() for t in tables}
