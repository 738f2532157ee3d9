"""The page of a transfer request: what it may load, what it says, and that nothing secret passes through an address."""

import re
from pathlib import Path

import pytest

import prolong_server
from prolong_server.portal import request_texts
from tests.portal.elements import Elements

FOLDER = Path(prolong_server.__file__).parent / "portal"
SCRIPT = (FOLDER / "static" / "transfer-request.js").read_text()
TITLES = {
    "en": "Your request about Modules",
    "uk": "Ваш запит щодо Модулів",
    "ru": "Ваш запрос о Модулях",
}


def page(client, language="en") -> str:
    return client.get("/transfer-request", headers={"Accept-Language": language}).get_data(as_text=True)


def test_the_page_may_load_and_ask_only_its_own_server(client):
    answer = client.get("/transfer-request")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Vary"] == "Accept-Language"
    assert "Set-Cookie" not in answer.headers


def test_nothing_on_the_page_is_inline(client):
    elements = Elements(page(client)).found
    assert [tag for tag, given in elements if tag == "style" or (tag == "script" and not given.get("src"))] == []
    assert [given for _, given in elements if "style" in given or any(name.startswith("on") for name in given)] == []


def test_all_that_the_page_loads_is_there(client):
    named = [given.get("src") or given.get("href") for tag, given in Elements(page(client)).found if tag != "a"]
    files = [name for name in named if name]
    assert len(files) == 4
    for name in files:
        with client.get(f"/{name}") as answer:
            assert answer.status_code == 200


@pytest.mark.parametrize("language", TITLES)
def test_the_page_speaks_the_visitors_language(client, language):
    text = page(client, language)
    assert f'<html lang="{language}">' in text
    assert f"<title>{TITLES[language]}</title>" in text
    assert ("Submit the request" in text) == (language == "en")


def test_the_page_uses_all_that_it_says(client):
    said = page(client).replace("&#39;", "'")
    assert [sentence for sentence in request_texts.SENTENCES if sentence not in said] == []


def test_the_script_finds_all_that_it_looks_for(client):
    looked_for = set(re.findall(r'(?:part|copy)\("([a-z_]+)"', SCRIPT))
    there = {given["id"] for _, given in Elements(page(client)).found if given.get("id")}
    assert len(looked_for) > 30
    assert looked_for <= there


def test_every_field_of_the_page_has_a_label(client):
    elements = Elements(page(client)).found
    labelled = {given.get("for") for tag, given in elements if tag == "label"}
    fields = [
        given
        for tag, given in elements
        if tag in {"input", "select"} and given.get("type") not in {"radio", "checkbox"}
    ]
    assert [given for given in fields if "data-name" not in given and given.get("id") not in labelled] == []


def test_the_script_keeps_the_token_out_of_every_address_and_of_every_store():
    assert "innerHTML" not in SCRIPT
    assert "Storage" not in SCRIPT
    assert re.findall(r"fetch\(`(.*?)`", SCRIPT) == ["v1/transfer-requests/${number}${path}"]
