"""The license's page: what browsers are told of it, what it may load, and that nothing secret passes through it."""

import re
from pathlib import Path

import pytest

import prolong_server
from prolong_server import clock
from prolong_server.licensing import license_links
from prolong_server.portal import texts
from prolong_server.rules import identifiers
from tests import vendor
from tests.portal.elements import Elements

FOLDER = Path(prolong_server.__file__).parent / "portal"
LANGUAGES = ("en", "uk", "ru")


def page(client, language="en") -> str:
    return client.get("/license", headers={"Accept-Language": language}).get_data(as_text=True)


def test_the_page_may_load_and_ask_only_its_own_server(client):
    answer = client.get("/license")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Vary"] == "Accept-Language"
    assert "Set-Cookie" not in answer.headers


def test_nothing_on_the_page_is_inline(client):
    text = page(client)
    elements = Elements(text).found
    assert "<style" not in text
    assert [tag for tag, given in elements if tag == "script" and not given.get("src")] == []
    assert [given for _, given in elements if "style" in given or any(name.startswith("on") for name in given)] == []


def test_all_that_the_page_loads_is_there_and_beside_it(client):
    named = [given.get("src") or given.get("href") for tag, given in Elements(page(client)).found if tag != "a"]
    files = [name for name in named if name]
    assert len(files) == 3
    for name in files:
        with client.get(f"/{name}") as answer:
            assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert client.get("/portal/../license_page.py").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_visitors_language(client, language):
    text = page(client, language)
    titles = {"en": "Your license", "uk": "Ваша ліцензія", "ru": "Ваша лицензия"}
    assert f'<html lang="{language}">' in text
    assert f"<title>{titles[language]}</title>" in text
    assert ("No more reminders" in text) == (language == "en")


def test_the_page_uses_all_that_it_says(client):
    said = page(client).replace("&#39;", "'")
    assert [sentence for sentence in texts.SENTENCES if sentence not in said] == []


def test_the_script_finds_all_that_it_looks_for(client):
    script = (FOLDER / "static" / "license.js").read_text()
    ids = set(re.findall(r'(?:part|put)\("([a-z_]+)"', script))
    text = page(client)
    there = {given["id"] for _, given in Elements(text).found if given.get("id")}
    assert ids
    assert ids <= there
    assert all(f'"{who}_{way}"' in text for who in ("seller", "support") for way in ("name", "phone", "email", "url"))


def test_the_script_keeps_the_token_out_of_every_address():
    script = (FOLDER / "static" / "license.js").read_text()
    assert "innerHTML" not in script
    assert "localStorage" not in script
    assert re.findall(r"fetch\(`(.*?)`", script) == ["v1/license-links/${verb}"]


@pytest.fixture
def link(app, call):
    """The token of a license's link, made as a reminder makes it."""
    with app.app_context():
        # The call comes first: it makes the keys known, which the vendor would otherwise invent.
        asked = call(now=clock.now())
        shop = vendor.found(where_to_buy="https://buy.example")
        license_ = vendor.license_(30, dealer=shop.dealer)
        return license_links.address(asked, identifiers.read("lic", license_.id) or 0).partition("#")[2]


def test_the_link_of_a_letter_opens_over_the_interface_and_stops_reminders(client, link):
    answer = client.post("/v1/license-links/open", json={"token": link})
    assert answer.status_code == 200
    assert set(answer.json) == {
        *("product", "edition", "seats", "license_key_ending", "expires_on", "renewable_until", "state", "seller"),
        *("support", "where_to_buy", "registration_url", "reminders"),
    }
    for _ in range(2):
        stopped = client.post("/v1/license-links/unsubscribe", json={"token": link})
        assert (stopped.status_code, stopped.json["reminders"]) == (200, False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_that_is_cut_off_is_unknown_and_told_so_in_words(client, link, language):
    asked = {"json": {"token": link[:-3]}, "headers": {"Accept-Language": language}}
    for verb in ("open", "unsubscribe"):
        answer = client.post(f"/v1/license-links/{verb}", **asked)
        assert (answer.status_code, answer.json["code"]) == (404, "link_invalid")
        assert ("This link" in answer.json["detail"]) == (language == "en")
        assert link[:-3] not in answer.get_data(as_text=True)
