"""A validation, on SQLite and on PostgreSQL alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from prolong_server import db
from prolong_server.licensing import licenses, machines, redemptions, validations
from prolong_server.licensing.forms import MachineForm, ValidationForm
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.validations import ValidationView, Verdict
from prolong_server.operations import invariants
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import MachineCheck
from tests import vendor
from tests.vendor import MACHINE, TODAY

OTHER = MachineForm("machine-fingerprint-0002")
THIRD = MachineForm("machine-fingerprint-0003")
WITHOUT_DOCUMENT = {Verdict.PRODUCT_MISMATCH, Verdict.NOT_ACTIVATED, Verdict.MACHINE_NOT_REGISTERED}


@pytest.fixture(autouse=True)
def sound(room):
    """Whatever a test does, no invariant of the database is broken at its end."""
    yield
    assert invariants.check() == []


def asked(key: str, machine: MachineForm | None = MACHINE, days: int = 0, **changes: Any) -> ValidationView:
    form = ValidationForm(key, vendor.PRODUCT, "9.10", machine)
    return validations.validate(vendor.called(days), replace(form, **changes))


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against a license: what a license is made with for it, and what is done to it or asked."""

    verdict: Verdict
    made: dict[str, Any]
    done: Callable[[LicenseView], object] = lambda held: None
    asks: dict[str, Any] | None = None


def revoke(held: LicenseView) -> object:
    return licenses.revoke(vendor.called(), held.id, "fraud")


def suspend(held: LicenseView) -> object:
    return licenses.suspend(vendor.called(), held.id, "unpaid")


REASONS = (
    Reason(Verdict.PRODUCT_MISMATCH, {}, asks={"product": "another"}),
    Reason(Verdict.REVOKED, {}, revoke),
    Reason(Verdict.SUSPENDED, {}, suspend),
    Reason(Verdict.NOT_ACTIVATED, {"activated_on": None}),
    Reason(Verdict.NOT_STARTED, {"starts_on": TODAY + timedelta(days=1), "expires_on": TODAY + timedelta(days=9)}),
    Reason(Verdict.EXPIRED, {"starts_on": TODAY - timedelta(days=9), "expires_on": TODAY - timedelta(days=1)}),
    Reason(Verdict.MACHINE_NOT_REGISTERED, {}, asks={"machine": OTHER}),
)


def license_with(reasons: tuple[Reason, ...]) -> LicenseView:
    """A license of one seat, taken by MACHINE while it still ran, and then with all these reasons against it."""
    made: dict[str, Any] = {}
    for reason in reversed(reasons):
        made |= reason.made
    full = any(reason.verdict is Verdict.MACHINE_NOT_REGISTERED for reason in reasons)
    held = vendor.license_(**made)
    if full:
        fill(held)
    for reason in reversed(reasons):
        reason.done(held)
    return held


def fill(held: LicenseView) -> None:
    validations.registration.register(vendor.called(), held_id(held), MACHINE)


def held_id(held: LicenseView) -> int:
    found = validations.identifiers.read("lic", held.id)
    assert found is not None
    return found
