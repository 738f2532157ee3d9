"""What browsers are told about pages of other sites: those that a product allows may ask, and nobody else."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from prolong_server import db
from prolong_server.api import cross_origin
from prolong_server.rules.permissions import PERMISSIONS
from tests import vendor
from tests.api import filled as filled_databases
from tests.api.filled import Filled, counts
from tests.api.test_matrix import Route, routes

SHOP = "https://shop.example"
SECOND = "https://second.example:8443"
FOREIGN = [
    *("https://evil.example", "http://shop.example", "https://shop.example:444", "https://sub.shop.example", "null"),
    *("https://shop.example.evil.example", "https://SHOP.example", "https://shop.example/", "", f"{SHOP}, {SECOND}"),
    *("*", f"{SHOP} {SECOND}"),
]
PROGRAM = {"product_version": "9.10", "machine": {"fingerprint": vendor.MACHINE.fingerprint}}
READABLE = "Idempotent-Replayed, Retry-After, X-Request-Id"


def allow(app: Flask, filled: Filled, *origins: str) -> None:
    header = {"Authorization": f"Bearer {filled.tokens['admin']}"}
    changed = app.test_client().patch("/v1/products/shield", json={"web_origins": list(origins)}, headers=header)
    assert changed.status_code == 200


@pytest.fixture
def shop(own: Flask, filled: Filled) -> Flask:
    """The application with a product that allows two origins."""
    allow(own, filled, SHOP, SECOND)
    return own


def ask(app: Flask, path: str, origin: str | None = SHOP, **more: Any) -> Any:
    headers = more.pop("headers", {}) | ({} if origin is None else {"Origin": origin})
    return app.test_client().post(f"/v1{path}", headers=headers, **more)


def preflight(app: Flask, path: str, origin: str = SHOP, method: str = "POST", **more: Any) -> Any:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "accept-language,content-type"}
    return app.test_client().options(path, headers=asked | {"Origin": origin}, **more)


def cors(answer: Any) -> dict[str, str]:
    """The headers of an answer that speak of origins."""
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


def redemption(filled: Filled, **changes: Any) -> dict[str, Any]:
    return {"code": filled.known["code"], "license_key": filled.known["license_key"], "product": "shield"} | changes


def from_pages(app: Flask) -> list[Route]:
    """What pages may call."""
    called = [route for route in routes(app) if route.operation in cross_origin.FROM_PAGES]
    return [route for route in called if route.method not in {"HEAD", "OPTIONS"}]


@pytest.mark.parametrize("origin", [SHOP, SECOND])
def test_a_browser_that_asks_beforehand_is_told_what_an_allowed_page_may_send(shop, filled, origin):
    for route in from_pages(shop):
        answer = preflight(shop, route.address(filled.known), origin, route.method)
        assert (answer.status_code, answer.data) == (204, b"")
        assert cors(answer) == {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": route.method,
            "Access-Control-Allow-Headers": "Content-Type, Accept, Accept-Language",
            "Access-Control-Max-Age": "600",
        }
        assert answer.headers["Vary"] == "Origin"
        assert "Content-Type" not in answer.headers


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_any_other_origin_is_told_nothing(shop, filled, origin):
    answers = [preflight(shop, route.address(filled.known), origin, route.method) for route in from_pages(shop)]
    answers += [
        ask(shop, "/redemptions", origin, json=redemption(filled)),
        ask(shop, "/redemptions/check", origin, json=redemption(filled)),
        shop.test_client().get("/v1/products/shield", headers={"Origin": origin}),
    ]
    assert [cors(answer) for answer in answers] == [{}] * len(answers)
    assert {answer.headers["Vary"] for answer in answers} == {"Origin"}


@pytest.mark.parametrize(
    ("path", "changes", "status"),
    [
        ("/redemptions/check", {}, 200),
        ("/redemptions", {}, 201),
        ("/redemptions", {"code": "WXWCB-YB6WK-952SW-A0432-CF1XG"}, 404),
        ("/redemptions", {**PROGRAM, "product": "another"}, 409),
        ("/redemptions", {"color": "red"}, 422),
        ("/activations", {}, 422),
        ("/licenses/validate", {}, 422),
    ],
)
def test_an_allowed_page_may_read_every_answer_and_the_headers_that_the_form_needs(shop, filled, path, changes, status):
    answer = ask(shop, path, json=redemption(filled, **changes))
    assert answer.status_code == status
    assert cors(answer) == {"Access-Control-Allow-Origin": SHOP, "Access-Control-Expose-Headers": READABLE}
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"{}", "content_type": "text/plain"}, 415),
        ({"data": b"x" * 70_000, "content_type": "application/json"}, 413),
    ],
)
def test_an_allowed_page_may_read_what_is_refused_before_it_is_understood(shop, body, status):
    answer = ask(shop, "/redemptions", **body)
    assert (answer.status_code, cors(answer)["Access-Control-Allow-Origin"]) == (status, SHOP)


def test_a_repetition_tells_a_page_that_it_is_one(shop, filled):
    for status in (201, 200):
        answer = ask(shop, "/redemptions", json=redemption(filled))
        assert answer.status_code == status
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" in cors(answer)["Access-Control-Expose-Headers"]


def test_a_page_that_is_not_allowed_cannot_have_a_code_spent_without_a_question_beforehand(shop, filled):
    # Without asking first a browser sends only forms and plain text, and the door takes neither.
    before = counts(shop)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        sent = {"data": b'{"code":"' + filled.known["code"].encode() + b'"}', "content_type": kind}
        assert ask(shop, "/redemptions", "https://evil.example", **sent).status_code == 415
    assert counts(shop) == before


def test_what_pages_do_not_call_tells_them_nothing(shop, filled):
    header = {"Authorization": f"Bearer {filled.tokens['admin']}", "Origin": SHOP}
    header["Access-Control-Request-Method"] = "GET"
    client = shop.test_client()
    for route in routes(shop):
        if route.operation not in cross_origin.FROM_PAGES and route.method in {"GET", "HEAD"}:
            answers = [
                client.open(route.address(filled.known), method=way, headers=header) for way in ("GET", "OPTIONS")
            ]
            assert [cors(answer) for answer in answers] == [{}, {}], route
    outside = ["/healthz", "/metrics", "/v1/openapi.json", "/v1/nothing", "/license", "/.well-known/jwks.json"]
    for path in outside:
        assert cors(preflight(shop, path, method="GET")) == cors(client.get(path, headers={"Origin": SHOP})) == {}


def test_a_page_may_read_a_product_and_not_change_it(shop):
    assert cors(preflight(shop, "/v1/products/shield", method="GET"))["Access-Control-Allow-Methods"] == "GET"
    refused = preflight(shop, "/v1/products/shield", method="PATCH")
    assert cors(refused) == {}
    assert refused.status_code != 204


def test_no_operation_that_takes_a_token_is_open_to_pages():
    assert all(PERMISSIONS[operation].public for operation in cross_origin.FROM_PAGES)


def test_no_answer_to_a_page_allows_credentials_or_everybody(shop, filled):
    for origin in (SHOP, "https://evil.example", "*", "null"):
        told = cors(preflight(shop, "/v1/redemptions", origin)) | cors(
            ask(shop, "/redemptions/check", origin, json=redemption(filled))
        )
        assert "Access-Control-Allow-Credentials" not in told
        assert "*" not in told.values()


@pytest.mark.parametrize("length", [{"content_length": 80_000}, {}])
def test_a_question_beforehand_is_answered_whatever_its_body(shop, length):
    answer = preflight(shop, "/v1/redemptions", data=b"x" * 80_000, content_type="application/json", **length)
    assert (answer.status_code, cors(answer)["Access-Control-Allow-Origin"]) == (204, SHOP)


def test_options_without_an_origin_or_a_question_stays_what_it_was(shop):
    client = shop.test_client()
    for headers in ({}, {"Origin": SHOP}, {"Access-Control-Request-Method": "POST"}):
        answer = client.options("/v1/redemptions", headers=headers)
        assert (answer.status_code, cors(answer)) == (200, {})
        assert "POST" in answer.headers["Allow"]


def test_a_change_of_the_origins_governs_at_once_in_every_process(shop, filled):
    with filled_databases.opened(Path(file_of(shop))) as other:
        for app in (shop, other):
            assert cors(preflight(app, "/v1/redemptions"))
        allow(shop, filled, SECOND)
        for app in (shop, other):
            assert cors(preflight(app, "/v1/redemptions")) == {}
            assert cors(ask(app, "/redemptions/check", json=redemption(filled))) == {}
        allow(other, filled, SHOP)
        for app in (shop, other):
            assert cors(ask(app, "/redemptions/check", json=redemption(filled)))


def file_of(app: Flask) -> str:
    with app.app_context():
        return str(db.db.engine.url.database)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The questions of the block, in order, as SQLite itself gets them."""
    statements: list[str] = []

    def note(statement: str) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append(statement)

    def trace(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(note)

    with app.app_context():
        engines = list(db.db.engines.values())
    for engine in engines:
        engine.dispose()
        event.listen(engine, "connect", trace)
    yield statements
    for engine in engines:
        event.remove(engine, "connect", trace)
        engine.dispose()


def test_a_request_without_an_origin_pays_nothing_and_one_with_an_origin_a_single_read(shop, filled):
    body = redemption(filled, **PROGRAM)
    ask(shop, "/redemptions/check", json=body)
    with counted(shop) as plain:
        assert ask(shop, "/redemptions/check", None, json=body).status_code == 200
    with counted(shop) as paged:
        ask(shop, "/redemptions/check", json=body)
    extra = [text for text in paged if text not in plain]
    assert plain
    assert not any("web_origins != " in text for text in plain)
    assert len(paged) == len(plain) + 1
    assert ["web_origins != " in text for text in extra] == [True]
    with counted(shop) as asked_beforehand:
        preflight(shop, "/v1/redemptions")
    assert len(asked_beforehand) == 1


@contextmanager
def database_away(app: Flask) -> Iterator[None]:
    """All connections for lookups taken until the end of the block."""
    with app.app_context():
        engine = db.db.engines[db.LOOKUPS]
        size: int = engine.pool.size()  # type: ignore[attr-defined]  # a QueuePool, as db.configure makes it
        held = [engine.connect() for _ in range(size)]
    yield
    for connection in held:
        connection.close()


def test_a_page_may_read_that_the_database_is_away_and_when_to_come_back(shop, filled):
    ask(shop, "/redemptions/check", json=redemption(filled))
    with database_away(shop):
        asked = preflight(shop, "/v1/redemptions")
        answer = ask(shop, "/redemptions", json=redemption(filled))
        foreign = ask(shop, "/redemptions", "https://evil.example", json=redemption(filled))
    assert (asked.status_code, cors(asked)["Access-Control-Allow-Origin"]) == (204, SHOP)
    assert (answer.status_code, answer.json["code"], cors(answer)["Access-Control-Allow-Origin"]) == (
        *(503, "try_again"),
        SHOP,
    )
    assert (foreign.status_code, cors(foreign)) == (503, {})
    assert ask(shop, "/redemptions", json=redemption(filled)).status_code == 201
