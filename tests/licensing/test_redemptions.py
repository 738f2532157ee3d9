"""A redemption, on SQLite and on PostgreSQL alike."""

from dataclasses import replace
from datetime import date

import pytest
from dateutil.relativedelta import relativedelta

from prolong_server.channel import sealed_codes, voids
from prolong_server.licensing import activations, checks, licenses, redemptions
from prolong_server.licensing.forms import MachineForm
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import CodeKind, LicenseClass, MachineCheck
from tests import vendor

pytestmark = pytest.mark.usefixtures("room")


def later(day: date, years: int) -> date:
    return day + relativedelta(years=years)


def test_the_key_stays_and_only_its_last_day_moves_by_the_period():
    shop = vendor.found()
    before = vendor.license_()
    done = redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], before.license_key))
    after = licenses.show(vendor.called(), before.license_key)
    assert done.first
    assert done.receipt.previous_expires_on == before.expires_on
    assert done.receipt.expires_on == after.expires_on == later(before.expires_on, 1)
    assert after.license_key == before.license_key
    assert replace(after, expires_on=before.expires_on, ends_at=before.ends_at, renewable_until=None) == replace(
        before, renewable_until=None
    )
    assert done.license == after


def test_the_same_pair_again_gets_the_first_receipt_and_changes_nothing():
    shop = vendor.found()
    held = vendor.license_()
    form = vendor.renewal(vendor.codes(shop)[0], held.license_key)
    first = redemptions.redeem(vendor.called(), form)
    again = redemptions.redeem(vendor.called(days=700), replace(form, license_key=f" {held.license_key.lower()} "))
    assert not again.first
    assert again.receipt == first.receipt
    assert again.license == first.license


def test_the_same_pair_gets_its_receipt_when_the_license_is_revoked_since():
    shop = vendor.found()
    held = vendor.license_()
    form = vendor.renewal(vendor.codes(shop)[0], held.license_key)
    first = redemptions.redeem(vendor.called(), form)
    licenses.revoke(vendor.called(), held.id, "fraud")
    assert redemptions.redeem(vendor.called(), form).receipt == first.receipt


def test_a_spent_code_is_refused_for_another_license():
    shop = vendor.found()
    one, other = vendor.license_(), vendor.license_()
    code = vendor.codes(shop)[0]
    redemptions.redeem(vendor.called(), vendor.renewal(code, one.license_key))
    with pytest.raises(errors.CodeAlreadyRedeemed):
        redemptions.redeem(vendor.called(), vendor.renewal(code, other.license_key))
    assert licenses.show(vendor.called(), other.id).expires_on == other.expires_on


def test_codes_can_be_stacked_up_to_the_years_allowed():
    shop = vendor.found(max_advance_years=3)
    held = vendor.license_()
    for code in vendor.codes(shop, 2):
        redemptions.redeem(vendor.called(), vendor.renewal(code, held.license_key))
    with pytest.raises(errors.TooFarAhead):
        redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], held.license_key))


def test_a_refusal_leaves_the_code_unspent():
    shop = vendor.found()
    held = vendor.license_(days_left=-40)
    code = vendor.codes(shop)[0]
    with pytest.raises(errors.RenewalWindowClosed) as refusal:
        redemptions.redeem(vendor.called(), vendor.renewal(code, held.license_key))
    assert refusal.value.country == "UA"
    assert refusal.value.where_to_buy
    fresh = vendor.license_()
    assert redemptions.redeem(vendor.called(), vendor.renewal(code, fresh.license_key)).first


def test_an_unknown_license_is_told_only_to_the_holder_of_a_real_code():
    shop = vendor.found()
    with pytest.raises(errors.LicenseNotFound) as refusal:
        redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], "NO-SUCH-KEY"))
    assert refusal.value.country == "UA"
    with pytest.raises(errors.CodeNotFound):
        redemptions.redeem(vendor.called(), vendor.renewal("WXWCB-YB6WK-952SW-A0432-CF1XG", "NO-SUCH-KEY"))


