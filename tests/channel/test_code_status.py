from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from prolong_server import db
from prolong_server.channel import code_status, dealers, orders, sealed_codes, voids
from prolong_server.keyring import CodeKey, Keyring, KeysBehind
from prolong_server.models.licensing import REDEEMED, Code, Redemption
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.rules import codes, digests, errors
from prolong_server.rules.vocabulary import CodeState, LicenseClass, RenewalBasis
from tests import room
from tests.channel.conftest import KEYS, NOW, RENEWAL, later

RECEIPT = {
    "license_id": 4,
    "license_seq": 2,
    "redeemed_at": later(hours=1),
    "redeemed_on": NOW.date(),
    "previous_expires_on": NOW.date(),
    "expires_on": later(days=365).date(),
    "period_years": 1,
    "renewal_basis": RenewalBasis.FROM_EXPIRY,
}


@pytest.fixture
def printed(vendor, dealer, order):
    return list(sealed_codes.read(vendor.dealer(dealer), order.id))


def digest_of(text):
    key = KEYS.codes[0]
    return digests.of_code(codes.read(text).symbols, key.secret, key.scheme)


def redeem(text, **changes):
    with db.transaction() as connection:
        connection.execute(update(Code).where(Code.digest == digest_of(text)).values(state=REDEEMED))
        connection.execute(insert(Redemption).values(RECEIPT | {"code": digest_of(text)} | changes))


def test_an_unspent_code_tells_its_order_and_terms(vendor, dealer, order, printed):
    told = code_status.show(vendor.dealer(dealer), printed[0].lower().replace("-", " "))
    assert (told.order, told.reference, told.state) == (order.id, None, CodeState.ISSUED)
    assert (told.kind, told.product, told.edition, told.period_years, told.seats) == (
        "renewal",
        "antivirus",
        "home",
        1,
        1,
    )
    assert (told.issued_at, told.good_until) == (NOW, None)
    assert (told.redeemed_at, told.voided_at, told.reversed_at) == (None, None, None)


def test_a_redeemed_code_tells_when_and_never_by_whom(vendor, dealer, printed):
    redeem(printed[0])
    told = code_status.show(vendor.dealer(dealer), printed[0])
    assert (told.state, told.redeemed_at) == (CodeState.REDEEMED, later(hours=1))
    assert {"license", "license_key", "customer", "redemption"}.isdisjoint(told.__slots__)


def test_a_reversed_code_tells_both_instants(vendor, dealer, printed):
    redeem(printed[0], reversed_at=later(hours=2))
    told = code_status.show(vendor.dealer(dealer), printed[0])
    assert (told.state, told.redeemed_at, told.reversed_at) == (CodeState.REVERSED, later(hours=1), later(hours=2))


def test_a_voided_code_tells_when(vendor, dealer, order, printed):
    voids.void(vendor.dealer(dealer, now=later(hours=3)), order.id, printed[:1])
    told = code_status.show(vendor.dealer(dealer), printed[0])
    assert (told.state, told.voided_at) == (CodeState.VOIDED, later(hours=3))


def test_a_code_expires_after_the_last_day_of_its_shelf_life(vendor, dealer):
    made = orders.place(vendor.dealer(dealer), replace(RENEWAL, quantity=1, shelf_life_days=5))
    [text] = sealed_codes.read(vendor.dealer(dealer), made.id)
    last, after = (vendor.dealer(dealer, now=later(days=days)) for days in (5, 6))
    assert code_status.show(last, text).state is CodeState.ISSUED
    assert code_status.show(after, text).state is CodeState.EXPIRED
    assert code_status.show(after, text).good_until == later(days=5).date()


def test_what_is_not_the_dealers_own_in_its_own_world_is_unknown(vendor, dealer, printed):
    other = dealers.create(vendor.call(), dealers.DealerSpec("Other", "LV", ("LV",), "EUR"))
    for caller in (vendor.dealer(other), vendor.dealer(dealer, test=True)):
        with pytest.raises(errors.CodeNotFound):
            code_status.show(caller, printed[0])
    assert code_status.show(vendor.call(), printed[0]).state is CodeState.ISSUED


def test_a_sandbox_token_sees_its_own_sandbox_codes(vendor, dealer):
    sandbox = vendor.dealer(dealer, test=True)
    [text] = sealed_codes.read(sandbox, orders.place(sandbox, replace(RENEWAL, quantity=1)).id)
    assert code_status.show(sandbox, text).state is CodeState.ISSUED
    with pytest.raises(errors.CodeNotFound):
        code_status.show(vendor.dealer(dealer), text)


def test_a_mark_that_contradicts_makes_a_code_unknown(vendor, dealer, printed):
    with pytest.raises(errors.CodeNotFound):
        code_status.show(vendor.dealer(dealer), codes.show(codes.read(printed[0]).symbols, LicenseClass.NFR))


def test_a_mistyped_code_is_malformed(vendor, dealer, printed):
    with pytest.raises(errors.CodeMalformed):
        code_status.show(vendor.dealer(dealer), printed[0][:-1])


def test_a_process_without_the_newest_key_calls_nothing_unknown(vendor, dealer, printed):
    old = Keyring((CodeKey(2, b"n" * 32, digests.NEWEST),), (), KEYS.secrets)
    with pytest.raises(KeysBehind):
        code_status.show(vendor.dealer(dealer, keys=old), printed[0])


def test_codes_under_a_key_of_the_first_scheme_are_known_as_ever(vendor, dealer):
    row = {"id": 3, "purpose": KeyPurpose.CODE, "fingerprint": "old", "scheme": digests.HASHED, "created_at": NOW}
    room.save(KeyRecord(**row))
    old = CodeKey(3, b"o" * 32, digests.HASHED)
    before = vendor.dealer(dealer, keys=Keyring((old,), (), KEYS.secrets))
    [text] = sealed_codes.read(before, orders.place(before, replace(RENEWAL, quantity=1)).id)
    both = vendor.dealer(dealer, keys=Keyring((*KEYS.codes, old), (), KEYS.secrets))
    assert code_status.show(both, text).state is CodeState.ISSUED
