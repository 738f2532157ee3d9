"""Races between processes on SQLite, which has one writer: nothing is lost, nothing is done twice."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta

from prolong_server.channel import dealers
from prolong_server.licensing import licenses
from prolong_server.operations import invariants
from tests import vendor
from tests.children import Child
from tests.room import opened

PROCESSES = 6


@pytest.fixture
def url(tmp_path: Path, sqlite_template: Path):
    """A vendor in a fresh SQLite file, which must be without a breach at the end."""
    file = tmp_path / "prolong.db"
    file.write_bytes(sqlite_template.read_bytes())
    address = f"sqlite:///{file}"
    with opened(address):
        yield address
        assert invariants.check() == []


def at_once(url: str, works: Sequence[Sequence[Sequence[object]]]) -> list[str]:
    """Give each list of jobs to a process of its own, all at the same time, and return every answer."""
    with ExitStack() as stack:
        children = [stack.enter_context(closing(Child(url))) for _ in works]
        for child, jobs in zip(children, works, strict=True):
            child.give(jobs)
        return [answer for child, jobs in zip(children, works, strict=True) for answer in child.answers(len(jobs))]


def years_later(day: date, years: int) -> date:
    return day + relativedelta(years=years)


def test_one_code_from_many_processes_is_one_redemption_and_one_receipt(url):
    shop = vendor.found()
    held = vendor.license_()
    job = ["redeem", vendor.codes(shop)[0], held.license_key]
    answers = at_once(url, [[job] * 4] * PROCESSES)
    assert len(set(answers)) == 1
    assert answers[0].startswith("rdm_")
    assert licenses.show(vendor.called(), held.id).expires_on == years_later(held.expires_on, 1)


def test_codes_on_one_license_from_many_processes_all_count(url):
    shop = vendor.found(max_advance_years=20)
    held = vendor.license_()
    codes = vendor.codes(shop, 12)
    works = [[["redeem", code, held.license_key] for code in codes[number::PROCESSES]] for number in range(PROCESSES)]
    assert len(set(at_once(url, works))) == 12
    assert licenses.show(vendor.called(), held.id).expires_on == years_later(held.expires_on, 12)


def test_one_code_on_many_licenses_from_many_processes_has_one_winner(url):
    shop = vendor.found()
    held = [vendor.license_() for _ in range(PROCESSES)]
    code = vendor.codes(shop)[0]
    answers = at_once(url, [[["redeem", code, each.license_key]] for each in held])
    assert Counter(answer[:4] for answer in answers) == {"rdm_": 1, "code": PROCESSES - 1}


def test_orders_from_many_processes_never_break_the_credit(url):
    shop = vendor.found(credit="100.00")
    works = [[["order", shop.dealer, 1, f"{number}-{turn}"] for turn in range(6)] for number in range(PROCESSES)]
    answers = at_once(url, works)
    assert Counter(answer[:4] for answer in answers) == {"ord_": 10, "cred": 6 * PROCESSES - 10}
    assert dealers.show(vendor.called(), shop.dealer).available == "0.00"
