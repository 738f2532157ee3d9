"""Races, with real concurrent connections on PostgreSQL. SQLite has one writer; its races are in test_processes."""

from collections import Counter
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import dealers, orders, sealed_codes, voids
from prolong_server.channel.orders import OrderSpec
from prolong_server.licensing import activations, history, licenses, redemptions, reversals, validations
from prolong_server.licensing.forms import MachineForm, ValidationForm
from prolong_server.licensing.redemption_records import RecordView
from prolong_server.licensing.redemptions import RedemptionView
from prolong_server.models.licensing import Void
from prolong_server.operations import invariants
from prolong_server.rules import identifiers
from prolong_server.rules.errors import Refusal
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor
from tests.crowd import together
from tests.room import opened


@pytest.fixture(autouse=True)
def house(postgres_url):
    """Every race starts from an empty vendor on PostgreSQL and must leave a database without a breach."""
    with opened(postgres_url):
        yield
        assert invariants.check() == []


def redeeming(code: str, license_key: str, **changes):
    return lambda: redemptions.redeem(vendor.called(), vendor.renewal(code, license_key, **changes))


def years_later(day: date, years: int) -> date:
    return day + relativedelta(years=years)


def test_one_code_from_32_clients_at_once_is_one_redemption_and_the_same_receipt_for_all():
    shop = vendor.found()
    held = vendor.license_()
    answers = together([redeeming(vendor.codes(shop)[0], held.license_key)] * 32)
    assert all(isinstance(answer, RedemptionView) for answer in answers)
    assert sum(answer.first for answer in answers) == 1
    assert len({answer.receipt for answer in answers}) == 1
    assert licenses.show(vendor.called(), held.id).expires_on == years_later(held.expires_on, 1)


def test_one_code_on_16_licenses_has_one_winner_and_moves_nothing_else():
    shop = vendor.found()
    held = [vendor.license_() for _ in range(16)]
    code = vendor.codes(shop)[0]
    answers = together([redeeming(code, each.license_key) for each in held])
    assert Counter(answer if isinstance(answer, str) else "won" for answer in answers) == {
        "won": 1,
        "code_already_redeemed": 15,
    }
    moved = [each for each in held if licenses.show(vendor.called(), each.id) != each]
    assert len(moved) == 1


def test_12_codes_on_one_license_add_12_periods():
    shop = vendor.found(max_advance_years=20)
    held = vendor.license_()
    answers = together([redeeming(code, held.license_key) for code in vendor.codes(shop, 12)])
    assert all(answer.first for answer in answers)
    ends = sorted(answer.receipt.expires_on for answer in answers)
    assert ends == [years_later(held.expires_on, years) for years in range(1, 13)]
    assert licenses.show(vendor.called(), held.id).expires_on == years_later(held.expires_on, 12)


def test_crosswise_pairs_of_codes_and_licenses_never_deadlock():
    shop = vendor.found(max_advance_years=20)
    held = [vendor.license_().license_key for _ in range(4)]
    for _ in range(5):
        codes = vendor.codes(shop, 4)
        answers = together([redeeming(code, key) for code in codes for key in held])
        told = Counter(answer if isinstance(answer, str) else "won" for answer in answers)
        assert told == {"won": 4, "code_already_redeemed": 12}


def test_void_against_redeem_is_one_or_the_other():
    shop = vendor.found()
    held = [vendor.license_().license_key for _ in range(24)]
    order = vendor.order(shop, 24)
    codes = list(sealed_codes.read(vendor.called(), order))
    voiding = [partial(voids.void, vendor.called(), order, [code]) for code in codes]
    answers = together(voiding + [redeeming(code, key) for code, key in zip(codes, held, strict=True)])
    redeemed = sum(isinstance(answer, RedemptionView) for answer in answers)
    voided = sum(answer.voided for answer in answers[:24])
    assert redeemed + voided == 24
    assert dealers.show(vendor.called(), shop.dealer).balance == f"-{10 * redeemed}.00"


def test_64_orders_at_once_against_a_credit_for_10_are_10_orders():
    shop = vendor.found(credit="100.00")
    spec = OrderSpec(CodeKind.RENEWAL, vendor.PRODUCT, "home", 1, 1, 1, dealer=shop.dealer)
    answers = together([lambda: orders.place(vendor.called(), spec)] * 64)
    told = Counter(answer if isinstance(answer, str) else "placed" for answer in answers)
    assert told == {"placed": 10, "credit_exceeded": 54}
    assert dealers.show(vendor.called(), shop.dealer).available == "0.00"


def test_one_activation_code_from_32_clients_creates_one_license():
    shop = vendor.found()
    code = vendor.codes(shop, kind=CodeKind.ACTIVATION)[0]
    answers = together([lambda: activations.activate(vendor.called(), vendor.activation(code))] * 32)
    assert len({answer.license.id for answer in answers}) == 1
    assert sum(answer.first for answer in answers) == 1


