"""The README's sections for dealers and developers, line by line in a shell, against a served demo."""

import re

import pytest

from tests.cli import pasted

SECTIONS = ("A dealer", "A product developer")
_SECTION = re.compile(r"^## ([^:\n]+)[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def script() -> str:
    """The shell lines of the sections, in the order in which they stand."""
    told = dict(_SECTION.findall((pasted.ROOT / "README.md").read_text("utf-8")))
    return "\n".join(block for name in SECTIONS for block in pasted.blocks(told[name]))


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> str:
    """What a person sees who pastes every line into a terminal beside a running demo."""
    return pasted.shown(tmp_path_factory.mktemp("readme"), script())


def test_a_code_is_checked_redeemed_and_the_same_receipt_told_again(shown):
    assert re.findall(r"^HTTP (\d{3})$", shown, re.MULTILINE) == ["200", "200", "201", "200"]


def test_a_dealer_sees_its_sales_its_leads_and_its_account_and_gets_a_signed_message(shown):
    assert '"state":"issued"' in shown
    assert '"redeemed":' in shown
    assert ",GRACE,bulwark,home,1,UA," in shown
    assert "opening_balance" in shown
    assert re.search(r"^order\.issued \{'order': 'ord_\w+'", shown, re.MULTILINE)


def test_the_sdk_renews_and_verifies_what_it_was_given(shown):
    assert re.search(r"^VALID 20\d\d-\d\d-\d\d$", shown, re.MULTILINE)
    assert re.search(r"^20\d\d-\d\d-\d\d VALID ", shown, re.MULTILINE)


def test_the_form_and_the_command_of_dealers_do_as_they_are_typed(shown):
    assert re.search(r"^ord_\w+  \S+  3 x bulwark home renewal, 1416\.00 UAH, confirmed", shown, re.MULTILINE)
    assert re.search(r"^Renewed\. The license runs through \d+ \w+ 20\d\d$", shown, re.MULTILINE)
    assert re.search(r"^VALID\nbulwark home, seats: 1, runs through ", shown, re.MULTILINE)
