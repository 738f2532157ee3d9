"""A validation, on SQLite and on PostgreSQL alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta

from prolong_server.licensing import licenses, machines, redemptions, registration, validations
from prolong_server.licensing.forms import MachineForm, ValidationForm
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.validations import ValidationView, Verdict
from prolong_server.operations import invariants
from prolong_server.rules import errors, identifiers
from prolong_server.rules.vocabulary import MachineCheck
from tests import vendor
from tests.vendor import MACHINE, TODAY

OTHER = MachineForm("machine-fingerprint-0002")
THIRD = MachineForm("machine-fingerprint-0003")
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def sound(room: None) -> Iterator[None]:
    """Whatever a test does, no invariant of the database is broken at its end."""
    yield
    assert invariants.check() == []


def asked(key: str, machine: MachineForm | None = MACHINE, call: Any = None, **changes: Any) -> ValidationView:
    form = ValidationForm(key, vendor.PRODUCT, "9.10", machine)
    return validations.validate(call or vendor.called(), replace(form, **changes))


def revoke(held: LicenseView) -> None:
    licenses.revoke(vendor.called(), held.id, "fraud")


def suspend(held: LicenseView) -> None:
    licenses.suspend(vendor.called(), held.id, "unpaid")


def take_the_seat(held: LicenseView) -> None:
    number = identifiers.read("lic", held.id)
    assert number is not None
    assert registration.register(vendor.called(), number, MACHINE)


def leave_alone(held: LicenseView) -> None:
    """For what is wrong from the beginning."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason against a license: how it is made, what is done to it, what is asked; and whether it has a document."""

    verdict: Verdict
    made: dict[str, Any] = field(default_factory=dict)
    done: Callable[[LicenseView], None] = leave_alone
    asks: dict[str, Any] = field(default_factory=dict)
    has_document: bool = True


REASONS = (
    Reason(Verdict.PRODUCT_MISMATCH, asks={"product": "another"}, has_document=False),
    Reason(Verdict.REVOKED, done=revoke),
    Reason(Verdict.SUSPENDED, done=suspend),
    Reason(Verdict.NOT_ACTIVATED, {"activated_on": None}, has_document=False),
    Reason(Verdict.NOT_STARTED, {"starts_on": TOMORROW, "expires_on": TOMORROW}),
    Reason(Verdict.EXPIRED, {"expires_on": YESTERDAY}),
    Reason(Verdict.MACHINE_NOT_REGISTERED, done=take_the_seat, asks={"machine": OTHER}, has_document=False),
)
EXCLUDE_EACH_OTHER = ({Verdict.REVOKED, Verdict.SUSPENDED}, {Verdict.NOT_STARTED, Verdict.EXPIRED})


def judged(*reasons: Reason) -> ValidationView:
    """What is said of a license with these reasons against it."""
    made: dict[str, Any] = {}
    asks: dict[str, Any] = {}
    for reason in reasons:
        made |= reason.made
        asks |= reason.asks
    held = vendor.license_(**made)
    for reason in reasons:
        reason.done(held)
    return asked(held.license_key, **asks)


def test_each_reason_alone_is_told_with_a_document_where_there_is_one():
    vendor.found()
    told = {reason.verdict: judged(reason) for reason in REASONS}
    assert {verdict: view.code for verdict, view in told.items()} == {verdict: verdict for verdict in told}
    assert not any(view.valid for view in told.values())
    assert {verdict for verdict, view in told.items() if view.license_document is None} == {
        reason.verdict for reason in REASONS if not reason.has_document
    }


def test_of_two_reasons_the_earlier_is_told():
    vendor.found()
    pairs = [pair for pair in combinations(REASONS, 2) if {each.verdict for each in pair} not in EXCLUDE_EACH_OTHER]
    told = {(first.verdict, second.verdict): judged(first, second).code for first, second in pairs}
    assert told == {pair: pair[0] for pair in told}
    assert len(told) == 19


def test_nothing_against_it_is_valid_with_a_document():
    vendor.found()
    told = judged()
    assert (told.valid, told.code) == (True, Verdict.VALID)
    assert told.license_document


