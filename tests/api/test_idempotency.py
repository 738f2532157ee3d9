"""Idempotency-Key: the same request again gets the first answer again, and nothing is made twice."""

from typing import Any

import pytest
from flask import Flask

from tests.api.asking import client, rows
from tests.api.filled import ORDER, Filled


def order(app: Flask, filled: Filled, key: str | None, holder: str = "all scopes", **changes: Any) -> Any:
    headers = {"Authorization": f"Bearer {filled.tokens[holder]}"} | (
        {"Idempotency-Key": key} if key is not None else {}
    )
    return client(app).post("/v1/orders", json=ORDER | changes, headers=headers)


def test_the_same_key_and_body_get_the_first_answer_again_and_nothing_is_made_twice(own: Flask, filled: Filled):
    first = order(own, filled, "k1")
    after = rows(own)
    again = order(own, filled, "k1")
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert rows(own) == after


def test_the_same_key_with_another_body_is_told_422(own: Flask, filled: Filled):
    order(own, filled, "k1")
    after = rows(own)
    refused = order(own, filled, "k1", quantity=3)
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")
    assert rows(own) == after


def test_another_token_may_use_the_same_key(own: Flask, filled: Filled):
    order(own, filled, "k1")
    other = order(own, filled, "k1", holder="orders:write")
    assert (other.status_code, other.headers.get("Idempotent-Replayed")) == (201, None)


@pytest.mark.parametrize(
    "key", [None, "", "a\x07", "\xe9", "k" * 256], ids=["missing", "empty", "bell", "not ASCII", "long"]
)
def test_an_order_without_a_sound_key_is_told_422_and_not_made(key: str | None, own: Flask, filled: Filled):
    before = rows(own)
    refused = order(own, filled, key)
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_request")
    assert "Idempotency-Key" in refused.json["errors"]
    assert rows(own) == before


def test_a_refusal_is_not_kept_so_the_key_can_be_used_again(own: Flask, filled: Filled):
    assert order(own, filled, "k1", edition="unknown").status_code >= 400
    assert order(own, filled, "k1").status_code == 201


def test_an_answer_with_a_secret_is_never_told_twice(own: Flask, filled: Filled):
    headers = {"Authorization": f"Bearer {filled.tokens['admin']}", "Idempotency-Key": "k1"}
    address, spec = f"/v1/dealers/{filled.known['dealer']}/tokens", {"name": "till", "scopes": []}
    first = client(own).post(address, json=spec, headers=headers)
    again = client(own).post(address, json=spec, headers=headers)
    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json["code"] == "idempotency_result_secret"
    assert first.json["token"] not in again.get_data(as_text=True)
