"""The document at /v1/openapi.json is true: every operation answers as it says, to good input and to bad."""

import json
import tempfile
import zlib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from prolong_server.rules.actors import PUBLIC
from prolong_server.rules.permissions import PERMISSIONS
from tests import vendor
from tests.api import filled as fillings
from tests.api import moving
from tests.api.filled import Filled

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
]
EXAMPLES = 25
CALM = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OF_DEALERS = {"dealer.show", "account.entries", "prices.list", "orders.place"}
METRICS = "metrics.show"


FITTING: dict[str, Any] = {
    "amount": "5.00",
    "codes": "all",
    "country": "UA",
    "credit_limit": "5000.00",
    "currency": "EUR",
    "customer": {"name": "Olena", "country": "UA"},
    "discount_percent": "10",
    "download_url": "https://get.example",
    "edition": "home",
    "editions": [{"code": "home", "name": "Home", "periods": [1, 2]}],
    "email": "olena@example.com",
    "expires_on": "2027-01-01",
    "items": [
        {
            "product": vendor.PRODUCT,
            "edition": "home",
            "period_years": 1,
            "seats_from": 1,
            "new_price": "20.00",
            "renewal_price": "10.00",
        }
    ],
    "latest_version": "9.10",
    "machine": {"fingerprint": vendor.MACHINE.fingerprint},
    "minimum_renewal_version": "9.2",
    "period_years": 1,
    "quota": {"codes": 1000, "per": "week"},
    "product": vendor.PRODUCT,
    "product_version": "9.10",
    "registration_url": "https://register.example",
    "seats": 1,
    "starts_on": "2026-01-01",
    "territories": ["UA"],
    "checklist": moving.TICKED,
    "contact_email": "works@company.example",
    "event": "lost",
    "number": "1",
    "url": "https://soft.example",
    "web_origins": ["https://form.example"],
    "where_to_buy": "https://buy.example",
}


def served() -> dict[str, Any]:
    """The document, as an application without a database serves it."""
    with tempfile.TemporaryDirectory() as folder, fillings.opened(Path(folder) / "none.db") as app:
        with app.test_request_context():
            told: Any = app.view_functions["openapi"]()
        document: dict[str, Any] = json.loads(told.get_data())
        return document


DOCUMENT = served()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.config.generation.with_security_parameters = False
# What is too long may be too large as well.
SCHEMA.config.checks.negative_data_rejection.expected_statuses = ["400", "403", "404", "409", "413", "415", "422"]


def operations() -> dict[str, Any]:
    """What the tool makes of each operation, by its name."""
    found: list[Any] = [each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)]
    return {one.definition.raw["operationId"]: one for one in found}


OPERATIONS = operations()


def _modes() -> list[tuple[str, GenerationMode]]:
    """Every operation with good input, and with bad input where it takes more than an address."""
    return [
        (name, mode)
        for name, operation in OPERATIONS.items()
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or _takes_more(operation.definition.raw)
    ]


def _takes_more(described: dict[str, Any]) -> bool:
    return "requestBody" in described or any(one["in"] == "query" for one in described.get("parameters", []))


@pytest.mark.parametrize(("name", "mode"), _modes(), ids=lambda value: getattr(value, "value", value))
def test_every_operation_answers_as_the_document_says(name: str, mode: GenerationMode, own: Flask, filled: Filled):
    operation = OPERATIONS[name]
    examples = EXAMPLES if _takes_more(operation.definition.raw) else 2 * EXAMPLES

    @settings(CALM, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            _aim(case, filled)
        response = case.call(app=own, headers=_token(name, filled))
        case.validate_response(response, checks=_checks(name))

    run()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_boundary_of_an_operation_is_where_the_document_says(name: str, own: Flask, filled: Filled):
    modes, chosen = list(GenerationMode), SCHEMA.config.generation
    for case in SCHEMA.iter_coverage_cases(OPERATIONS[name], generation_modes=modes, generation_config=chosen):
        response = case.call(app=own, headers=_token(name, filled))
        case.validate_response(response, checks=_checks(name))


def test_a_document_that_lies_would_be_noticed(own: Flask):
    lie = deepcopy(DOCUMENT)
    lie["components"]["schemas"]["Product"]["required"].append("color")
    case = schemathesis.openapi.from_dict(lie)["/v1/products/{code}"]["GET"].Case(path_parameters={"code": "shield"})
    with pytest.raises(FailureGroup, match="color"):
        case.validate_response(case.call(app=own), checks=CHECKS)


def _checks(name: str) -> list[Any]:
    # The tool takes a compact JWS for JSON; that the list is one, test_revocations proves.
    return [check for check in CHECKS if name != "revocations.show" or check is not response_schema_conformance]


def _token(name: str, filled: Filled) -> dict[str, str]:
    if name != METRICS and PERMISSIONS.get(name, PUBLIC).public:
        return {}
    if name == METRICS:
        return {"Authorization": "Bearer metrics-token-of-the-tests"}
    holder = "all scopes" if name in OF_DEALERS else "admin"
    return {"Authorization": f"Bearer {filled.tokens[holder]}"}


def _aim(case: schemathesis.Case, filled: Filled) -> None:
    """Let most cases name what exists and fits, which random text would never find."""
    things = _things(case.operation.path, filled)
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict) and zlib.crc32(repr(part).encode("utf-8", "replace")) % 4:
            part.update({name: value for name, value in things.items() if name in part})
            part.pop("cursor", None)


def _things(path: str, filled: Filled) -> dict[str, Any]:
    noun = path.split("/")[2] if path.startswith("/v1/") else ""
    refs = {
        "dealers": "dealer",
        "orders": "order",
        "licenses": "license_key",
        "customers": "customer",
        "price-lists": "price_list",
        "transfer-requests": "request",
    }
    named = {"ref": filled.known[refs[noun]]} if noun in refs else {}
    codes = {"redemptions": "code", "activations": "activation_code"}
    code = {"products": vendor.PRODUCT}.get(noun) or filled.known[codes.get(noun, "spent_code")]
    return (
        FITTING
        | named
        | {
            "code": code,
            "token": filled.known["token"],
            "machine_id": filled.known["machine"],
            "license_key": filled.known["license_key"],
            "license": filled.known["license"],
            "dealer": filled.known["dealer"],
            "object": filled.known["license"],
            "module": filled.known["module"],
            "serial": filled.known["module"],
            "file": filled.known["signed_file"],
            "attachment": filled.known["attachment"],
            "license_file": filled.known["license_file"],
        }
    )
