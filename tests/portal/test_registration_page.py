"""The web component as the server ships it, and the page that tells partners how to use it."""

import base64
import hashlib
import html
import re
from dataclasses import replace

import pytest

from prolong_server.portal import registration_page, registration_texts
from tests.portal.elements import Elements
from tests.portal.test_license_page import LANGUAGES
from tools import web_component

SCRIPT = "/registration/prolong-registration.js"


def page(client, path="/registration", language="en") -> str:
    return client.get(path, headers={"Accept-Language": language}).get_data(as_text=True)


def integrity(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def test_the_servers_copy_of_the_component_is_the_clients_file():
    assert web_component.is_current(), "The component was changed: run `make component`."
    assert web_component.COPY.read_bytes() == registration_page.SOURCE


def test_every_page_of_the_web_may_load_the_component_and_may_load_nothing_else_by_it(client):
    answer = client.get(SCRIPT, headers={"Origin": "https://partner.example"})
    assert answer.status_code == 200
    assert answer.data == web_component.SOURCE.read_bytes()
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in client.get("/registration").headers


def test_the_component_is_kept_for_a_while_and_then_asked_for_by_its_tag(client):
    first = client.get(SCRIPT)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    for known in (first.headers["ETag"], f"W/{first.headers['ETag']}"):
        again = client.get(SCRIPT, headers={"If-None-Match": known})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(SCRIPT, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_page_may_load_and_ask_only_its_own_server(client):
    answer = client.get("/registration")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Vary"] == "Accept-Language"
    assert "Set-Cookie" not in answer.headers


def test_nothing_on_the_page_is_inline_and_all_that_it_loads_is_there(client):
    text = page(client)
    elements = Elements(text).found
    assert "<style" not in text
    assert [given for _, given in elements if "style" in given or any(name.startswith("on") for name in given)] == []
    files = [given.get("src") or given.get("href") for tag, given in elements if tag in {"script", "link"}]
    assert len(files) == 3
    for name in files:
        with client.get(f"/{name}") as answer:
            assert answer.status_code == 200


def test_what_to_paste_names_this_server_and_the_integrity_of_the_file_that_it_gives(client):
    text = page(client, "/registration?product=shield")
    (shown,) = re.findall(r'<code id="paste">(.*?)</code>', text, re.DOTALL)
    (script, attributes), (form, given) = Elements(html.unescape(shown)).found
    assert (script, form) == ("script", "prolong-registration")
    assert attributes == {
        "type": "module",
        "src": f"https://renew.example{SCRIPT}",
        "integrity": integrity(client.get(SCRIPT).data),
        "crossorigin": "anonymous",
    }
    assert given == {"server": "https://renew.example", "product": "shield"}


def test_the_sample_is_pinned_as_a_partner_pins_it(client):
    elements = Elements(page(client, "/registration?product=shield")).found
    scripts = [given for tag, given in elements if tag == "script"]
    assert [given["integrity"] for given in scripts] == [integrity(web_component.COPY.read_bytes())]
    assert [given for tag, given in elements if tag == "prolong-registration"] == [{"product": "shield"}]


@pytest.mark.parametrize("name", ['"><script>', "a b", "", "x" * 65, "&lt;"])
def test_a_product_that_can_be_none_is_not_repeated(client, name):
    text = client.get("/registration", query_string={"product": name}).get_data(as_text=True)
    assert text == page(client)
    assert 'product="your-product"' in text


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        ("https://renew.example", "https://renew.example"),
        ("https://renew.example/licenses", "https://renew.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_policy_names_the_origin_even_of_a_server_that_lives_under_a_path(base, origin, app, settings, client):
    house = app.extensions["prolong"]
    app.extensions["prolong"] = replace(house, settings=replace(settings, base_url=base))
    text = page(client)
    assert f'<code id="policy">script-src {origin}; connect-src {origin}</code>' in text
    assert f'src="{base}{SCRIPT}"' in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_visitors_language(client, language):
    text = page(client, language=language)
    titles = {
        "en": "The registration form on your pages",
        "uk": "Форма реєстрації на ваших сторінках",
        "ru": "Форма регистрации на ваших страницах",
    }
    assert f'<html lang="{language}">' in text
    assert f"<title>{titles[language]}</title>" in text
    assert ("Paste this into your page" in text) == (language == "en")


def test_the_page_uses_all_that_it_says(client):
    said = page(client).replace("&#39;", "'")
    assert [sentence for sentence in registration_texts.SENTENCES if sentence not in said] == []
