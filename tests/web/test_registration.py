"""The web component leads a person from a code to a new last day, in a real browser and under a strict policy."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from playwright.sync_api import Page, Route, expect

from prolong import texts_en
from prolong.texts import LANGUAGES, Texts
from prolong_server.rules.vocabulary import CodeKind, LicenseClass
from tests.web import sentences

HERE = Path(__file__).parent
VECTORS = json.loads((HERE.parent / "vectors" / "codes.json").read_text(encoding="utf-8"))
AXE = (HERE / "axe" / "axe.min.js").read_text(encoding="utf-8")
EN = Texts("en")
REDEMPTIONS = re.compile("/v1/redemptions$")


def enter(page: Page, site, code: str, attributes: str = 'product="shield" language="en"') -> None:
    page.goto(site.page(attributes))
    page.get_by_label("Code", exact=True).fill(code)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def state(page: Page) -> str:
    return str(page.evaluate("document.querySelector('prolong-registration').state"))


def to_the_button(page: Page, site, code: str, key: str) -> None:
    enter(page, site, code)
    press(page, "Check the code")
    page.get_by_label("License key").fill(key)
    press(page, "Continue")
    expect(page.get_by_role("button", name="Renew the license")).to_be_visible()


def refusal(status: int, code: str) -> dict[str, Any]:
    return {"type": f"urn:prolong:problem:{code.replace('_', '-')}", "title": code, "status": status, "code": code}


def says(status: int, body: dict[str, Any]) -> Callable[[Route], None]:
    """A server that answers so."""
    return lambda route: route.fulfill(status=status, json=body)


def violations(page: Page) -> list[str]:
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run().then((run) => run.violations.map((one) => one.id + ': ' + one.nodes[0].html))")
    return list(found)


def test_a_renewal_moves_the_last_day_and_tells_the_page(page, site, shoot):
    held = site.license()
    enter(page, site, site.code().lower())
    page.evaluate("document.addEventListener('prolong-done', (event) => { window.told = event.detail; })")
    shoot(page, "complete")
    press(page, "Check the code")
    expect(page.get_by_role("status")).to_contain_text("This is a renewal code: 1 year, workstations: 1")
    expect(page.get_by_label("License key")).to_be_focused()
    shoot(page, "asking-renewal")
    page.keyboard.type(held.license_key)
    page.keyboard.press("Enter")
    after = held.expires_on + relativedelta(years=1)
    expect(page.get_by_role("status")).to_contain_text(f"after the renewal, through {EN.day(after)}")
    shoot(page, "ready-renewal")
    press(page, "Renew the license")
    expect(page.get_by_role("status")).to_contain_text(f"Renewed. The license runs through {EN.day(after)}")
    shoot(page, "done-renewal")
    told = page.evaluate("window.told")
    assert (told["kind"], told["replayed"], told["expires_on"]) == ("renewal", False, after.isoformat())
    assert told["license"].keys() == {"id", "product", "edition", "seats", "expires_on"}
    assert page.evaluate("sessionStorage.length") == 0


def test_an_activation_asks_for_whom_and_gives_a_key_to_keep(page, site, shoot):
    enter(page, site, site.code(kind=CodeKind.ACTIVATION))
    press(page, "Check the code")
    press(page, "Continue")
    name = page.get_by_label("Name or company")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description("Enter a name.")
    shoot(page, "asking-activation")
    assert violations(page) == []
    name.fill("Olena")
    page.get_by_label("Country").fill("ua")
    page.get_by_label("E-mail (optional)").fill("olena@example.com")
    page.get_by_label("Remind me").check()
    press(page, "Continue")
    press(page, "Activate the license")
    message = page.get_by_role("status")
    expect(message).to_contain_text("Activated. The license runs through")
    expect(message).to_contain_text("Your license key is")
    shoot(page, "done-activation")


def test_the_check_symbol_is_judged_while_typing_and_nothing_travels(page, site, shoot):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/" in request.url else None)
    enter(page, site, "WXWCB-YB6WK-952SW-A0432-CF1XH")
    code = page.get_by_label("Code", exact=True)
    expect(code).to_have_attribute("aria-invalid", "true")
    expect(code).to_have_accessible_description(re.compile("At least one letter or digit is wrong"))
    shoot(page, "mistyped")
    assert violations(page) == []
    expect(page.get_by_role("button")).to_be_disabled()
    code.press("Enter")
    assert (state(page), asked) == ("mistyped", [])


def test_a_code_falls_into_groups_as_it_is_typed_and_a_paste_is_taken_whole(page, site):
    enter(page, site, "")
    code = page.get_by_label("Code", exact=True)
    code.press_sequentially("wxwcbyb6wk952")
    expect(code).to_have_value("WXWCB-YB6WK-952")
    expect(page.get_by_role("status")).to_contain_text("Symbols still missing: 12.")
    page.keyboard.press("Backspace")
    expect(code).to_have_value("WXWCB-YB6WK-95")
    code.fill("")
    page.keyboard.insert_text(" ｗxwcb yb6wk–952sw—AO432 cflxg\n")
    expect(code).to_have_value("WXWCB-YB6WK-952SW-A0432-CF1XG")
    assert state(page) == "complete"


@pytest.mark.parametrize("typed", ["pro-yhp9r0qyhxe09wqand3c4ns5d", "NFR 13E5V"])
def test_a_mark_in_front_of_a_code_can_be_typed_by_hand(page, site, typed):
    enter(page, site, "")
    code = page.get_by_label("Code", exact=True)
    code.press_sequentially(typed)
    shown = {"p": "PRO-YHP9R-0QYHX-E09WQ-AND3C-4NS5D", "N": "NFR-13E5V"}[typed[0]]
    expect(code).to_have_value(shown)
    assert state(page) == ("complete" if typed[0] == "p" else "incomplete")


def test_browser_and_server_read_every_example_alike(page, site):
    enter(page, site, "")
    readable = {text: one["canonical"] for one in VECTORS["codes"] for text in one["read_as_canonical"]}
    readable |= {one["text"]: one["canonical"] for one in VECTORS["marked"]}
    texts = [*readable, *VECTORS["malformed"]]
    read = page.evaluate("(texts) => texts.map(customElements.get('prolong-registration').readCode)", texts)
    told = {text: one["symbols"] for text, one in zip(texts, read, strict=True) if one["state"] == "complete"}
    assert told == readable


def test_browser_and_python_say_the_same():
    source = sentences.COMPONENT.read_text(encoding="utf-8")
    assert sentences.current(source) == source
    page = sentences.SAMPLE.read_text(encoding="utf-8")
    assert sentences.pinned(page, sentences.COMPONENT.read_bytes()) == page
    assert "Продовжити ліцензію" in source


@pytest.mark.parametrize("language", LANGUAGES)
def test_browser_and_python_fill_every_refusal_alike(page, site, language):
    facts: dict[str, Any] = {
        "expires_on": "2027-04-30",
        "renewable_until": "2027-05-30",
        "seats_bought": 5,
        "seats_of_code": 10,
    }
    problems: list[dict[str, Any]] = [
        {"code": code, "detail": "Said by the server.", **facts} for code in [*texts_en.REFUSALS, "novel"]
    ]
    enter(page, site, "")
    told = page.evaluate(
        """([language, problems]) => {
          const sentences = customElements.get("prolong-registration").sentences(language);
          return [problems.map((one) => sentences.refusal(one)), [1, 2, 3, 5].map((n) => sentences.years(n))];
        }""",
        [language, problems],
    )
    spoken = Texts(language)
    assert told[0] == [list(spoken.refusal(one["code"], one, one["detail"])) for one in problems]
    assert told[1] == [spoken.years(number) for number in (1, 2, 3, 5)]


@pytest.mark.parametrize(("language", "says"), [("uk-UA", "Введіть ваш код"), ("ru", "Введите ваш код")])
def test_the_form_speaks_the_language_of_its_page_or_of_its_attribute(page, site, language, says, shoot):
    page.goto(site.page('product="shield"', lang=language))
    expect(page.get_by_role("status")).to_contain_text(says)
    shoot(page, f"typing-{language[:2]}")
    page.locator("prolong-registration").evaluate("(form) => form.setAttribute('language', 'en')")
    expect(page.get_by_role("status")).to_contain_text("Enter your code")


REFUSED = [
    ({}, {"days_left": -40}, "Only a new license helps now", "https://buy.example/"),
    ({"seats": 5}, {}, "license: 1; of the code: 5", "https://buy.example/"),
    ({}, {"license_class": LicenseClass.PROMO}, "Buy a new license", "https://buy.example/"),
    ({}, {"license_class": LicenseClass.NFR}, "Buy a new license", "https://buy.example/"),
    ({}, {"country": "PL"}, "a dealer of its country (PL)", "https://buy.example/"),
    ({}, {"activated_on": None}, "Activate the license first", "https://help.example"),
]


@pytest.mark.parametrize(("of_code", "of_license", "says", "link"), REFUSED)
def test_a_refusal_says_what_to_do_and_whom_to_call(page, site, of_code, of_license, says, link, shoot):
    key = site.license(**of_license).license_key
    enter(page, site, site.code(**of_code))
    page.evaluate("document.addEventListener('prolong-refused', (event) => { window.told = event.detail; })")
    press(page, "Check the code")
    page.get_by_label("License key").fill(key)
    press(page, "Continue")
    message = page.get_by_role("status")
    expect(message).to_contain_text(says)
    expect(message).to_contain_text("+1 555 0100")
    expect(message.locator(f'a[href="{link}"]')).to_be_visible()
    assert page.evaluate("Object.keys(window.told).join()") == "code,status,request_id"
    shoot(page, f"refused-{page.evaluate('window.told.code')}")
    assert violations(page) == []


def test_an_old_product_is_told_where_the_latest_version_is(page, site):
    enter(page, site, site.code(), 'product="shield" product-version="9.2" language="en"')
    press(page, "Check the code")
    link = page.get_by_role("status").locator('a[href="https://get.example/"]')
    expect(link).to_have_text("Download the latest version")


def test_a_lost_answer_is_asked_for_again_and_the_license_extended_once(page, site):
    held, code = site.license(), site.code()
    to_the_button(page, site, code, held.license_key)
    lost: list[int] = []
    page.route(REDEMPTIONS, lambda route: lose(route, lost), times=1)
    press(page, "Renew the license")
    after = held.expires_on + relativedelta(years=1)
    expect(page.get_by_role("status")).to_contain_text(f"runs through {EN.day(after)}")
    assert lost == [201]


def lose(route: Route, lost: list[int]) -> None:
    lost.append(route.fetch().status)
    route.abort()


def test_a_doubt_outlives_the_page_and_is_settled_when_it_comes_back(page, site, shoot):
    held, code = site.license(), site.code()
    to_the_button(page, site, code, held.license_key)
    lost: list[int] = []
    page.route(REDEMPTIONS, lambda route: lose(route, lost))
    page.clock.install()
    press(page, "Renew the license")
    while state(page) == "sending":
        page.clock.fast_forward(timedelta(seconds=4) // timedelta(milliseconds=1))
    message = page.get_by_role("status")
    expect(message).to_contain_text("The answer was lost on the way")
    expect(message).to_contain_text("Nothing is lost")
    shoot(page, "unknown")
    assert violations(page) == []
    assert lost[0] == 201
    assert set(lost[1:]) == {200}
    page.unroute(REDEMPTIONS)
    page.reload()
    after = held.expires_on + relativedelta(years=1)
    expect(message).to_contain_text(f"already renewed the license. It runs through {EN.day(after)}")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_server_that_is_away_changes_nothing_and_is_tried_again(page, site, shoot):
    enter(page, site, site.code())
    page.route(re.compile("/v1/"), lambda route: route.abort())
    page.clock.install()
    press(page, "Check the code")
    while state(page) == "checking":
        page.clock.fast_forward(4000)
    expect(page.get_by_role("status")).to_contain_text("cannot be reached")
    shoot(page, "unreachable")
    page.unroute(re.compile("/v1/"))
    press(page, "Try again")
    expect(page.get_by_label("License key")).to_be_visible()


def test_the_whole_way_is_gone_with_the_keyboard_alone(page, site):
    held = site.license()
    page.goto(site.page())
    page.keyboard.press("Tab")
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.keyboard.insert_text(site.code())
    page.keyboard.press("Enter")
    expect(page.get_by_label("License key")).to_be_focused()
    page.keyboard.insert_text(held.license_key)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Renew the license")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Renewed.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 900])
def test_every_scheme_and_width_is_readable_and_without_a_violation(page, site, scheme, width, shoot):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{site.origin}/index.html")
    expect(page.locator("prolong-registration").get_by_role("status")).to_contain_text("Enter your code")
    shoot(page, f"partner-{scheme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_form_takes_part_in_a_form_around_it(page, site):
    page.goto(site.page('product="shield" name="license" required'))
    page.evaluate(
        """() => {
          const form = document.createElement("form");
          const inner = document.querySelector("prolong-registration");
          inner.replaceWith(form);
          form.append(inner);
        }"""
    )
    assert page.evaluate("document.forms[0].checkValidity()") is False
    page.get_by_label("Code", exact=True).fill("WXWCB")
    page.evaluate("document.forms[0].reset()")
    expect(page.get_by_label("Code", exact=True)).to_have_value("")


def test_what_a_server_says_is_text_and_never_markup(page, site):
    enter(page, site, site.code())
    evil = "<img src=x onerror=alert(1)>"
    contact = {"name": evil, "url": "javascript:alert(1)"}
    problem = {**refusal(409, "evil"), "detail": evil, "support": contact, "where_to_buy": "javascript:alert(2)"}
    page.route(re.compile("/v1/"), lambda route: route.fulfill(status=409, json=problem))
    press(page, "Check the code")
    expect(page.get_by_role("status")).to_contain_text(evil)
    assert page.locator("prolong-registration img, prolong-registration a").count() == 0


def test_no_code_or_key_stands_in_an_address(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url + str(request.headers.get("referer", ""))))
    code, key = site.code(), site.license().license_key
    to_the_button(page, site, code, key)
    assert [url for url in asked if key in url or code[:5] in url] == []


def test_the_file_has_an_integrity_value_that_the_browser_accepts(page, site):
    path = "/integrity.html"
    source = sentences.COMPONENT.read_bytes()
    plain = site.front.pages[site.page().removeprefix(site.origin)].decode()
    tag = f'src="/prolong-registration.js" integrity="{sentences.integrity(source)}" crossorigin="anonymous"'
    site.front.pages[path] = plain.replace('src="/prolong-registration.js"', tag).encode()
    page.goto(site.origin + path)
    expect(page.get_by_role("status")).to_contain_text("Enter your code")


def test_the_checker_is_the_one_that_was_published():
    for line in (HERE / "axe" / "SHA256SUMS").read_text(encoding="ascii").splitlines():
        expected, name = line.split()
        assert hashlib.sha256((HERE / "axe" / name).read_bytes()).hexdigest() == expected
