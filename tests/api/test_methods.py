"""HEAD, OPTIONS and methods that an address does not know; languages; and answers without a body."""

from typing import Any

import pytest
from flask import Flask

from prolong_server.rules.permissions import PERMISSIONS
from tests.api.filled import Filled, counts
from tests.api.test_matrix import Route, authorization, routes


def ask(app: Flask, filled: Filled, route: Route, method: str) -> Any:
    header = authorization("admin", filled)
    return app.test_client().open(
        route.address(filled.known), method=method, headers={"Authorization": header} if header else {}
    )


def reading(app: Flask) -> list[Route]:
    """What an admin can read."""
    return [route for route in routes(app) if route.method == "GET" and not PERMISSIONS[route.operation].any_dealer]


def test_head_answers_as_get_does_but_without_a_body(own: Flask, filled: Filled):
    wrong = []
    for route in reading(own):
        head, get = (ask(own, filled, route, method) for method in ("HEAD", "GET"))
        if head.status_code != get.status_code or head.mimetype != get.mimetype or head.data:
            wrong.append((route, head.status_code, get.status_code, head.data))
    assert wrong == []


def test_head_needs_the_token_that_get_needs(own: Flask, filled: Filled):
    closed = [route for route in reading(own) if not PERMISSIONS[route.operation].public]
    answers = [own.test_client().head(route.address(filled.known)) for route in closed]
    assert {(answer.status_code, answer.data) for answer in answers} == {(401, b"")}


def test_options_tells_the_methods_to_whom_may_use_the_address_and_changes_nothing(own: Flask, filled: Filled):
    before, wrong = counts(own), []
    for route in routes(own):
        answer = ask(own, filled, route, "OPTIONS")
        if answer.data and answer.mimetype != "application/problem+json":
            wrong.append((route, answer.data))
        if answer.status_code == 200 and route.method not in answer.headers["Allow"]:
            wrong.append((route, answer.headers["Allow"]))
        if answer.status_code not in {200, 403}:
            wrong.append((route, answer.status_code))
    assert wrong == []
    assert counts(own) == before


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/v1/redemptions", "/v1/orders", "/v1/revocations", "/v1/openapi.json", "/healthz"])
def test_an_unknown_method_is_told_405_with_those_that_are_known(method: str, path: str, own: Flask):
    answer: Any = own.test_client().open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert answer.json["code"] == "method_not_allowed"
    assert set(answer.headers["Allow"].split(", ")) >= {"OPTIONS"}
    assert answer.headers["X-Request-Id"] == answer.json["request_id"]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/nothing", "/v2/orders", "/v1/orders/", "/favicon.ico"])
def test_an_unknown_address_is_told_404_in_words(path: str, own: Flask):
    answer: Any = own.test_client().get(path)
    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (404, "application/problem+json", "not_found")


@pytest.mark.parametrize("asked", ["en", "uk", "ru", "uk-UA,uk;q=0.9,en;q=0.1", "ru-RU", "de, *;q=0.1", "", None])
def test_a_refusal_speaks_the_language_that_was_asked_for(asked: str | None, own: Flask):
    headers = {} if asked is None else {"Accept-Language": asked}
    answer: Any = own.test_client().post("/v1/redemptions", json={}, headers=headers)
    spoken = (asked or "en")[:2]
    assert answer.status_code == 422
    assert is_cyrillic(answer.json["detail"]) is (spoken in {"uk", "ru"})
    assert is_cyrillic(answer.json["title"]) is (spoken in {"uk", "ru"})


def is_cyrillic(text: str) -> bool:
    return any("а" <= letter.lower() <= "я" for letter in text)


def test_ukrainian_and_russian_are_not_the_same(own: Flask):
    told = {
        language: own.test_client().post("/v1/redemptions", json={}, headers={"Accept-Language": language}).get_data()
        for language in ("uk", "ru")
    }
    assert told["uk"] != told["ru"]
