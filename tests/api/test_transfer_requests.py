"""A transfer request at the door: begun by anybody, worked on by link, in words, once, and by whom it belongs to."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from prolong_server import db
from tests.api import moving, spoiled
from tests.api.asking import client, rows
from tests.api.filled import Filled, called

DRAFT = {"kind": "transfer", "contact_email": "works@company.example"}
Headers = dict[str, str]


def ask(app: Flask, filled: Filled, holder: str | None, method: str, path: str, **sent: Any) -> Any:
    """What the door answers to who holds a token, by its name or by its text."""
    token = {"Authorization": f"Bearer {filled.tokens.get(holder, holder)}"} if holder else {}
    return client(app).open(f"/v1{path}", method=method, headers=token | sent.pop("headers", {}), **sent)


def begun(app: Flask, filled: Filled, holder: str | None = None, **more: Any) -> Any:
    sent = {"json": DRAFT | more.pop("changes", {})} | more
    return ask(app, filled, holder, "POST", "/transfer-requests", **sent)


def of(filled: Filled, step: str) -> str:
    """The address of the request that stands at this step."""
    return f"/transfer-requests/{filled.known[f'{step}_request']}"


def test_whoever_begins_one_is_told_its_name_only_and_staff_its_link_too(own: Flask, filled: Filled):
    anybody, staff = begun(own, filled), begun(own, filled, "representative")
    assert (anybody.status_code, list(anybody.json)) == (201, ["id"])
    assert (staff.status_code, set(staff.json)) == (201, {"id", "link", "token"})
    assert staff.json["link"].partition("#")[2] == f"{staff.json['id']}.{staff.json['token']}"


@pytest.mark.parametrize(("holder", "status"), [("auditor", 403), ("revoked", 401), ("nonsense", 401)])
def test_a_token_that_is_sent_to_begin_one_must_be_good_for_it(holder: str, status: int, own: Flask, filled: Filled):
    before = rows(own)
    assert begun(own, filled, holder).status_code == status
    assert rows(own) == before


def test_the_link_opens_its_own_request_and_is_void_once_it_is_revoked_or_renewed(own: Flask, filled: Filled):
    made = begun(own, filled, "admin").json
    path = f"/transfer-requests/{made['id']}"
    assert ask(own, filled, made["token"], "GET", path).json["id"] == made["id"]
    assert ask(own, filled, made["token"], "GET", of(filled, "draft")).status_code == 404
    assert ask(own, filled, made["token"], "GET", "/transfer-requests").status_code == 403
    renewed = ask(own, filled, "admin", "POST", f"{path}/renew-link").json["token"]
    assert ask(own, filled, made["token"], "GET", path).status_code == 401
    assert ask(own, filled, renewed, "GET", path).status_code == 200
    assert ask(own, filled, "admin", "POST", f"{path}/revoke-link").json == {"id": made["id"]}
    assert ask(own, filled, renewed, "GET", path).status_code == 401


def test_the_fourth_link_of_a_day_to_one_address_is_told_429_and_when_to_come_back(own: Flask, filled: Filled):
    told = [begun(own, filled) for _ in range(4)]
    assert [answer.status_code for answer in told] == [201, 201, 201, 429]
    last = told[-1]
    assert (last.json["code"], last.headers["Retry-After"]) == ("rate_limited", str(last.json["retry_after"]))
    assert 0 < last.json["retry_after"] <= 86_401


@pytest.mark.parametrize(("accepted", "given", "kept"), [("uk", None, "uk"), ("de", None, "en"), ("uk", "ru", "ru")])
def test_letters_are_in_the_language_that_is_named_or_else_accepted(accepted, given, kept, own: Flask, filled: Filled):
    language = {"language": given} if given else {}
    made = begun(own, filled, "admin", changes=language, headers={"Accept-Language": accepted}).json
    assert ask(own, filled, "admin", "GET", f"/transfer-requests/{made['id']}").json["language"] == kept


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_what_is_missing_is_told_in_words_of_the_reader_and_in_words_for_programs(language, own: Flask, filled: Filled):
    spoken = {"Accept-Language": language}
    path = f"/transfer-requests/{begun(own, filled, 'admin').json['id']}"
    shown = ask(own, filled, "admin", "GET", path, headers=spoken).json
    refused = ask(own, filled, "admin", "POST", f"{path}/submit", headers=spoken)
    assert (refused.status_code, refused.json["code"]) == (409, "request_incomplete")
    assert {"company", "licenses", "non_use", "letter", "license_files"} == set(shown["missing_codes"])
    assert len(shown["missing"]) == len(shown["missing_codes"])
    assert {name: refused.json[name] for name in ("missing", "missing_codes")} == {
        name: shown[name] for name in ("missing", "missing_codes")
    }
    assert all(bool(re.search("[а-я]", sentence)) is (language != "en") for sentence in shown["missing"])


def test_a_license_of_the_list_is_named_by_its_place(own: Flask, filled: Filled):
    path = f"/transfer-requests/{begun(own, filled, 'admin').json['id']}"
    lines = [{"license_key": filled.known["module_license"], "software": "Shield"}]
    shown = ask(own, filled, "admin", "PATCH", path, json={"licenses": lines}).json
    assert "License 1 of the list: the Modules that hold it now are lacking." in shown["missing"]


def test_from_a_draft_to_new_files_the_old_file_stops_being_good(own: Flask, filled: Filled):
    def worth(file: str) -> tuple[bool, str]:
        told = ask(own, filled, None, "POST", "/license-files/verify", json={"file": file}).json
        return told["valid"], told["code"]

    [old] = ask(own, filled, "auditor", "GET", "/license-files?module=a-draft").json["items"]
    assert worth(old["file"] + "\n") == (True, "VALID")
    path, customer = of(filled, "draft"), "requester"
    assert ask(own, filled, customer, "POST", f"{path}/submit").json["state"] == "submitted"
    scans = ask(own, filled, "admin", "POST", f"{path}/review").json["scans_sha256"]
    decided = {"return_required": True, "checklist": dict.fromkeys(moving.TICKED, True), "scans": scans}
    approved = ask(own, filled, "representative", "POST", f"{path}/approve", json=decided).json
    assert (approved["state"], approved["checklist"]) == ("approved", dict.fromkeys(moving.TICKED, True))
    done = ask(own, filled, "admin", "POST", f"{path}/execute").json
    assert (done["state"], [one["module"] for one in done["returns"]]) == ("awaiting_return", ["A-draft"])
    [fresh] = ask(own, filled, customer, "GET", f"{path}/license-files").json["items"]
    text = ask(own, filled, customer, "GET", f"{path}/license-files/{fresh['id']}")
    assert (text.text, text.mimetype) == (fresh["file"], "application/jose")
    assert text.headers["Content-Disposition"].startswith("attachment;")
    assert (worth(old["file"]), worth(text.text)) == ((False, "REVOKED"), (True, "VALID"))
    back = ask(own, filled, "admin", "POST", f"{path}/record-return", json={"module": "A-draft"})
    assert back.json["state"] == "completed"


def test_an_item_that_is_not_ticked_is_named_and_nothing_is_decided(own: Flask, filled: Filled):
    decided = {"return_required": True, "checklist": dict.fromkeys(moving.TICKED, True) | {"seats": False}}
    refused = ask(own, filled, "admin", "POST", f"{of(filled, 'in_review')}/approve", json=decided)
    assert (refused.json["code"], refused.json["lacking"]) == ("documents_not_accepted", ["seats"])
    assert ask(own, filled, "admin", "GET", of(filled, "in_review")).json["state"] == "in_review"


def test_unknown_licenses_and_modules_are_told_404_by_name(own: Flask, filled: Filled):
    place = [{"module": "NOBODYS", "seats": 1}]
    unknown = [
        ({"license_key": "NOBODYS"}, "license_not_found"),
        ({"license_key": "x" * 100}, "license_not_found"),
        ({"license_key": filled.known["module_license"], "from": place}, "module_not_found"),
    ]
    for line, code in unknown:
        refused = ask(own, filled, "requester", "PATCH", of(filled, "draft"), json={"licenses": [line]})
        assert (refused.status_code, refused.json["code"]) == (404, code)


def test_five_hundred_licenses_are_taken_in_one_body(own: Flask, filled: Filled):
    line = {
        "software": "Shield",
        "from": [{"module": "A-draft", "seats": 1}],
        "to": [{"module": "B-draft", "seats": 1}],
    }
    lines = [line | {"license_key": f"{'K' * 58}{number:06}"} for number in range(500)]
    refused = ask(own, filled, "requester", "PATCH", of(filled, "draft"), json={"licenses": lines})
    assert (refused.status_code, refused.json["code"]) == (404, "license_not_found")


def test_a_customer_reports_the_modules_of_their_own_request_and_no_others(own: Flask, filled: Filled):
    lost = {"json": {"event": "lost"}}
    assert ask(own, filled, "requester", "POST", "/modules/a-DRAFT/report", **lost).json["status"] == "reported"
    assert ask(own, filled, "requester", "POST", "/modules/A-submitted/report", **lost).status_code == 404
    found = ask(own, filled, "requester", "POST", "/modules/A-draft/report", json={"event": "found"})
    assert found.status_code == 403


def test_staffs_answer_with_the_link_is_told_once_and_anybodys_again(own: Flask, filled: Filled):
    key: dict[str, Any] = {"headers": {"Idempotency-Key": "k1"}}
    first, again = (begun(own, filled, "admin", **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json["code"] == "idempotency_result_secret"
    first, again = (begun(own, filled, **key) for _ in range(2))
    assert (first.json, again.status_code, again.headers["Idempotent-Replayed"]) == (again.json, 201, "true")


def test_requests_are_listed_newest_first_by_state_and_by_what_is_late(own: Flask, filled: Filled):
    everything = ask(own, filled, "auditor", "GET", "/transfer-requests").json["items"]
    assert [one["id"] for one in everything] == [filled.known[f"{step}_request"] for step in reversed(moving.STEPS)]
    [approved] = ask(own, filled, "auditor", "GET", "/transfer-requests?state=approved").json["items"]
    assert approved == ask(own, filled, "auditor", "GET", of(filled, "approved")).json
    assert ask(own, filled, "auditor", "GET", "/transfer-requests?overdue=true").json["items"] == []
    assert ask(own, filled, "auditor", "GET", "/transfer-requests?overdue=yes").status_code == 422


def test_a_page_of_fifty_requests_takes_no_more_statements_than_one(own: Flask, filled: Filled):
    with own.app_context():
        mover = moving.Mover(called(own), moving.NO_SCAN)
        for number in range(45):
            mover.request(f"many-{number}", ())
    with counted(own) as few:
        assert len(ask(own, filled, "admin", "GET", "/transfer-requests?limit=1").json["items"]) == 1
    with counted(own) as many:
        assert len(ask(own, filled, "admin", "GET", "/transfer-requests").json["items"]) == 50
    assert 0 < len(many) <= len(few)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements of the block."""
    seen: list[str] = []

    def note(*told: Any) -> None:
        seen.append(told[2])

    with app.app_context():
        engines = list(db.db.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_a_bound_file_is_told_whole_and_a_module_with_its_seats(own: Flask, filled: Filled):
    method, path, body = spoiled.bodies(filled)["license_files.bind"]
    made = ask(own, filled, "representative", method, path.removeprefix("/v1"), json=body)
    assert (made.status_code, made.json["revision"], made.json["status"]) == (201, 1, "current")
    assert ask(own, filled, "auditor", "GET", "/modules/B-draft").json["seats"] == 1
    more = ask(own, filled, "admin", "POST", "/license-files", json=body | {"seats": 1000})
    assert (more.status_code, more.json["code"]) == (409, "seats_exceeded")
