"""Licenses in the hands of staff, through the JSON door."""

from collections.abc import Callable

import pytest

from prolong_server.rules.actors import Role
from tests.api.door import Door
from tests.api.test_products import GUARD

OFFICE = {
    "license_key": "Office-1",
    "product": "guard",
    "edition": "business",
    "seats": 5,
    "country": "UA",
    "starts_on": "2026-01-01",
    "expires_on": "2026-12-31",
    "activated_on": "2026-01-01",
}
CSV = ",".join(OFFICE) + "\n" + "KEY-{},guard,business,5,UA,2026-01-01,2026-12-31,2026-01-01\n"


@pytest.fixture
def shop(admin: Door) -> Door:
    """An administrator's door to a house with one product."""
    assert admin.ask("POST", "/products", GUARD).status_code == 201
    return admin


def test_a_license_is_created_and_found_by_its_id_and_its_key(shop: Door):
    created = shop.ask("POST", "/licenses", OFFICE)
    assert created.status_code == 201
    assert (
        created.json.items()
        >= {
            **OFFICE,
            "id": created.json["id"],
            "license_class": "standard",
            "status": "active",
            "ends_at": created.json["ends_at"],
            "renewable_until": "2027-01-31",
            "seller": None,
            "test": False,
        }.items()
    )
    assert created.json["ends_at"].startswith("2027-01-01T00:00:00")
    for ref in (created.json["id"], "OFFICE-1", "office-1"):
        assert shop.ask("GET", f"/licenses/{ref}").json == created.json
    assert shop.ask("GET", "/licenses").json == {"items": [created.json], "next_cursor": None}


def test_a_license_can_name_its_customer_and_a_legacy_code_and_show_neither(shop: Door):
    body = OFFICE | {"activation_code": "AB-NFR-1", "customer": {"name": "Anna", "email": "anna@example.org"}}
    created = shop.ask("POST", "/licenses", body)
    assert created.json["license_class"] == "nfr"
    assert "Anna" not in created.text
    assert "AB-NFR-1" not in created.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("product", "nothing"),
        ("edition", "nothing"),
        ("seats", 0),
        ("seats", "5"),
        ("seats", 10**30),
        ("country", "XX"),
        ("starts_on", "2026-02-30"),
        ("starts_on", "0001-01-01"),
        ("expires_on", "2025-12-31"),
        ("activated_on", "2199-01-01"),
        ("license_key", "\u043a"),
        ("dealer", "dlr_1"),
        ("test", 1),
        ("customer", {"email": "a@b.example"}),
        ("activation_code", "PRO-NFR"),
        ("colour", "red"),
    ],
)
def test_a_wrong_field_is_named_and_no_license_is_made(shop: Door, field: str, value: object):
    refused = shop.ask("POST", "/licenses", OFFICE | {field: value})
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_request")
    assert list(refused.json["errors"]) == [field]
    assert shop.ask("GET", "/licenses").json["items"] == []


def test_a_taken_key_is_409(shop: Door):
    shop.ask("POST", "/licenses", OFFICE)
    refused = shop.ask("POST", "/licenses", OFFICE | {"license_key": "OFFICE-1"})
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (409, "already_exists", "license_key")


def test_suspend_reinstate_revoke_and_their_history(shop: Door):
    shop.ask("POST", "/licenses", OFFICE)
    for act, status in (
        ("suspend", "suspended"),
        ("reinstate", "active"),
        ("revoke", "revoked"),
        ("revoke", "revoked"),
    ):
        answer = shop.ask("POST", f"/licenses/office-1/{act}", {"reason": "a question"})
        assert (answer.status_code, answer.json["status"]) == (200, status)
    refused = shop.ask("POST", "/licenses/office-1/reinstate", {"reason": "mercy"})
    assert (refused.status_code, refused.json["code"]) == (409, "license_revoked")
    events = shop.ask("GET", "/licenses/office-1/history").json["items"]
    assert [event["action"] for event in events] == [
        "license.created",
        "license.suspended",
        "license.reinstated",
        "license.revoked",
    ]
    assert events[-1]["after"] == {"status": "revoked", "reason": "a question"}
    assert events[-1]["actor"].startswith("stf_")


def test_a_reason_is_needed_and_an_unknown_license_is_404(shop: Door):
    shop.ask("POST", "/licenses", OFFICE)
    assert shop.ask("POST", "/licenses/office-1/suspend", {}).status_code == 422
    for method, path in (("GET", ""), ("GET", "/history"), ("GET", "/machines"), ("DELETE", "/machines/mch_1")):
        refused = shop.ask(method, f"/licenses/nothing{path}")
        assert (refused.status_code, refused.json["code"]) == (404, "license_not_found")


def test_roles_reach_as_far_as_the_contract_says(shop: Door, staffed: Callable[[Role], Door], public: Door):
    shop.ask("POST", "/licenses", OFFICE)
    representative, auditor = staffed(Role.REPRESENTATIVE), staffed(Role.AUDITOR)
    reason = {"reason": "a question"}
    assert representative.ask("POST", "/licenses/office-1/suspend", reason).status_code == 200
    assert representative.ask("POST", "/licenses/office-1/revoke", reason).status_code == 403
    assert representative.ask("POST", "/licenses", OFFICE).status_code == 403
    assert auditor.ask("GET", "/licenses/office-1/history").status_code == 200
    assert auditor.ask("POST", "/licenses/office-1/reinstate", reason).status_code == 403
    assert public.ask("GET", "/licenses/office-1").status_code == 401


def test_a_file_is_imported_once_for_its_idempotency_key(shop: Door):
    sent = {"data": CSV.format(1), "content_type": "text/csv; charset=utf-8", "headers": {"Idempotency-Key": "file-1"}}
    first, again = (shop.ask("POST", "/licenses/import", **sent) for _ in range(2))
    assert (first.status_code, first.json) == (201, {"imported": 1})
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    assert shop.ask("GET", "/licenses/key-1").status_code == 200


def test_every_bad_line_of_a_file_is_named_and_nothing_is_imported(shop: Door):
    data = CSV.format(1) + CSV.format(2).split("\n")[1].replace("guard", "nothing") + "\n"
    refused = shop.ask("POST", "/licenses/import", data=data, content_type="text/csv")
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_request")
    assert refused.json["errors"]["bad_lines"] == 1
    (line,) = refused.json["errors"]["lines"]
    assert (line["line"], list(line["errors"])) == (3, ["product"])
    assert shop.ask("GET", "/licenses").json["items"] == []


def test_an_import_takes_csv_only_and_more_than_other_bodies(shop: Door):
    assert shop.ask("POST", "/licenses/import", {"lines": []}).status_code == 415
    line = CSV.format("{0}").split("\n")[1]
    data = CSV.split("\n")[0] + "\n" + "\n".join(line.format(number) for number in range(1_500))
    assert len(data) > 64 * 1024
    assert shop.ask("POST", "/licenses/import", data=data, content_type="text/csv").json == {"imported": 1_500}


def test_machines_of_a_license_are_listed_and_an_unknown_one_is_404(shop: Door):
    shop.ask("POST", "/licenses", OFFICE)
    assert shop.ask("GET", "/licenses/office-1/machines").json == {"items": [], "next_cursor": None}
    refused = shop.ask("DELETE", "/licenses/office-1/machines/mch_0000000000001")
    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
