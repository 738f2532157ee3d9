"""Each state of the form, in both color schemes: without a violation, and gone through by Tab as it is seen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from prolong_server.rules.vocabulary import CodeKind
from tests.web.site import Site
from tests.web.test_registration import enter, press, refusal, says, state, violations

CHECK, REDEEM = re.compile("/v1/redemptions/check$"), re.compile("/v1/redemptions$")
CONTACT = {"name": "Olena", "phone": "+380 44 111 11 11", "email": "o@help.example", "url": "https://help.example/"}
FOCUSABLE = """() => {
  const root = document.querySelector("prolong-registration").shadowRoot;
  const seen = [...root.querySelectorAll("a[href], button, input")].filter((one) => one.offsetParent && !one.disabled);
  const name = (one) => one.id || one.textContent;
  window.focused = () => (root.activeElement ? name(root.activeElement) : null);
  return seen.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map(name);
}"""


def walk(page: Page, site: Site) -> Iterator[str]:
    """Lead the form through all of its states, and name each."""
    enter(page, site, "")
    code = page.get_by_label("Code", exact=True)
    yield "typing"
    for text, reached in (
        ("WXWCB", "incomplete"),
        ("WXWCB-YB6WK-952SW-A0432-CF1XH", "mistyped"),
        (site.code(), "complete"),
    ):
        code.fill(text)
        yield reached
    yield from renewal(page, site)
    yield from activation(page, site)
    yield from trouble(page, site)


def held(page: Page, where: re.Pattern[str], button: str, reached: str) -> Iterator[str]:
    """The state while an answer is awaited."""
    asked: list[Route] = []
    page.route(where, lambda route: asked.append(route), times=1)
    press(page, button)
    expect(page.get_by_role("progressbar")).to_be_visible()
    yield reached
    while not asked:
        page.wait_for_timeout(10)
    asked[0].continue_()


def renewal(page: Page, site: Site) -> Iterator[str]:
    yield from held(page, CHECK, "Check the code", "checking")
    expect(page.get_by_label("License key")).to_be_visible()
    press(page, "Continue")
    yield "asking"
    page.get_by_label("License key").fill(site.license().license_key)
    press(page, "Continue")
    expect(page.get_by_role("button", name="Renew the license")).to_be_visible()
    yield "ready"
    yield from held(page, REDEEM, "Renew the license", "sending")
    expect(page.get_by_role("status")).to_contain_text("Renewed.")
    yield "done"


def activation(page: Page, site: Site) -> Iterator[str]:
    press(page, "Enter another code")
    page.get_by_label("Code", exact=True).fill(site.code(kind=CodeKind.ACTIVATION))
    press(page, "Check the code")
    press(page, "Continue")
    expect(page.get_by_text("Enter a name.")).to_be_visible()
    yield "asking"
    page.get_by_label("Name or company").fill("Olena")
    page.get_by_label("Country").fill("UA")
    press(page, "Continue")
    yield "ready"
    press(page, "Activate the license")
    expect(page.get_by_role("status")).to_contain_text("Activated.")
    yield "done"


def trouble(page: Page, site: Site) -> Iterator[str]:
    help_ = {"support": CONTACT, "request_id": "req-1", "where_to_buy": "https://buy.example/"}
    answers = {
        "refused": (409, {**refusal(409, "trial_not_renewable"), **help_}),
        "failed": (200, {"kind": "upgrade", "period_years": 1, "seats": 1}),
        "unreachable": (400, {}),
    }
    press(page, "Enter another code")
    for reached, (status, body) in answers.items():
        page.get_by_label("Code", exact=True).fill("")
        page.get_by_label("Code", exact=True).fill(site.code())
        page.route(CHECK, says(status, body), times=1)
        press(page, "Check the code")
        expect(page.locator(f".message.{reached}")).to_be_visible()
        yield reached
    press(page, "Try again")
    page.get_by_label("License key").fill(site.license().license_key)
    press(page, "Continue")
    page.route(REDEEM, says(500, {}), times=1)
    press(page, "Renew the license")
    expect(page.locator(".message.unknown")).to_be_visible()
    yield "unknown"


def gone_through_by_tab(page: Page, names: list[str]) -> list[str]:
    page.get_by_role("heading", level=1).click()
    reached = []
    for _ in names:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("window.focused()"))
    return reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_has_a_violation_and_each_is_gone_through_by_tab_as_it_is_seen(page, site, scheme, shoot):
    page.emulate_media(color_scheme=scheme)
    known = set()
    for at, name in enumerate(walk(page, site)):
        assert state(page) == name
        shoot(page, f"state-{scheme}-{at:02}-{name}")
        assert (name, violations(page)) == (name, [])
        names = page.evaluate(FOCUSABLE)
        assert (name, gone_through_by_tab(page, names)) == (name, names)
        known.add(name)
    asked = {"typing", "incomplete", "mistyped", "complete", "checking", "asking", "ready", "sending"}
    assert known == asked | {"done", "refused", "failed", "unreachable", "unknown"}