def test_32_machines_at_once_take_no_more_seats_than_there_are():
    vendor.found()
    held = vendor.license_(seats=5)
    forms = [
        ValidationForm(held.license_key, vendor.PRODUCT, "9.10", MachineForm(f"fingerprint-{number:08d}"))
        for number in range(32)
    ]
    answers = together([partial(validations.validate, vendor.called(), form) for form in forms])
    assert Counter(answer.code for answer in answers) == {"VALID": 5, "MACHINE_NOT_REGISTERED": 27}


def test_suspending_against_redeeming_leaves_a_license_that_was_renewed_before_or_not_at_all():
    shop = vendor.found(max_advance_years=30)
    held = vendor.license_()
    codes = vendor.codes(shop, 15)
    suspending = [lambda: licenses.suspend(vendor.called(), held.id, "asked")]
    answers = together([redeeming(code, held.license_key) for code in codes] + suspending)
    told = Counter(answer if isinstance(answer, str) else "done" for answer in answers[:-1])
    assert set(told) <= {"done", "license_suspended"}
    after = licenses.show(vendor.called(), held.id)
    assert after.status == "suspended"
    assert after.expires_on == years_later(held.expires_on, told["done"])


def reversing(redemption: str):
    return lambda: reversals.reverse(vendor.called(1), redemption, "chargeback")


def test_one_reversal_from_16_clients_at_once_is_one_entry_and_the_same_record_for_all():
    shop, held = vendor.found(), vendor.license_()
    done = redemptions.redeem(vendor.called(), vendor.renewal(vendor.codes(shop)[0], held.license_key))
    answers = together([reversing(done.receipt.id)] * 16)
    assert all(isinstance(answer, RecordView) for answer in answers)
    assert len({answer.reversal for answer in answers}) == 1
    told = [event.action for event in history.show(vendor.called(), held.id).items]
    assert told.count("redemption.reversed") == 1
    assert licenses.show(vendor.called(), held.id).expires_on == held.expires_on


def test_reversing_against_redeeming_the_same_license_loses_neither():
    shop = vendor.found(max_advance_years=40)
    for _ in range(12):
        held = vendor.license_()
        codes = vendor.codes(shop, 9)
        before = [redeeming(code, held.license_key)().receipt.id for code in codes[:3]]
        works = [redeeming(code, held.license_key) for code in codes[3:]] + [reversing(one) for one in before]
        answers = together(works)
        assert not [answer for answer in answers if isinstance(answer, str)]
        assert licenses.show(vendor.called(), held.id).expires_on == years_later(held.expires_on, 6)
        assert invariants.check() == []


def test_reversing_a_redemption_against_its_own_repetition_tells_the_receipt_or_that_it_was_reversed():
    shop, held = vendor.found(), vendor.license_()
    code = vendor.codes(shop)[0]
    first = redeeming(code, held.license_key)()
    answers = together([redeeming(code, held.license_key)] * 8 + [reversing(first.receipt.id)])
    told = {answer if isinstance(answer, str) else answer.receipt for answer in answers[:-1]}
    assert told <= {first.receipt, "redemption_reversed"}
    assert redeeming_refused(code, held.license_key) == "redemption_reversed"


def redeeming_refused(code: str, license_key: str) -> str:
    with pytest.raises(Refusal) as refused:
        redeeming(code, license_key)()
    return refused.value.code


def test_two_reversals_of_one_license_crosswise_end_on_the_same_day():
    shop = vendor.found(max_advance_years=40)
    for _ in range(12):
        held = vendor.license_()
        first, second, _third = (redeeming(code, held.license_key)().receipt.id for code in vendor.codes(shop, 3))
        answers = together([reversing(first), reversing(second)] * 4)
        assert all(isinstance(answer, RecordView) for answer in answers)
        assert licenses.show(vendor.called(), held.id).expires_on == years_later(held.expires_on, 1)


def test_reversals_and_redemptions_of_several_licenses_never_deadlock():
    shop = vendor.found(max_advance_years=40)
    held = [vendor.license_().license_key for _ in range(4)]
    done = [redeeming(code, key)().receipt.id for key in held for code in vendor.codes(shop, 2)]
    works = [reversing(one) for one in [*done, *reversed(done)]]
    works += [redeeming(code, key) for key in reversed(held) for code in vendor.codes(shop, 3)]
    assert not [answer for answer in together(works) if isinstance(answer, str)]


def test_two_voids_of_the_same_codes_at_once_are_credited_and_recorded_once():
    shop = vendor.found()
    for _ in range(8):
        order = vendor.order(shop, 6)
        codes = list(sealed_codes.read(vendor.called(), order))
        before = Decimal(dealers.show(vendor.called(), shop.dealer).balance)
        works = [partial(voids.void, vendor.called(), order, chosen) for chosen in (codes, codes[::-1], "all")]
        answers = together(works)
        assert sum(answer.voided for answer in answers) == 6
        assert Decimal(dealers.show(vendor.called(), shop.dealer).balance) == before + 60
        with Session(db.db.engine) as session:
            kept = select(func.sum(Void.codes), func.sum(Void.credited))
            number = identifiers.read("ord", order)
            assert session.execute(kept.where(Void.order_id == number)).one() == (6, 6000)
