"""Codes that were sold, and reversals, at the door."""

from typing import Any

import pytest
from flask import Flask

from tests import vendor
from tests.api.filled import Filled


@pytest.fixture
def ask(own: Flask, filled: Filled):
    """Send a body to a path with the token of a holder."""

    def send(path: str, body: dict[str, Any], holder: str = "admin") -> Any:
        headers = {"Authorization": f"Bearer {filled.tokens[holder]}"}
        return own.test_client().post(f"/v1/{path}", json=body, headers=headers)

    return send


def test_a_dealer_is_told_the_state_of_its_code_and_nothing_of_who_spent_it(ask, filled):
    answer = ask("codes/status", {"code": filled.known["spent_code"]}, "codes:read")
    assert answer.status_code == 200
    assert answer.json.pop("redeemed_at").endswith("Z")
    told = answer.json
    assert (told["order"], told["state"], told["product"], told["edition"]) == (
        filled.known["order"],
        "redeemed",
        "shield",
        "home",
    )
    assert set(told) == {
        *("order", "reference", "kind", "product", "edition", "period_years", "seats", "state"),
        *("issued_at", "good_until", "redeemed_at", "voided_at", "reversed_at"),
    }


@pytest.mark.parametrize("holder", ["other dealer", "sandbox"])
def test_anothers_code_is_as_unknown_as_one_that_never_was(holder, ask, filled):
    theirs = ask("codes/status", {"code": filled.known["code"]}, holder)
    nobodys = ask("codes/status", {"code": "WXWCB-YB6WK-952SW-A0432-CF1XG"}, holder)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json["code"] == nobodys.json["code"] == "code_not_found"


def test_a_malformed_code_is_told_as_such(ask):
    answer = ask("codes/status", {"code": "7K2QX"}, "codes:read")
    assert (answer.status_code, answer.json["code"]) == (422, "code_malformed")


def test_a_search_finds_by_each_of_its_fields(ask, filled):
    known = filled.known
    asked = {"first_group": known["spent_code"][:5], "code": known["spent_code"], "order": known["order"]}
    asked |= {"license": known["license_key"], "dealer": known["dealer"], "customer": known["customer"]}
    for field, text in asked.items():
        answer = ask("codes/search", {field: text})
        assert answer.status_code == 200, field
        assert known["redemption"] in {item["redemption"] for item in answer.json["items"]}, field
        assert answer.json["complete"] is True
        assert known["spent_code"] not in answer.text
        assert known["license_key"] not in answer.text


def test_a_search_goes_on_where_its_cursor_says(ask, filled):
    body = {"order": filled.known["order"], "limit": 7}
    first = ask("codes/search", body).json
    second = ask("codes/search", body | {"cursor": first["next_cursor"]}).json
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (7, 5, None)


@pytest.mark.parametrize("body", [{}, {"order": "ord_0000000000001", "dealer": "dlr_0000000000001"}, {"limit": 5}])
def test_a_search_takes_exactly_one_field(ask, body):
    answer = ask("codes/search", body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")


def test_a_reversal_answers_the_record_and_again_the_same(ask, own, filled):
    path = f"redemptions/{filled.known['redemption']}/reverse"
    first, again = ask(path, {"reason": "chargeback"}), ask(path, {"reason": "other"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    assert (first.json["reversal"]["reason"], first.json["reversed_at"]) == (
        "chargeback",
        first.json["reversal"]["reversed_at"],
    )
    body = {"code": filled.known["spent_code"], "license_key": filled.known["license_key"], "product": vendor.PRODUCT}
    body |= {"product_version": "9.10", "machine": {"fingerprint": vendor.MACHINE.fingerprint}}
    refused = own.test_client().post("/v1/redemptions", json=body)
    assert (refused.status_code, refused.json["code"]) == (409, "redemption_reversed")
    status = ask("codes/status", {"code": filled.known["spent_code"]}, "codes:read")
    assert status.json["state"] == "reversed"


def test_an_unknown_redemption_is_not_found(ask):
    for ref in ("rdm_00000000000010000002", "nonsense", "lic_0000000000001"):
        answer = ask(f"redemptions/{ref}/reverse", {"reason": "chargeback"})
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
