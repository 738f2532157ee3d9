"""An activation, on SQLite and on PostgreSQL alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import sealed_codes, voids
from prolong_server.licensing import activations, history, licenses, machines, products, redemptions
from prolong_server.licensing.forms import MISSING, CustomerForm, MachineForm
from prolong_server.licensing.product_specs import EditionSpec
from prolong_server.models.licensing import Customer
from prolong_server.operations import invariants
from prolong_server.rules import errors
from prolong_server.rules.actors import SYSTEM
from prolong_server.rules.errors import Refusal
from prolong_server.rules.vocabulary import CodeKind, LicenseClass, LicenseStatus, MachineCheck
from tests import vendor
from tests.vendor import TODAY, Vendor

OTHER = MachineForm("machine-fingerprint-0002", "laptop")
THIRD = MachineForm("machine-fingerprint-0003")
BUSINESS = EditionSpec("business", "Business", (1, 2, 3))
SANDBOX = replace(SYSTEM, test=True)


@pytest.fixture(autouse=True)
def sound(room):
    """Whatever a test does, no invariant of the database is broken at its end."""
    yield
    assert invariants.check() == []


@pytest.fixture
def shop() -> Vendor:
    return vendor.found()


def code_of(shop: Vendor, **changes: Any) -> str:
    return vendor.codes(shop, kind=CodeKind.ACTIVATION, **changes)[0]


def sandbox_code(shop: Vendor, kind: CodeKind) -> str:
    number = vendor.order(shop, call=vendor.called(actor=SANDBOX), kind=kind)
    return next(sealed_codes.read(vendor.called(), number))


def activate(code: str, machine: MachineForm = vendor.MACHINE, call: Call | None = None, **changes: Any):
    return activations.activate(call or vendor.called(), vendor.activation(code, machine, **changes))


def last_day(years: int) -> date:
    return TODAY + relativedelta(years=years, days=-1)


def test_an_activation_makes_a_license_and_its_key_from_what_was_ordered(shop):
    done = activate(code_of(shop, edition="business", period_years=3, seats=5))
    made = done.license
    assert done.first
    assert (made.product, made.edition, made.seats, made.country) == (vendor.PRODUCT, "business", 5, "UA")
    assert (made.starts_on, made.activated_on, made.expires_on) == (TODAY, TODAY, last_day(3))
    assert (made.license_class, made.status, made.test) == (LicenseClass.STANDARD, LicenseStatus.ACTIVE, False)
    assert made.seller is not None
    assert made.seller.name == "Soft Kyiv"
    assert replace(licenses.show(vendor.called(), made.license_key), customer_id=None) == made


def test_two_codes_of_one_order_make_two_licenses_with_keys_of_their_own(shop):
    made = [activate(code).license for code in vendor.codes(shop, 2, kind=CodeKind.ACTIVATION)]
    assert len({each.id for each in made}) == len({each.license_key for each in made}) == 2


@pytest.mark.parametrize(
    ("license_class", "mark"), [(LicenseClass.PROMO, "PRO-"), (LicenseClass.NFR, "NFR-"), (LicenseClass.TRIAL, "")]
)
def test_the_class_comes_from_the_order_with_or_without_the_mark_and_such_a_license_has_no_renewal(
    shop, license_class, mark
):
    one, other = vendor.codes(shop, 2, kind=CodeKind.ACTIVATION, license_class=license_class)
    assert one.startswith(mark)
    for code in (one, other.removeprefix(mark)):
        made = activate(code).license
        assert (made.license_class, made.renewable_until) == (license_class, None)
        with pytest.raises(Refusal) as refused:
            redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], made.license_key))
        assert refused.value.code == f"{license_class}_not_renewable"


def test_the_customer_is_kept_as_told(shop):
    told = CustomerForm("Olena Kovalenko", "UA", "olena@example.com", reminders=True)
    activate(code_of(shop), customer=told)
    with Session(db.db.engine) as session:
        kept = session.scalars(select(Customer)).one()
    assert (kept.name, kept.country, kept.email, kept.reminders) == (told.name, "UA", told.email, True)
    assert kept.created_at == vendor.called().now


def test_the_same_machine_again_gets_the_same_license_whatever_has_become_of_it(shop):
    code = code_of(shop)
    first = activate(code)
    assert replace(activate(f" {code.lower()} "), first=True) == first
    licenses.suspend(vendor.called(), first.license.id, "unpaid")
    again = activate(code, call=vendor.called(days=3000), product="another", product_version="1")
    assert not again.first
    assert replace(again.license, status=LicenseStatus.ACTIVE, renewable_until=None) == replace(
        first.license, renewable_until=None
    )
    assert again.license.status is LicenseStatus.SUSPENDED


def test_other_machines_take_the_free_seats_and_the_next_is_refused(shop):
    code = code_of(shop, seats=2)
    first = activate(code)
    second = activate(code, OTHER)
    assert not second.first
    assert second.license == first.license
    with pytest.raises(errors.CodeAlreadyRedeemed) as refused:
        activate(code, THIRD)
    assert refused.value.country == "UA"
    names = {machine.name for machine in machines.list_all(vendor.called(), first.license.id).items}
    assert names == {"desk", "laptop"}


def test_a_released_seat_is_free_for_another_machine_and_then_taken_for_the_first(shop):
    code = code_of(shop)
    made = activate(code).license
    one = machines.list_all(vendor.called(), made.id).items[0]
    machines.release(vendor.called(), made.id, one.id)
    assert activate(code, OTHER).license == made
    with pytest.raises(errors.CodeAlreadyRedeemed):
        activate(code)


def test_an_activation_counts_its_machine_at_the_first_renewal(shop):
    made = activate(code_of(shop)).license
    code = vendor.codes(shop)[0]
    with pytest.raises(errors.MachineNotRegistered):
        redemptions.redeem(vendor.called(), vendor.renewal(code, made.license_key, machine=OTHER))
    done = redemptions.redeem(vendor.called(), vendor.renewal(code, made.license_key))
    assert done.first
    assert done.license.license_key == made.license_key
    assert done.receipt.expires_on == made.expires_on + relativedelta(years=1)


def test_an_activation_is_one_event_and_tells_no_secret(shop):
    code = code_of(shop)
    made = activate(code).license
    activate(code)
    events = [event for event in history.show(vendor.called(), made.id).items if event.action == "license.activated"]
    assert [event.object_id for event in events] == [made.id]
    told = repr(events)
    assert not any(secret in told for secret in (code, made.license_key, "Olena", vendor.MACHINE.fingerprint))


def voided(shop: Vendor) -> str:
    number = vendor.order(shop, kind=CodeKind.ACTIVATION)
    code = next(sealed_codes.read(vendor.called(), number))
    voids.void(vendor.called(), number, "all")
    return code


def no_longer_offered(shop: Vendor) -> str:
    code = code_of(shop, period_years=2)
    products.change(vendor.called(), vendor.PRODUCT, {"editions": (EditionSpec("home", "Home", (1,)), BUSINESS)})
    return code


CASES: list[tuple[type[Refusal], Callable[[Vendor], str], dict[str, Any]]] = [
    (errors.CodeMalformed, lambda shop: "7K2QX", {}),
    (errors.CodeNotFound, lambda shop: "WXWCB-YB6WK-952SW-A0432-CF1XG", {}),
    (errors.RenewalCodeCannotActivate, lambda shop: vendor.codes(shop)[0], {}),
    (errors.CodeVoided, voided, {}),
    (errors.CodeExpired, lambda shop: code_of(shop, shelf_life_days=9), {"days": 10}),
    (errors.ProductMismatch, code_of, {"product": "another"}),
    (errors.PeriodNotAllowed, no_longer_offered, {}),
    (errors.TerritoryMismatch, code_of, {"customer": CustomerForm("Jan", "PL")}),
    (errors.ProductOutdated, code_of, {"product_version": "9.2"}),
]


@pytest.mark.parametrize(("refusal", "code", "changes"), CASES, ids=[case[0].code for case in CASES])
def test_each_refusal_is_told_and_leaves_nothing_behind(shop, refusal, code, changes):
    text = code(shop)
    asks: dict[str, Any] = {"days": 0} | changes
    call = vendor.called(asks.pop("days"))
    with pytest.raises(refusal) as refused:
        activate(text, call=call, **asks)
    assert licenses.list_all(vendor.called()).items == ()
    if refusal.code not in {"code_malformed", "code_not_found"}:
        assert refused.value.country == "UA"
    assert (refused.value.where_to_buy is not None) == refusal.solved_by_purchase


def test_of_several_reasons_the_first_in_the_order_of_precedence_is_told(shop):
    wrong: dict[str, Any] = {"product": "another", "product_version": "1", "customer": CustomerForm("Jan", "PL")}
    expired = no_longer_offered(shop)
    found = []
    for right in ({}, {"product": vendor.PRODUCT}):
        with pytest.raises(Refusal) as refused:
            activate(expired, **(wrong | right))
        found.append(refused.value.code)
    with pytest.raises(Refusal) as refused:
        activate(code_of(shop), product_version="1", customer=CustomerForm("Jan", "PL"))
    assert [*found, refused.value.code] == ["product_mismatch", "period_not_allowed", "territory_mismatch"]


def test_the_last_day_of_a_shelf_life_is_included(shop):
    code = code_of(shop, shelf_life_days=9)
    assert activate(code, call=vendor.called(days=9)).first


def test_a_business_code_activates_in_any_country(shop):
    code = code_of(shop, edition="business")
    assert activate(code, customer=CustomerForm("Jan", "PL")).license.country == "PL"


def test_a_sandbox_code_makes_a_sandbox_license_which_live_codes_do_not_renew(shop):
    made = activate(sandbox_code(shop, CodeKind.ACTIVATION)).license
    assert made.test
    with pytest.raises(errors.TestCode):
        redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], made.license_key))
    sandbox = sandbox_code(shop, CodeKind.RENEWAL)
    assert redemptions.redeem(vendor.called(), vendor.renewal(sandbox, made.license_key)).first


def test_without_the_policy_a_license_is_still_for_whoever_activated_it():
    shop = vendor.found(machine_check=MachineCheck.OFF)
    code = code_of(shop)
    made = activate(code).license
    assert activate(code).license == made
    done = redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], made.license_key, machine=OTHER))
    assert done.first


def test_a_page_of_an_allowed_origin_activates_without_machine_and_version():
    shop = vendor.found(web_origins=("https://shop.example",))
    code = vendor.codes(shop, kind=CodeKind.ACTIVATION)[0]
    bare = replace(vendor.activation(code), machine=None, product_version=None)
    with pytest.raises(errors.InvalidRequest) as refusal:
        activations.activate(vendor.called(), replace(bare, origin="https://elsewhere.example"))
    assert refusal.value.fields["errors"] == {key: [MISSING] for key in ("product_version", "machine")}
    page = replace(bare, origin="https://shop.example")
    first = activations.activate(vendor.called(), page)
    again = activations.activate(vendor.called(), page)
    assert (first.first, again.first) == (True, False)
    assert first.license == again.license
    on_the_machine = activations.activate(vendor.called(), vendor.activation(code))
    assert on_the_machine.license.id == first.license.id
    with pytest.raises(errors.CodeAlreadyRedeemed):
        activations.activate(vendor.called(), page)
