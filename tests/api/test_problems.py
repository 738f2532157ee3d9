"""What a refusal looks like to a program and to a person: RFC 9457, in three languages, and nothing of our insides."""

from datetime import date

import pytest

from prolong_server.api import problems
from prolong_server.keyring import KeysBehind
from prolong_server.licensing import representatives
from prolong_server.licensing.representatives import RepresentativeView
from prolong_server.rules import errors
from prolong_server.rules.missing import missing
from prolong_server.rules.module_facts import LicenseMove, MoveData
from prolong_server.rules.module_words import MoveKind

UNKNOWN_CODE = "00000-00000-00000-00000-00000"
SECRET = "postgresql://app:hunter2@db.internal/prolong"
FORM = {"code": UNKNOWN_CODE, "license_key": "KEY-1", "product": "shield", "product_version": "1.0"}
DRAFT = MoveData(MoveKind.TRANSFER, "", "office@mriya.example", (LicenseMove("KEY-1", "", (), ()),))
SAID = {
    "en": "This license ran until July 1, 2026 and could be renewed until August 1, 2026.",
    "uk": "Ця ліцензія діяла до 1 липня 2026\u202fр., і продовжити її можна було до 1 серпня 2026\u202fр. включно.",
    "ru": "Эта лицензия действовала до 1 июля 2026\u202fг., и продлить её можно было до 1 августа 2026\u202fг.",
}


def refuse(kind, **fields):
    def view():
        raise kind(**fields)

    return view


def fail():
    raise RuntimeError(SECRET)


def closed():
    refusal = errors.RenewalWindowClosed(expires_on=date(2026, 7, 1), renewable_until=date(2026, 8, 1))
    refusal.country = "UA"
    refusal.where_to_buy = "https://shop.example"
    raise refusal


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """One database is enough here: a refusal looks the same on both."""
    file = tmp_path / "prolong.db"
    file.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{file}"


@pytest.fixture
def client(app):
    app.add_url_rule("/closed", "closed", closed)
    app.add_url_rule("/fail", "fail", fail)
    app.add_url_rule("/busy", "busy", refuse(errors.TryAgain))
    app.add_url_rule("/running", "running", refuse(errors.StillRunning))
    app.add_url_rule("/locked", "locked", refuse(errors.Unauthenticated))
    app.add_url_rule("/conflict", "conflict", refuse(errors.AlreadyExists, field="{code} %s {0}"))
    app.add_url_rule("/incomplete", "incomplete", refuse(errors.RequestIncomplete, missing=missing(DRAFT)))
    return app.test_client()


@pytest.fixture
def contacts(app, call):
    with app.app_context():
        for country, name in (("default", "Head Office"), ("UA", "Kyiv Office")):
            mail = f"{name[:4].lower()}@vendor.example"
            view = RepresentativeView(country, name, "+380 44 000", mail, "https://vendor.example/help")
            representatives.put(call(), view)


def language_of(answer):
    found = [language for language, sentence in SAID.items() if answer.json["detail"].startswith(sentence)]
    assert len(found) == 1, answer.json["detail"]
    return found[0]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("uk", "uk"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("ru-RU", "ru"),
        ("en;q=0.5, ru;q=0.9, uk;q=0.7", "ru"),
        ("de, uk;q=0.1", "uk"),
        ("de, fr;q=0.9", "en"),
        ("uk;q=0, ru;q=0", "en"),
        ("*", "en"),
        ("", "en"),
        ("ù;;;q=x", "en"),
    ],
)
def test_the_sentence_is_in_the_best_language_that_the_person_accepts(client, accepted, language):
    headers = {} if accepted is None else {"Accept-Language": accepted}
    assert language_of(client.get("/closed", headers=headers)) == language


def test_the_title_is_translated_too(client):
    titles = [client.get("/closed", headers={"Accept-Language": spoken}).json["title"] for spoken in SAID]
    assert titles == ["Too late to renew", "Продовжувати вже пізно", "Продлевать уже поздно"]


def test_dates_are_spoken_in_the_sentence_and_written_in_the_fields(client):
    answer = client.get("/closed", headers={"Accept-Language": "uk"}).json
    assert "1 липня 2026\u202fр." in answer["detail"]
    assert (answer["expires_on"], answer["renewable_until"]) == ("2026-07-01", "2026-08-01")


def test_a_refusal_is_a_problem_document_with_all_its_members(client, contacts):
    answer = client.get("/closed", headers={"X-Request-Id": "req-77"})
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.json == {
        "type": "urn:prolong:problem:renewal-window-closed",
        "title": "Too late to renew",
        "status": 409,
        "detail": f"{SAID['en']} The code was not spent; only a new license helps now.",
        "code": "renewal_window_closed",
        "request_id": "req-77",
        "support": {
            "name": "Kyiv Office",
            "phone": "+380 44 000",
            "email": "kyiv@vendor.example",
            "url": "https://vendor.example/help",
        },
        "where_to_buy": "https://shop.example",
        "expires_on": "2026-07-01",
        "renewable_until": "2026-08-01",
    }
    assert answer.headers["X-Request-Id"] == "req-77"


@pytest.mark.parametrize("address", ["/conflict", "/busy", "/fail", "/nowhere", "/v1/nowhere", "/locked"])
def test_whatever_is_refused_names_whom_to_call(client, contacts, address):
    assert client.get(address).json["support"]["name"] == "Head Office"


def test_a_vendor_that_has_named_nobody_yet_says_so(client):
    assert client.get("/conflict").json["support"] is None


