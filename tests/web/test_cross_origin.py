"""The form on a partner's page of another origin, loaded from the server, in a real browser under strict policies."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest
from dateutil.relativedelta import relativedelta
from playwright.sync_api import Browser, Page, Request, expect

from tests.waiting import PATIENCE
from tests.web import sentences
from tests.web.partner import Partner, open_site
from tests.web.site import Site
from tests.web.test_registration import EN, press, violations

ASK = """async ([server, path, body]) => {
  const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return fetch(server + path, sent).then(async (answer) => [answer.status, await answer.text()], (error) => error.name);
}"""


@contextmanager
def named_by_the_product(site: Site, *origins: str) -> Iterator[None]:
    """The product allows these origins besides the server's own, until the block ends."""
    with site.front.app.app_context():
        site.stage.set(web_origins=(site.origin, *origins))
    try:
        yield
    finally:
        with site.front.app.app_context():
            site.stage.set(web_origins=(site.origin,))


def pasted(site: Site) -> str:
    """What the server's page tells a partner to paste, at the address where this server is reached."""
    with urlopen(f"{site.origin}/registration?product=shield") as answer:
        shown = re.search(r'<code id="paste">(.*?)</code>', answer.read().decode(), re.DOTALL)
    assert shown
    return html.unescape(shown[1]).replace("https://renew.example", site.origin)


@pytest.fixture
def partner(site: Site) -> Iterator[Partner]:
    """A partner that has pasted what the server tells, and whose origin the product names."""
    with open_site(site.origin) as opened, named_by_the_product(site, opened.origin):
        opened.pasted = pasted(site)
        yield opened


@pytest.fixture
def stranger(site: Site) -> Iterator[Partner]:
    """A site that has pasted the same, while the product names another one."""
    with open_site(site.origin) as opened, named_by_the_product(site, "https://shop.example"):
        opened.pasted = pasted(site)
        yield opened


@pytest.fixture
def doubted(browser: Browser) -> Iterator[Page]:
    """A page about which the browser is meant to complain."""
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


def check(page: Page, partner: Partner, code: str) -> None:
    page.goto(partner.origin)
    page.get_by_label("Code", exact=True).fill(code)
    press(page, "Check the code")


def test_a_license_is_renewed_on_a_partners_page_of_another_origin(page, site, partner, shoot):
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    held = site.license()
    after = EN.day(held.expires_on + relativedelta(years=1))
    check(page, partner, site.code())
    page.get_by_label("License key").fill(held.license_key)
    press(page, "Continue")
    press(page, "Renew the license")
    expect(page.get_by_role("status")).to_contain_text(f"Renewed. The license runs through {after}")
    shoot(page, "partner-renewed")
    assert partner.origin != site.origin
    assert {request.url.removeprefix(site.origin) for request in asked if request.url.startswith(site.origin)} == {
        *("/registration/prolong-registration.js", "/v1/redemptions/check", "/v1/redemptions")
    }
    told = [one.all_headers() for one in asked if one.method == "POST"]
    assert {headers["origin"] for headers in told} == {partner.origin}
    assert all("cookie" not in headers and "authorization" not in headers for headers in told)


def test_the_partners_page_learns_that_an_answer_is_a_repetition(page, site, partner):
    code, held = site.code(), site.license()
    for says in ("Renewed. The license runs through", "This code had already renewed the license"):
        check(page, partner, code)
        page.get_by_label("License key").fill(held.license_key)
        press(page, "Continue")
        page.get_by_role("button", name=re.compile("Renew the license|Continue")).click()
        expect(page.get_by_role("status")).to_contain_text(says)


def test_a_refusal_can_be_read_on_the_partners_page_and_names_whom_to_call(page, site, partner, shoot):
    check(page, partner, "WXWCB-YB6WK-952SW-A0432-CF1XG")
    expect(page.get_by_role("status")).to_contain_text("The code is unknown")
    expect(page.get_by_role("link", name="help@example.com")).to_be_visible()
    shoot(page, "partner-refused")


def test_the_form_tells_a_page_that_no_product_names_that_the_server_cannot_be_reached(doubted, site, stranger, shoot):
    sent = []
    doubted.on("response", lambda answer: sent.append(answer) if "/v1/" in answer.url else None)
    check(doubted, stranger, site.code())
    expect(doubted.get_by_role("status")).to_contain_text("The license server cannot be reached")
    shoot(doubted, "stranger")
    assert [answer.request.method for answer in sent if answer.request.method == "POST"] == []


def test_a_page_that_no_product_names_reads_nothing_and_spends_no_code(doubted, page, site, stranger):
    code, held = site.code(), site.license()
    body = {"code": code, "license_key": held.license_key, "product": "shield"}
    doubted.goto(stranger.origin)
    assert doubted.evaluate(ASK, [site.origin, "/v1/redemptions", body]) == "TypeError"
    page.goto(site.page())
    status, told = page.evaluate(ASK, [site.origin, "/v1/redemptions/check", body])
    assert (status, '"problem":null' in told) == (200, True)


def test_a_component_that_is_not_the_one_that_was_pinned_never_runs(doubted, site, partner):
    partner.pasted = re.sub('integrity=".*?"', f'integrity="{sentences.integrity(b"another")}"', partner.pasted)
    doubted.goto(partner.origin)
    assert doubted.evaluate("customElements.get('prolong-registration') === undefined")
    assert doubted.get_by_label("Code", exact=True).count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)])
def test_the_page_for_partners_is_readable_and_its_sample_lives_under_its_policy(page, site, scheme, width, shoot):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.origin}/registration?product=shield")
    page.get_by_label("Code", exact=True).fill(site.code())
    expect(page.get_by_role("status")).to_contain_text("The code looks right")
    shoot(page, f"registration-{scheme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press(page, "Check the code")
    expect(page.get_by_role("status")).to_contain_text("This is a renewal code")