def test_a_voided_code_is_refused():
    shop = vendor.found()
    held = vendor.license_()
    number = vendor.order(shop)
    code = next(iter(sealed_codes.read(vendor.called(), number)))
    voids.void(vendor.called(), number, "all")
    with pytest.raises(errors.CodeVoided):
        redemptions.redeem(vendor.called(), vendor.renewal(code, held.license_key))


def test_the_first_machine_registers_itself_and_the_next_is_refused_when_the_seats_are_taken():
    shop = vendor.found()
    held = vendor.license_()
    one, other = vendor.codes(shop, 2)
    redemptions.redeem(vendor.called(), vendor.renewal(one, held.license_key))
    stranger = MachineForm("another-fingerprint-0002")
    with pytest.raises(errors.MachineNotRegistered):
        redemptions.redeem(vendor.called(), vendor.renewal(other, held.license_key, machine=stranger))
    assert redemptions.redeem(vendor.called(), vendor.renewal(other, held.license_key)).first


def test_without_the_policy_no_machine_is_counted():
    shop = vendor.found(machine_check=MachineCheck.OFF)
    held = vendor.license_()
    for number, code in enumerate(vendor.codes(shop, 2)):
        machine = MachineForm(f"fingerprint-{number:08d}")
        assert redemptions.redeem(vendor.called(), vendor.renewal(code, held.license_key, machine=machine)).first


def test_a_page_of_an_allowed_origin_names_neither_version_nor_machine():
    shop = vendor.found(web_origins=("https://shop.example",))
    held = vendor.license_()
    code = vendor.codes(shop)[0]
    bare = vendor.renewal(code, held.license_key, machine=None, product_version=None)
    for origin in (None, "https://elsewhere.example"):
        with pytest.raises(errors.InvalidRequest):
            redemptions.redeem(vendor.called(), replace(bare, origin=origin))
    assert redemptions.redeem(vendor.called(), replace(bare, origin="https://shop.example")).first


def test_an_activation_code_is_not_redeemed_and_a_renewal_code_does_not_activate():
    shop = vendor.found()
    held = vendor.license_()
    activation = vendor.codes(shop, kind=CodeKind.ACTIVATION)[0]
    with pytest.raises(errors.NotARenewalCode):
        redemptions.redeem(vendor.called(), vendor.renewal(activation, held.license_key))
    with pytest.raises(errors.RenewalCodeCannotActivate):
        activations.activate(vendor.called(), vendor.activation(vendor.codes(shop)[0]))


def test_a_mark_that_contradicts_the_class_makes_a_code_unknown():
    shop = vendor.found()
    code = vendor.codes(shop, kind=CodeKind.ACTIVATION, license_class=LicenseClass.PROMO)[0]
    assert code.startswith("PRO-")
    with pytest.raises(errors.CodeNotFound):
        activations.activate(vendor.called(), vendor.activation("NFR-" + code.removeprefix("PRO-")))
    assert activations.activate(vendor.called(), vendor.activation(code)).license.license_class is LicenseClass.PROMO


def test_a_check_tells_what_a_redemption_would_do_and_changes_nothing():
    shop = vendor.found()
    held = vendor.license_()
    code = vendor.codes(shop)[0]
    told = checks.check(vendor.called(), vendor.renewal(code, held.license_key))
    assert (told.kind, told.renewable, told.problem) == (CodeKind.RENEWAL, True, None)
    assert (told.expires_on, told.expires_on_after) == (held.expires_on, later(held.expires_on, 1))
    assert licenses.show(vendor.called(), held.id) == held
    alone = checks.check(vendor.called(), vendor.renewal(code, None))
    assert (alone.problem, alone.renewable, alone.expires_on) == (None, None, None)


def test_a_check_names_the_problem_unraised():
    shop = vendor.found()
    held = vendor.license_(days_left=-40)
    told = checks.check(vendor.called(), vendor.renewal(vendor.codes(shop)[0], held.license_key))
    assert told.renewable is False
    assert told.expires_on_after is None
    assert isinstance(told.problem, errors.RenewalWindowClosed)