@pytest.mark.parametrize("language", SAID)
def test_signs_of_formatting_in_a_field_stay_as_they_are(client, language):
    answer = client.get("/conflict", headers={"Accept-Language": language}).json
    assert answer["field"] == "{code} %s {0}"
    assert "{code} %s {0}" in answer["detail"]


@pytest.mark.parametrize("language", SAID)
def test_a_fault_of_ours_tells_a_number_and_nothing_of_our_insides(client, language):
    answer = client.get("/fail", headers={"Accept-Language": language})
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.json["code"] == "internal_error"
    assert answer.json["request_id"]
    assert answer.headers["X-Request-Id"] == answer.json["request_id"]
    for inside in (SECRET, "hunter2", "RuntimeError", "Traceback", "File "):
        assert inside not in answer.text


@pytest.mark.parametrize(("address", "status"), [("/busy", 503), ("/running", 409)])
def test_what_may_be_repeated_says_when(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0


def test_only_what_may_be_repeated_says_when(client):
    assert "Retry-After" not in client.get("/closed").headers


def test_a_missing_token_is_asked_for(client):
    answer = client.get("/locked")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unknown_address_is_a_problem_document(client):
    answer = client.get("/v1/nowhere", headers={"Accept-Language": "ru"})
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert (answer.json["code"], answer.json["type"]) == ("not_found", "urn:prolong:problem:not-found")
    assert answer.json["title"] == "Здесь ничего не найдено"


def test_a_method_that_an_address_does_not_know_is_told_with_those_it_knows(client):
    answer = client.delete("/v1/redemptions/check")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert answer.json["code"] == "method_not_allowed"
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b'{"code": NaN}',
        b'{"a": 1} x',
        b"\xff\xfe",
        b"[" * 5000,
        b'"\xed\xa0\x80"',
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_is_not_json_is_told_apart_from_wrong_fields(client, sent):
    answer = client.post("/v1/redemptions", data=sent, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["code"] == "not_json"


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_kind_of_content_is_told_by_name(client, media):
    answer = client.post("/v1/redemptions", data=b"{}", content_type=media)
    assert (answer.status_code, answer.content_type) == (415, "application/problem+json")
    assert answer.json["code"] == "unsupported_media_type"


def test_a_body_over_64_kib_is_refused_and_one_below_is_read(client):
    form = {**FORM, "code": "x" * 64 * 1024}
    answer = client.post("/v1/redemptions", json=form)
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert answer.json["code"] == "body_too_large"
    assert client.post("/v1/redemptions", json={**FORM, "code": "x" * 60 * 1024}).status_code == 422


def test_wrong_and_unknown_fields_are_named_and_their_values_are_not_repeated(client):
    answer = client.post("/v1/redemptions", json={**FORM, "product": 5, "colour": "hunter2"})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.json["code"] == "invalid_request"
    assert answer.json["errors"].keys() == {"product", "colour"}
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(("language", "keyboard"), [("en", "keyboard"), ("uk", "клавіатуру"), ("ru", "клавиатуру")])
def test_a_code_in_cyrillic_letters_is_told_to_switch_the_keyboard(client, language, keyboard):
    form = {**FORM, "code": "ВАСЕН-00000-00000-00000-00000"}
    answer = client.post("/v1/redemptions", json=form, headers={"Accept-Language": language})
    assert (answer.status_code, answer.json["code"]) == (422, "code_malformed")
    assert keyboard in answer.json["detail"]
    assert "hint" not in answer.json
    assert "ВАСЕН" not in answer.text


@pytest.mark.parametrize(
    ("language", "company", "software"),
    [
        ("en", "The name of the company is lacking.", "License 1 of the list: the name of the software is lacking."),
        ("uk", "Бракує назви компанії.", "Ліцензія 1 у списку: бракує назви програми."),
        ("ru", "Не хватает названия компании.", "Лицензия 1 в списке: не хватает наименования ПО."),
    ],
)
def test_what_a_request_lacks_is_told_thing_by_thing_in_the_language_of_the_reader(client, language, company, software):
    answer = client.get("/incomplete", headers={"Accept-Language": language})
    assert (answer.status_code, answer.json["code"]) == (409, "request_incomplete")
    assert answer.json["missing"][:2] == [company, software]
    assert answer.json["missing_codes"][:2] == ["company", "software"]
    assert "KEY-1" not in answer.text


def test_the_status_of_each_refusal_is_that_of_the_contract():
    of_409 = {
        kind
        for name in errors.__all__
        if hasattr(kind := getattr(errors, name), "code") and kind not in problems.STATUS
    }
    named = {kind.code: int(status) for kind, status in problems.STATUS.items()}
    assert named == {
        **dict.fromkeys(("code_malformed", "invalid_request", "idempotency_key_reused", "scan_refused"), 422),
        "scan_too_large": 413,
        "rate_limited": 429,
        **dict.fromkeys(("code_not_found", "license_not_found", "link_invalid", "module_not_found", "not_found"), 404),
        "codes_no_longer_available": 410,
        "unauthenticated": 401,
        "forbidden": 403,
        "try_again": 503,
    }
    assert {errors.StillRunning, errors.CreditExceeded, errors.RenewalWindowClosed} <= of_409
    assert {problems.status_of(kind.__new__(kind)) for kind in of_409} == {409}


def test_a_special_case_of_a_refusal_has_its_status():
    assert problems.status_of(KeysBehind(frozenset({1}))) == 503


def test_a_field_named_by_half_a_pair_of_utf_16_is_refused_as_any_unknown_one(client):
    answer = client.post("/v1/redemptions", json=FORM | {"\ud800": 1})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "?" in answer.json["errors"]
