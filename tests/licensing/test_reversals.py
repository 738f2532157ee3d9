"""A reversal of a redemption (R18), on SQLite and on PostgreSQL alike."""

import base64
import json
from dataclasses import replace
from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import dealers
from prolong_server.licensing import (
    history,
    licenses,
    products,
    redemption_records,
    redemptions,
    reversals,
    validations,
)
from prolong_server.licensing.forms import ValidationForm
from prolong_server.models.licensing import License, Reversal
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import invariants
from prolong_server.rules import calendar, errors, identifiers
from prolong_server.rules.actors import Actor, Role
from prolong_server.rules.vocabulary import RenewalBasis
from tests import vendor

pytestmark = pytest.mark.usefixtures("room")
ADMIN = Actor(kind="staff", id=5, token_id=1, role=Role.ADMIN)


@pytest.fixture(autouse=True)
def sound(room):
    """Whatever a test reverses, the database holds together."""
    yield
    assert invariants.check() == []


def years(day: date, number: int) -> date:
    return day + relativedelta(years=number)


def staff(days: int = 1):
    return vendor.called(days, actor=ADMIN)


def renewed(shop, held, number=1, days=0, **changes):
    """Redeem so many codes on a license; each code with its receipt."""
    texts = vendor.codes(shop, number, **changes)
    forms = [vendor.renewal(text, held.license_key) for text in texts]
    return [
        (text, redemptions.redeem(vendor.called(days), form).receipt) for text, form in zip(texts, forms, strict=True)
    ]


def ends(held):
    return licenses.show(vendor.called(), held.id).expires_on


def row(held):
    with Session(db.db.engine) as session:
        return session.get_one(License, identifiers.read("lic", held.id))


def test_the_license_gets_back_the_day_it_had_and_the_record_tells_of_it():
    shop, held = vendor.found(), vendor.license_()
    [(_, receipt)] = renewed(shop, held)
    told = reversals.reverse(staff(), receipt.id, "chargeback")
    assert ends(held) == held.expires_on
    assert (told.id, told.reversed_at, told.expires_on) == (receipt.id, staff().now, receipt.expires_on)
    assert told.reversal == redemption_records.ReversalView(
        staff().now, identifiers.show("stf", 5), "chargeback", receipt.expires_on, held.expires_on
    )
    assert redemption_records.list_all(vendor.called()).items == (told,)


def test_what_was_stacked_on_top_is_recomputed():
    shop, held = vendor.found(max_advance_years=20), vendor.license_()
    [first] = renewed(shop, held)
    [second] = renewed(shop, held, period_years=2)
    reversals.reverse(staff(), first[1].id, "chargeback")
    assert ends(held) == years(held.expires_on, 2)
    reversals.reverse(staff(), second[1].id, "chargeback")
    assert ends(held) == held.expires_on


def test_each_counts_by_the_basis_that_was_recorded_with_it():
    shop, held = vendor.found(), vendor.license_()
    [first] = renewed(shop, held)
    set_basis(RenewalBasis.FROM_NOW_IF_EXPIRED)
    renewed(shop, held, days=40)
    set_basis(RenewalBasis.FROM_EXPIRY)
    reversals.reverse(staff(41), first[1].id, "chargeback")
    assert ends(held) == years(vendor.called(40).today, 1) - relativedelta(days=1)


def set_basis(basis):
    products.change(vendor.called(), vendor.PRODUCT, {"renewal_basis": basis})


def test_again_it_is_the_same_and_nothing_changes():
    shop, held = vendor.found(), vendor.license_()
    [(_, receipt)] = renewed(shop, held)
    first = reversals.reverse(staff(), receipt.id, "chargeback")
    before = row(held).seq
    assert reversals.reverse(staff(9), receipt.id, "another reason") == first
    assert row(held).seq == before


def test_the_pair_is_refused_as_reversed_and_the_code_for_another_license_as_spent():
    shop, held, other = vendor.found(), vendor.license_(), vendor.license_()
    [(text, receipt)] = renewed(shop, held)
    reversals.reverse(staff(), receipt.id, "chargeback")
    with pytest.raises(errors.RedemptionReversed):
        redemptions.redeem(vendor.called(2), vendor.renewal(text, held.license_key))
    with pytest.raises(errors.CodeAlreadyRedeemed):
        redemptions.redeem(vendor.called(2), vendor.renewal(text, other.license_key))


def test_a_license_can_be_renewed_again_from_its_new_end():
    shop, held = vendor.found(), vendor.license_()
    [(_, first)] = renewed(shop, held)
    reversals.reverse(staff(), first.id, "chargeback")
    [(_, second)] = renewed(shop, held)
    assert (second.previous_expires_on, second.expires_on) == (held.expires_on, years(held.expires_on, 1))
    reversals.reverse(staff(2), second.id, "chargeback")
    assert ends(held) == held.expires_on


