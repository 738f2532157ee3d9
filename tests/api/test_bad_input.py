"""Bad bodies get a clear refusal and change nothing: on every operation."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from prolong_server.rules.permissions import PERMISSIONS
from tests.api import spoiled
from tests.api.asking import client, is_refused, rows
from tests.api.filled import Filled
from tests.api.test_openapi import DOCUMENT

JSON = "application/json"
NOT_JSON = {
    "nothing": b"",
    "blank": b"  ",
    "half": b"{",
    "words": b"hello",
    "trailing": b"{} {}",
    "NaN": b'{"code": NaN}',
    "infinity": b'{"code": -Infinity}',
    "not UTF-8": b'{"code": "\xff\xfe"}',
    "UTF-16": '{"code": "a"}'.encode("utf-16"),
    "deep lists": b"[" * 30_000,
    "deep and closed": b"[" * 15_000 + b"]" * 15_000,
    "deep objects": b'{"code":' * 7_000,
    "single quotes": b"{'code': 'a'}",
    "NUL": b'{"code": "a\x00"}',
}
NOT_AN_OBJECT = {"text": b'"a"', "list": b"[]", "null": b"null", "number": b"1", "true": b"true", "huge": b"1e400"}
OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/csv", ""]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Sends what it is told to one operation, with a token that reaches it and a new idempotency key each time."""

    app: Flask
    filled: Filled
    operation: str
    keys: Iterator[int]

    def send(self, data: bytes, content_type: str = JSON) -> Any:
        method, path, _ = spoiled.bodies(self.filled)[self.operation]
        headers = self.token() | {"Idempotency-Key": f"key-{next(self.keys)}"}
        return client(self.app).open(path, method=method, data=data, content_type=content_type, headers=headers)

    def good(self) -> dict[str, Any]:
        return spoiled.bodies(self.filled)[self.operation][2]

    def token(self) -> dict[str, str]:
        if PERMISSIONS[self.operation].public:
            return {}
        holder = "all scopes" if self.operation == "orders.place" else "admin"
        return {"Authorization": f"Bearer {self.filled.tokens[holder]}"}


def writing() -> list[str]:
    """Every operation whose body is JSON, as the document names them."""
    operations = [one for path in DOCUMENT["paths"].values() for one in path.values() if isinstance(one, dict)]
    return [one["operationId"] for one in operations if JSON in one.get("requestBody", {}).get("content", {})]


@pytest.fixture(params=writing())
def visitor(request: pytest.FixtureRequest, own: Flask, filled: Filled) -> Visitor:
    return Visitor(own, filled, request.param, itertools.count())


def test_what_is_not_json_is_told_400_and_changes_nothing(visitor: Visitor):
    before = rows(visitor.app)
    wrong = [name for name, data in NOT_JSON.items() if not is_refused(visitor.send(data), {400})]
    assert wrong == []
    assert rows(visitor.app) == before


def test_json_that_is_no_object_is_told_422_and_changes_nothing(visitor: Visitor):
    before = rows(visitor.app)
    wrong = [name for name, data in NOT_AN_OBJECT.items() if not is_refused(visitor.send(data), {422})]
    assert wrong == []
    assert rows(visitor.app) == before


def test_another_content_type_is_told_415_and_changes_nothing(visitor: Visitor):
    before, good = rows(visitor.app), json.dumps(visitor.good()).encode()
    wrong = [kind for kind in OTHER_TYPES if not is_refused(visitor.send(good, kind), {415})]
    assert wrong == []
    assert rows(visitor.app) == before


def test_more_than_64_kib_or_what_a_request_may_have_is_told_413_and_changes_nothing(visitor: Visitor):
    before, good = rows(visitor.app), json.dumps(visitor.good()).encode()
    limit = {"transfer_requests.change": 1024 * 1024}.get(visitor.operation, 64 * 1024)
    padded = [good + b" " * (limit + extra - len(good)) for extra in (1, 1_000_000)]
    assert [is_refused(visitor.send(data), {413}) for data in padded] == [True, True]
    assert rows(visitor.app) == before


def is_an_unknown_key(name: str, told: dict[str, Any]) -> bool:
    """Whether a license key that no license can have was called unknown, as every other that none has."""
    return "license_key: " in name and "license_not_found" in {
        told.get("code"),
        (told.get("problem") or {}).get("code"),
    }


def test_every_wrong_value_and_unknown_field_is_told_422_and_changes_nothing(visitor: Visitor):
    before, wrong = rows(visitor.app), []
    for name, body in spoiled.spoiled(visitor.good()):
        answer = visitor.send(json.dumps(body).encode())
        if not is_refused(answer, {422}) and not is_an_unknown_key(name, answer.get_json()):
            wrong.append((name, answer.status_code, answer.get_data(as_text=True)[:200]))
    assert wrong == []
    assert rows(visitor.app) == before


def test_every_missing_field_is_told_422_by_its_name_and_changes_nothing(visitor: Visitor):
    before, wrong = rows(visitor.app), []
    for field in required(visitor.operation):
        body = {name: value for name, value in visitor.good().items() if name != field}
        answer = visitor.send(json.dumps(body).encode())
        if not is_refused(answer, {422}) or field not in answer.json["errors"]:
            wrong.append((field, answer.status_code))
    assert wrong == []
    assert rows(visitor.app) == before


def test_a_number_too_large_for_any_machine_is_told_4xx_and_changes_nothing(visitor: Visitor):
    before = rows(visitor.app)
    wrong = []
    for field, number in itertools.product(visitor.good(), ("1e400", "-1e400", "1" + "0" * 5000)):
        data = json.dumps(visitor.good() | {field: "NUMBER"}).replace('"NUMBER"', number).encode()
        if not is_refused(visitor.send(data), {400, 422}):
            wrong.append((field, number[:6]))
    assert wrong == []
    assert rows(visitor.app) == before


def test_the_good_body_itself_is_taken(visitor: Visitor):
    assert visitor.send(json.dumps(visitor.good()).encode()).status_code in {200, 201}


def required(operation: str) -> list[str]:
    """The fields that the document says an operation's body must have."""
    operations = [one for path in DOCUMENT["paths"].values() for one in path.values() if isinstance(one, dict)]
    found = next(one for one in operations if one["operationId"] == operation)
    name = found["requestBody"]["content"][JSON]["schema"]["$ref"].rpartition("/")[2]
    fields: list[str] = DOCUMENT["components"]["schemas"][name].get("required", [])
    return fields
