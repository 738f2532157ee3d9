"""The document at /v1/openapi.json is whole and well-formed: OpenAPI 3.1, every route in it, nothing said twice."""

import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from jsonschema import Draft202012Validator

from tests.api.test_openapi import DOCUMENT, OPERATIONS, SCHEMA


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in _methods(path).values()]
    assert len(names) == len(set(names)) == len(OPERATIONS)


def test_every_route_under_v1_is_in_the_document(own: Flask):
    routes = {(_template(rule.rule), method) for rule in _rules(own) for method in rule.methods - {"HEAD", "OPTIONS"}}
    told = {(path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in _methods(item)}
    assert routes - {("/v1/openapi.json", "GET")} == {
        (path, method) for path, method in told if path.startswith("/v1/")
    }


def test_the_document_is_openapi_3_1():
    assert DOCUMENT["openapi"] == "3.1.0"
    SCHEMA.validate()


def test_a_document_that_is_not_openapi_would_be_noticed():
    broken = schemathesis.openapi.from_dict(DOCUMENT | {"paths": {"/v1/orders": {"get": {"responses": {"200": {}}}}}})
    with pytest.raises(jsonschema_rs.ValidationError):
        broken.validate()


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_schema_is_a_sound_json_schema(name: str):
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


def test_every_object_says_that_it_takes_no_unknown_fields():
    schemas = DOCUMENT["components"]["schemas"]
    lax = {name for name, schema in schemas.items() if schema.get("additionalProperties") is not False}
    assert lax == {"Problem"}


def _methods(item: dict[str, Any]) -> dict[str, Any]:
    return {method: told for method, told in item.items() if method != "parameters"}


def _rules(app: Flask) -> list[Any]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1/")]


def _template(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)