def test_it_may_bring_a_license_into_the_past_which_validation_then_says():
    shop, held = vendor.found(), vendor.license_(days_left=-10)
    [(_, receipt)] = renewed(shop, held)
    form = ValidationForm(held.license_key, vendor.PRODUCT, "9.10", vendor.MACHINE)
    before = validations.validate(vendor.called(), form)
    reversals.reverse(staff(), receipt.id, "chargeback")
    after = validations.validate(vendor.called(1), form)
    assert (before.code, after.code) == ("VALID", "EXPIRED")
    assert (after.license.expires_on, after.valid) == (held.expires_on, False)
    one, two = (payload(verdict.license_document) for verdict in (before, after))
    assert two["seq"] > one["seq"]
    assert two["license"]["expires_on"] == held.expires_on.isoformat()
    assert two["iat"] == int(staff().now.timestamp())


def payload(document):
    part = document.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize("change", [licenses.suspend, licenses.revoke])
def test_it_works_whatever_staff_have_done_to_the_license(change):
    shop, held = vendor.found(), vendor.license_()
    [(_, receipt)] = renewed(shop, held)
    change(vendor.called(), held.id, "fraud")
    status = licenses.show(vendor.called(), held.id).status
    reversals.reverse(staff(), receipt.id, "chargeback")
    after = licenses.show(vendor.called(), held.id)
    assert (after.status, after.expires_on) == (status, held.expires_on)


def test_the_dealer_is_not_credited():
    shop, held = vendor.found(), vendor.license_()
    [(_, receipt)] = renewed(shop, held)
    before = dealers.show(vendor.called(), shop.dealer)
    reversals.reverse(staff(), receipt.id, "chargeback")
    assert dealers.show(vendor.called(), shop.dealer) == before


def test_history_and_audit_trail_tell_who_did_it_and_why():
    shop, held = vendor.found(), vendor.license_()
    [(text, receipt)] = renewed(shop, held)
    reversals.reverse(staff(), receipt.id, "chargeback")
    *_, renewal, last = history.show(vendor.called(), held.id).items
    assert (renewal.after or {})["reversed_at"] == calendar.in_utc(staff().now)
    assert (last.at, last.actor, last.action) == (staff().now, identifiers.show("stf", 5), "redemption.reversed")
    assert last.object_id == receipt.id
    assert (last.before, last.after) == (
        {"expires_on": receipt.expires_on.isoformat()},
        {"expires_on": held.expires_on.isoformat(), "reason": "chargeback"},
    )
    with Session(db.db.engine) as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.object_id == receipt.id)).one()
    assert (event.action, event.actor) == ("redemption.reversed", identifiers.show("stf", 5))
    assert event.after == {"license": held.id, "expires_on": held.expires_on.isoformat(), "reason": "chargeback"}
    assert text not in repr(event.after)


@pytest.mark.parametrize(
    "ref", ["rdm_", "rdm_00000000000010000002", "lic_0000000000001", "", "rdm_00000000000000000000"]
)
def test_an_unknown_redemption_is_not_found(ref):
    vendor.found()
    with pytest.raises(errors.NotFound):
        reversals.reverse(staff(), ref, "chargeback")


def test_a_number_that_no_redemption_gave_the_license_is_not_found():
    shop, held = vendor.found(), vendor.license_()
    renewed(shop, held)
    with pytest.raises(errors.NotFound):
        reversals.reverse(staff(), identifiers.show_pair("rdm", row(held).id, 1), "chargeback")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501])
def test_a_reversal_needs_a_reason(reason):
    shop, held = vendor.found(), vendor.license_()
    [(_, receipt)] = renewed(shop, held)
    with pytest.raises(errors.InvalidRequest):
        reversals.reverse(staff(), receipt.id, reason)
    assert ends(held) == receipt.expires_on


def test_one_entry_is_kept_for_each_reversal_with_the_number_of_the_change():
    shop, held = vendor.found(), vendor.license_()
    receipts = [receipt for _, receipt in renewed(shop, held, 3)]
    for receipt in (receipts[1], receipts[0]):
        reversals.reverse(staff(), receipt.id, "chargeback")
    with Session(db.db.engine) as session:
        kept = session.scalars(select(Reversal).order_by(Reversal.license_seq)).all()
    assert [entry.license_seq for entry in kept] == [row(held).seq - 1, row(held).seq]
    assert [(entry.previous_expires_on, entry.expires_on) for entry in kept] == [
        (years(held.expires_on, 3), years(held.expires_on, 2)),
        (years(held.expires_on, 2), years(held.expires_on, 1)),
    ]


def test_a_receipt_already_told_stays_as_it_was_told():
    shop, held = vendor.found(), vendor.license_()
    (_, first), (text, second) = renewed(shop, held, 2)
    reversals.reverse(staff(), first.id, "chargeback")
    again = redemptions.redeem(vendor.called(2), vendor.renewal(text, held.license_key))
    assert again.receipt == second
    assert again.license.expires_on == years(held.expires_on, 1)
    assert replace(again.license, expires_on=second.expires_on) != again.license
