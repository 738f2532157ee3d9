"""A customer works on a transfer request by its link, in a real browser: from a draft to new license files."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from prolong_server.modules import execution, review, transfer_requests
from prolong_server.modules.request_specs import RequestSpec
from prolong_server.rules import modules
from prolong_server.rules.module_words import MoveKind
from tests.modules.stage import CONTACT, REPRESENTATIVE, Stage
from tests.web.site import Site
from tests.web.test_registration import violations

_numbers = itertools.count(1)


class Case:
    """A draft of a transfer from one Module to another, and its page's address at the site."""

    def __init__(self, site: Site) -> None:
        call = replace(site.stage.call, actor=REPRESENTATIVE)
        self.site, number = site, next(_numbers)
        with site.front.app.app_context():
            self.stage = Stage(call, itertools.count(1))
            self.stage.product(f"cad-{number}")
            self.key, self.serials = f"PAGE-KEY-{number}", [f"P{number}-A", f"P{number}-B"]
            self.stage.modules(*self.serials)
            held = self.stage.license(4, f"cad-{number}", license_key=self.key)
            self.stage.bind(held, self.serials[0], 4)
            made = transfer_requests.create(call, RequestSpec(MoveKind.TRANSFER, CONTACT))
        self.ref = made.id
        self.address = (made.link or "").replace(call.issuer, site.origin)

    def decide(self) -> None:
        """Review, approve and execute, as a representative."""
        with self.site.front.app.app_context():
            seen = review.begin(self.stage.call, self.ref)
            items = modules.checklist(seen.kind, return_required=False)
            review.approve(self.stage.call, self.ref, return_required=False, checklist=items)
            execution.execute(self.stage.call, self.ref)

    def ask(self) -> None:
        """Ask the customer something, as a representative."""
        with self.site.front.app.app_context():
            review.begin(self.stage.call, self.ref)
            review.request_information(self.stage.call, self.ref, "Why?")


@pytest.fixture
def case(site: Site) -> Case:
    return Case(site)


def opened(page: Page, case: Case) -> None:
    page.goto(case.address)
    expect(page.locator("#number")).to_have_text(case.ref)


def fill(page: Page, case: Case) -> None:
    page.get_by_label("Company").fill("Works")
    page.get_by_label("License number").fill(case.key)
    page.get_by_label("Name of the software").fill("CAD")
    page.get_by_label("From Module").fill(case.serials[0])
    page.get_by_label("To Module").fill(case.serials[1])
    for seats in page.get_by_label("Workstations").all():
        seats.fill("4")
    page.get_by_label("We guarantee not to use").check()
    page.get_by_label("We hold none.").check()


def hand_in(page: Page, folder: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the letter").click()
    letter = folder / "letter.pdf"
    download.value.save_as(letter)
    page.get_by_label("File", exact=True).set_input_files(letter)
    page.get_by_role("button", name="Add the paper").click()
    expect(page.locator("#paper_list li")).to_have_count(1)
    page.get_by_role("button", name="Submit the request").click()


def test_a_customer_goes_from_a_draft_to_new_license_files_by_the_link_alone(page: Page, case: Case, tmp_path: Path):
    opened(page, case)
    expect(page.locator("#missing li")).not_to_have_count(0)
    fill(page, case)
    hand_in(page, tmp_path)
    expect(page.get_by_role("heading", name="The request has reached us.")).to_be_visible()
    case.decide()
    page.reload()
    expect(page.get_by_role("heading", name="The request is completed.")).to_be_visible()
    with page.expect_download() as download:
        page.locator("#file_list button").click()
    assert download.value.suggested_filename == f"{case.key}-{case.serials[1]}-1.jws"
    assert len(Path(download.value.path()).read_text().split(".")) == 3


def test_what_is_half_filled_in_is_kept_and_told_in_words(page: Page, case: Case):
    opened(page, case)
    page.get_by_label("Name of the software").fill("CAD")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("A license lacks its number")
    expect(page.get_by_label("Name of the software")).to_have_value("CAD")


def test_a_question_is_answered_in_words(page: Page, case: Case, tmp_path: Path):
    opened(page, case)
    fill(page, case)
    hand_in(page, tmp_path)
    expect(page.get_by_role("heading", name="The request has reached us.")).to_be_visible()
    case.ask()
    page.reload()
    expect(page.locator("#question")).to_have_text("Why?")
    page.get_by_label("Your answer").fill("The old office is closed.")
    page.get_by_role("button", name="Submit the request").click()
    expect(page.get_by_role("heading", name="The request is being reviewed.")).to_be_visible()
    with case.site.front.app.app_context():
        assert transfer_requests.show(case.stage.call, case.ref).answer == "The old office is closed."


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_draft_has_no_barrier(page: Page, case: Case, scheme):
    page.emulate_media(color_scheme=scheme)
    opened(page, case)
    assert violations(page) == []


def test_a_link_that_was_revoked_is_told_as_such_without_words_for_programmers(page: Page, case: Case):
    with case.site.front.app.app_context():
        transfer_requests.revoke_link(case.stage.call, case.ref)
    page.goto(case.address)
    expect(page.get_by_role("status")).to_contain_text("This link does not work any more")