def test_after_its_last_day_a_license_says_until_when_a_renewal_helps():
    shop = vendor.found()
    held = vendor.license_(days_left=0)
    assert asked(held.license_key).valid
    told = asked(held.license_key, call=vendor.called(days=1))
    assert told.code is Verdict.EXPIRED
    assert told.license.renewable_until == held.expires_on + relativedelta(months=1)
    late = vendor.called(days=(told.license.renewable_until - TODAY).days)
    redemptions.redeem(late, vendor.renewal(vendor.codes(shop)[0], held.license_key))
    assert asked(held.license_key, call=late).valid


def test_a_product_that_missed_the_answer_of_a_renewal_catches_up():
    shop = vendor.found()
    held = vendor.license_()
    done = redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], held.license_key))
    told = asked(held.license_key)
    assert told.license == done.license
    assert told.license_document == done.license_document


def test_machines_register_themselves_while_seats_are_free():
    vendor.found()
    held = vendor.license_(seats=2)
    codes = [asked(held.license_key, machine).code for machine in (MACHINE, OTHER, THIRD, MACHINE)]
    assert codes == [Verdict.VALID, Verdict.VALID, Verdict.MACHINE_NOT_REGISTERED, Verdict.VALID]
    assert len(machines.list_all(vendor.called(), held.id).items) == 2


def test_a_released_machine_gives_its_seat_to_another_and_may_come_back_to_a_free_one():
    vendor.found()
    held = vendor.license_()
    asked(held.license_key)
    release(held)
    assert asked(held.license_key).valid
    release(held)
    assert asked(held.license_key, OTHER).valid
    assert asked(held.license_key).code is Verdict.MACHINE_NOT_REGISTERED


def release(held: LicenseView) -> None:
    (machine,) = machines.list_all(vendor.called(), held.id).items
    machines.release(vendor.called(), held.id, machine.id)


def test_no_machine_registers_with_a_license_that_is_not_valid():
    vendor.found()
    for days, expected in ((-1, Verdict.EXPIRED), (0, Verdict.VALID)):
        held = vendor.license_(days_left=days)
        assert asked(held.license_key).code is expected
        assert len(machines.list_all(vendor.called(), held.id).items) == (expected is Verdict.VALID)


def test_who_names_no_machine_takes_no_seat():
    vendor.found()
    held = vendor.license_()
    assert asked(held.license_key, None).valid
    assert machines.list_all(vendor.called(), held.id).items == ()


def test_without_the_policy_every_machine_is_good_and_none_is_counted():
    vendor.found(machine_check=MachineCheck.OFF)
    held = vendor.license_()
    assert all(asked(held.license_key, machine).valid for machine in (MACHINE, OTHER, THIRD))
    assert machines.list_all(vendor.called(), held.id).items == ()


@pytest.mark.parametrize("key", ["NO-SUCH-KEY", " ", "ключ", "K\0EY", "K" * 65])
def test_an_unknown_key_is_not_found(key):
    vendor.found()
    with pytest.raises(errors.LicenseNotFound):
        asked(key)


def test_a_key_is_found_whatever_its_case_and_the_space_around_it():
    vendor.found()
    held = vendor.license_(license_key="Office-1/Ab")
    for text in ("office-1/ab", "  OFFICE-1/AB\t", "Office-1/Ab"):
        assert asked(text).license.license_key == held.license_key


ZONES = ["Pacific/Kiritimati", "America/New_York", "UTC", "Asia/Kolkata"]


@pytest.mark.parametrize("zone", ZONES)
def test_a_license_is_good_from_the_first_to_the_last_moment_of_its_days_where_the_vendor_is(zone):
    vendor.found()
    place = ZoneInfo(zone)
    first, last = date(2026, 3, 7), date(2026, 3, 8)
    held = vendor.license_(starts_on=first, expires_on=last)
    begins = datetime(2026, 3, 7, tzinfo=place).astimezone(ZoneInfo("UTC"))
    ends = datetime(2026, 3, 9, tzinfo=place).astimezone(ZoneInfo("UTC"))
    tick = timedelta(microseconds=1)
    told = [
        asked(held.license_key, call=vendor.called(now=now, zone=place))
        for now in (begins - tick, begins, ends - tick, ends)
    ]
    assert [each.code for each in told] == [Verdict.NOT_STARTED, Verdict.VALID, Verdict.VALID, Verdict.EXPIRED]
    assert {each.license.ends_at for each in told} == {ends}
