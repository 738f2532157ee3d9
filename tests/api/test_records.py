"""What staff read of what was done: redemptions and the audit trail; and how a person is forgotten."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from prolong_server import db
from prolong_server.models.licensing import Customer
from tests.api.filled import ORDER, Filled


def ask(app: Flask, filled: Filled, method: str, path: str, holder: str = "admin", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {filled.tokens[holder]}"} | more.pop("headers", {})
    return app.test_client().open(f"/v1{path}", method=method, headers=headers, **more)


def renew(app: Flask, filled: Filled, quantity: int) -> list[Any]:
    """Spend that many codes on the known license; the receipts."""
    placed = ask(app, filled, "POST", "/orders", "all scopes", json=ORDER | {"quantity": quantity}, headers=KEYED)
    codes = ask(app, filled, "GET", f"/orders/{placed.json['id']}/codes").json["codes"]
    form = {"license_key": filled.known["license_key"], "product": "shield", "product_version": "9.10"}
    machine = {"fingerprint": "machine-fingerprint-0001"}
    sent = [app.test_client().post("/v1/redemptions", json=form | one | {"machine": machine}) for one in codes]
    assert {answer.status_code for answer in sent} == {201}
    return [answer.json for answer in sent]


KEYED = {"Idempotency-Key": "records"}


def test_the_receipts_of_a_license_are_listed_in_their_order(own: Flask, filled: Filled):
    receipts = renew(own, filled, 2)
    listed = ask(own, filled, "GET", f"/redemptions?license={filled.known['license']}").json
    assert [one["id"] for one in listed["items"]][1:] == [one["id"] for one in receipts]
    assert [one["expires_on"] for one in listed["items"]][1:] == [one["expires_on"] for one in receipts]
    assert {one["license"] for one in listed["items"]} == {filled.known["license"]}
    assert listed["items"][0]["order"] == filled.known["order"]
    assert {one["dealer"] for one in listed["items"]} == {filled.known["dealer"]}
    assert listed["next_cursor"] is None


def test_the_receipts_are_found_by_the_license_key_as_well(own: Flask, filled: Filled):
    told = [
        ask(own, filled, "GET", f"/redemptions?license={filled.known[ref]}").json for ref in ("license", "license_key")
    ]
    assert told[0] == told[1]


def test_the_pages_of_receipts_hold_each_of_them_once(own: Flask, filled: Filled):
    renew(own, filled, 3)
    whole = ask(own, filled, "GET", "/redemptions").json["items"]
    parts, cursor = [], ""
    while cursor is not None:
        page = ask(own, filled, "GET", f"/redemptions?limit=1{cursor and f'&cursor={cursor}'}").json
        parts += page["items"]
        cursor = page["next_cursor"]
    assert len(whole) == 4
    assert parts == whole


def test_receipts_of_an_unknown_license_are_told_404(own: Flask, filled: Filled):
    refused = ask(own, filled, "GET", "/redemptions?license=KEY-NOBODY")
    assert (refused.status_code, refused.json["code"]) == (404, "license_not_found")


def test_the_audit_trail_tells_the_newest_change_first(own: Flask, filled: Filled):
    ask(own, filled, "POST", f"/licenses/{filled.known['license']}/suspend", json={"reason": "unpaid"})
    newest = ask(own, filled, "GET", "/audit-events?limit=1").json["items"][0]
    assert (newest["action"], newest["object_id"]) == ("license.suspended", filled.known["license"])
    assert newest["after"] == {"status": "suspended", "reason": "unpaid"}
    assert newest["actor"].startswith("stf_")
    assert newest["address"] == "127.0.0.1"
    assert newest["request_id"]


def test_the_audit_trail_of_one_thing_tells_nothing_of_others(own: Flask, filled: Filled):
    listed = ask(own, filled, "GET", f"/audit-events?object={filled.known['license']}").json["items"]
    assert [event["action"] for event in listed] == ["license.created"]


def test_the_pages_of_the_audit_trail_hold_each_event_once(own: Flask, filled: Filled):
    whole = ask(own, filled, "GET", "/audit-events?limit=500").json["items"]
    first = ask(own, filled, "GET", "/audit-events?limit=3").json
    rest = ask(own, filled, "GET", f"/audit-events?limit=500&cursor={first['next_cursor']}").json
    assert first["items"] + rest["items"] == whole
    assert [int(event["id"]) for event in whole] == sorted((int(event["id"]) for event in whole), reverse=True)


def test_a_forgotten_person_is_gone_and_the_license_stays(own: Flask, filled: Filled):
    place = f"/customers/{filled.known['customer']}/personal-data"
    before = ask(own, filled, "GET", f"/licenses/{filled.known['license']}").json
    assert [ask(own, filled, "DELETE", place).status_code for _ in range(2)] == [204, 204]
    assert ask(own, filled, "GET", f"/licenses/{filled.known['license']}").json == before
    with own.app_context(), db.db.engine.connect() as connection:
        rows = connection.execute(select(Customer.name, Customer.email).where(Customer.name == "Olena")).all()
    assert [row for row in rows if row.email] == []


def test_forgetting_is_audited_once_and_without_what_was_forgotten(own: Flask, filled: Filled):
    for _ in range(2):
        ask(own, filled, "DELETE", f"/customers/{filled.known['customer']}/personal-data")
    listed = ask(own, filled, "GET", f"/audit-events?object={filled.known['customer']}").json["items"]
    assert [(event["action"], event["before"], event["after"]) for event in listed] == [("customer.erased", None, None)]


@pytest.mark.parametrize("ref", ["cus_0000000000001", "lic_0000000000001", "Olena"])
def test_nobody_unknown_is_forgotten(ref: str, own: Flask, filled: Filled):
    refused = ask(own, filled, "DELETE", f"/customers/{ref}/personal-data")
    assert (refused.status_code, refused.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("holder", ["representative", "auditor"])
def test_only_an_admin_lets_a_person_be_forgotten(holder: str, own: Flask, filled: Filled):
    place = f"/customers/{filled.known['customer']}/personal-data"
    assert ask(own, filled, "DELETE", place, holder).status_code == 403


def test_staff_see_to_whom_a_license_belongs_and_its_user_does_not(own: Flask, filled: Filled):
    form = {"license_key": filled.known["license_key"], "product": "shield"}
    shown = own.test_client().post("/v1/licenses/validate", json=form | {"machine": {"fingerprint": "f" * 16}})
    staff = ask(own, filled, "GET", f"/licenses/{filled.known['license']}").json
    assert staff["customer_id"] == filled.known["customer"]
    assert "customer_id" not in shown.get_data(as_text=True)
