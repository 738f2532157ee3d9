"""What the form tells is so: no code is taken for another, no stranger for the server, no answer for another's."""

import re
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from playwright.sync_api import Page, Route, expect

from tests.web.site import Site
from tests.web.test_registration import EN, enter, press, refusal, says, state, to_the_button

CHECK, REDEEM = re.compile("/v1/redemptions/check$"), re.compile("/v1/redemptions$")
LOST: dict[str, Any] = {"status": 500, "json": {}}


def lose(route: Route) -> None:
    """The server has done it, and what comes back cannot be repeated by the form itself."""
    route.fetch()
    route.fulfill(**LOST)


def committed(route: Route) -> None:
    """The server has done it, and the connection breaks."""
    route.fetch()
    route.abort()


def into_doubt(page: Page, site: Site) -> tuple[str, str]:
    """A code and its key, of which it is not known what became of them."""
    code, key = site.code(), site.license().license_key
    to_the_button(page, site, code, key)
    page.route(REDEEM, lose, times=1)
    press(page, "Renew the license")
    expect(page.locator(".message.unknown")).to_be_visible()
    return code, key


def test_another_form_on_the_page_spends_the_code_that_stands_in_it(page, site):
    into_doubt(page, site)
    page.evaluate(
        """() => {
          const second = document.createElement("prolong-registration");
          for (const name of ["product", "language"])
            second.setAttribute(name, document.querySelector("prolong-registration").getAttribute(name));
          document.querySelector("main").append(second);
        }"""
    )
    second = page.locator("prolong-registration").nth(1)
    held, code = site.license(), site.code()
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request.post_data_json) if REDEEM.search(request.url) else None)
    second.get_by_label("Code", exact=True).fill(code)
    second.get_by_role("button", name="Check the code").click()
    second.get_by_label("License key").fill(held.license_key)
    second.get_by_role("button", name="Continue").click()
    second.get_by_role("button", name="Renew the license").click()
    after = EN.day(held.expires_on + relativedelta(years=1))
    expect(second.get_by_role("status")).to_contain_text(f"Renewed. The license runs through {after}")
    assert [(one["code"], one["license_key"]) for one in asked] == [(code, held.license_key)]
    first = page.locator("prolong-registration").nth(0)
    first.get_by_role("button", name="Try again").click()
    expect(first.get_by_role("status")).to_contain_text("This code had already renewed the license")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_form_around_it_cannot_put_a_doubt_aside_but_empties_it_of_everything_else(page, site):
    into_doubt(page, site)
    page.evaluate(
        """() => {
          const form = document.createElement("form");
          const inner = document.querySelector("prolong-registration");
          document.querySelector("main").append(form);
          form.append(inner);
        }"""
    )
    page.evaluate("document.forms[0].reset()")
    assert state(page) == "unknown"
    press(page, "Try again")
    expect(page.get_by_role("status")).to_contain_text("This code had already renewed the license")
    page.evaluate("document.forms[0].reset()")
    assert state(page) == "typing"
    page.get_by_label("Code", exact=True).fill(site.code())
    press(page, "Check the code")
    expect(page.get_by_label("License key")).to_have_value("")


def test_who_turns_the_form_away_at_the_door_does_not_know_what_became_of_the_code(page, site):
    to_the_button(page, site, site.code(), site.license().license_key)
    answers = [committed, lambda route: route.fulfill(status=403, json={**refusal(403, "forbidden")})]
    page.route(REDEEM, lambda route: answers.pop(0)(route), times=2)
    press(page, "Renew the license")
    expect(page.locator(".message.unknown")).to_be_visible()
    press(page, "Try again")
    expect(page.get_by_role("status")).to_contain_text("This code had already renewed the license")


FIREWALL = {"code": 1020, "detail": "Access denied by the firewall"}
STRANGERS: list[tuple[int, dict[str, Any]]] = [
    (200, {"license": {"expires_on": "2099-01-01", "license_key": "SOMEONE-ELSE", "product": "shield"}}),
    (200, {"license": {}}),
    (409, {"code": "code_voided", "detail": "A refusal of somebody else's."}),
    (409, {**refusal(404, "code_not_found")}),
    (403, FIREWALL),
]


def test_what_does_not_fit_the_question_is_neither_a_yes_nor_a_no(page, site):
    to_the_button(page, site, site.code(), site.license().license_key)
    for number, (status, body) in enumerate(STRANGERS):
        page.route(REDEEM, says(status, body), times=1)
        press(page, "Try again" if number else "Renew the license")
        expect(page.locator(".message.unknown")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_be_hidden()
    press(page, "Try again")
    expect(page.get_by_role("status")).to_contain_text("The license runs through")


@pytest.mark.parametrize(
    "told", [{}, {"kind": "upgrade"}, {"kind": "renewal", "period_years": "1", "seats": 1}], ids=str
)
def test_a_check_that_cannot_be_read_leaves_the_form_usable(page, site, told):
    enter(page, site, site.code())
    page.route(CHECK, says(200, told), times=1)
    press(page, "Check the code")
    press(page, "Try again")
    expect(page.get_by_label("License key")).to_be_focused()


def test_a_whole_code_is_in_sight_on_a_narrow_telephone(page, site):
    page.set_viewport_size({"width": 320, "height": 700})
    enter(page, site, site.code())
    code = page.get_by_label("Code", exact=True)
    assert code.evaluate("(input) => input.scrollWidth <= input.clientWidth")
