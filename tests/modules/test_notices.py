"""Letters at each step, in the customer's language, to who must know, and nothing in them that others may not read."""

from collections.abc import Sequence
from email.message import EmailMessage

import pytest

from prolong_server.licensing import representatives
from prolong_server.licensing.representatives import RepresentativeView
from prolong_server.modules import returns, review, submission, transfer_requests
from prolong_server.operations import mail
from prolong_server.rules import modules
from prolong_server.rules.languages import Language
from tests.mailing import Way
from tests.modules.stage import CONTACT, line

STAFF = "ukraine@vendor.example"


@pytest.fixture
def ref(context, stage) -> str:
    """A request in Ukrainian, of a license in Ukraine."""
    representatives.put(
        stage.call, RepresentativeView("UA", "Olena", "+380 44 0000000", STAFF, "https://ua.vendor.example")
    )
    stage.modules("M-1", "M-2")
    held = stage.license(4)
    stage.bind(held, "M-1", 4)
    return str(stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})], language=Language.UK))


def told(stage, days=0) -> list[EmailMessage]:
    way = Way()
    mail.send(stage.as_(days=days), way)
    return way.taken


def whom(letters: Sequence[EmailMessage]) -> list[tuple[str, str]]:
    return sorted((str(letter["To"]), str(letter["Content-Language"])) for letter in letters)


def test_each_step_is_told_to_its_customer_in_their_language_and_to_staff_where_it_is_their_turn(stage, ref):
    both, customer = [(CONTACT, "uk"), (STAFF, "en")], [(CONTACT, "uk")]
    submission.submit(stage.customer(ref), ref)
    assert whom(told(stage)) == both
    review.begin(stage.as_(), ref)
    assert told(stage) == []
    review.request_information(stage.as_(), ref, "Хто підписав?")
    (asked,) = told(stage)
    assert "Хто підписав?" in asked.get_content()
    submission.submit(stage.customer(ref), ref)
    assert whom(told(stage)) == both
    approve(stage, ref)
    assert whom(told(stage)) == customer
    stage.execute(ref)
    waiting = told(stage)
    assert whom(waiting) == both
    assert ["M-1" in letter.get_content() for letter in waiting if letter["To"] == CONTACT] == [True]
    returns.remind(stage.as_(days=40))
    assert whom(told(stage, 40)) == both
    returns.record(stage.as_(days=41), ref, "M-1")
    assert whom(told(stage, 41)) == customer


def approve(stage, ref) -> None:
    items = modules.checklist(transfer_requests.show(stage.as_(), ref).kind, return_required=True)
    review.approve(stage.as_(), ref, return_required=True, checklist=items)


def test_a_rejection_tells_its_reason_and_a_withdrawal_is_told_to_staff(stage, ref):
    submission.submit(stage.customer(ref), ref)
    told(stage)
    review.begin(stage.as_(), ref)
    review.reject(stage.as_(), ref, "Печатка нечитабельна")
    (rejected,) = told(stage)
    assert "Печатка нечитабельна" in rejected.get_content()


def test_a_withdrawal_is_told_to_both(stage, ref):
    submission.withdraw(stage.customer(ref), ref)
    assert whom(told(stage)) == [(CONTACT, "uk"), (STAFF, "en")]


def test_no_letter_names_a_license_key_and_none_to_staff_holds_the_link(stage, ref):
    key = transfer_requests.show(stage.as_(), ref).licenses[0].license_key
    submission.submit(stage.customer(ref), ref)
    letters = told(stage)
    assert [key in letter.get_content() for letter in letters] == [False, False]
    assert {str(letter["To"]): "plr_" in letter.get_content() for letter in letters} == {CONTACT: True, STAFF: False}
