import os
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import orders, sealed_codes
from prolong_server.channel.orders import OrderSpec
from prolong_server.keyring import CodeKey, Keyring
from prolong_server.models.licensing import ISSUED, Code
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.rules import codes, digests, errors
from prolong_server.rules.vocabulary import CodeKind, LicenseClass
from tests.channel.conftest import KEYS, NOW, RENEWAL


@pytest.mark.parametrize("quantity", [1, sealed_codes.CHUNK - 1, sealed_codes.CHUNK, 2 * sealed_codes.CHUNK + 1])
def test_the_stored_digests_are_those_of_the_list_and_none_else(vendor, dealer, quantity):
    caller = vendor.dealer(dealer, test=True)
    made = orders.place(caller, replace(RENEWAL, quantity=quantity))
    told = [codes.read(text).symbols for text in sealed_codes.read(caller, made.id)]
    key = KEYS.codes[0]
    expected = {digests.of_code(symbols, key.secret, key.scheme) for symbols in told}
    with db.lookups() as connection:
        rows = connection.execute(select(Code.digest, Code.state, Code.key_id, Code.voided_at)).all()
    assert len(told) == len(expected) == len(rows) == quantity
    assert {row.digest for row in rows} == expected
    assert {(row.state, row.key_id, row.voided_at) for row in rows} == {(ISSUED, 1, None)}


def test_new_codes_are_stored_under_the_newest_key(vendor, dealer):
    with Session(db.db.engine) as session, session.begin():
        session.add(KeyRecord(id=2, purpose=KeyPurpose.CODE, fingerprint="newer", created_at=NOW))
    rotated = Keyring((CodeKey(2, b"n" * 32, digests.NEWEST), *KEYS.codes), (), KEYS.secrets)
    orders.place(vendor.dealer(dealer, keys=rotated), RENEWAL)
    assert vendor.count(Code.key_id == 2) == 10


def test_a_code_made_twice_leaves_nothing_of_the_second_order(vendor, dealer, order):
    class Repeating:
        """Randomness that gives the same bytes in every order."""

        def __call__(self, size):
            return os.urandom(size) if size in {4, 8} else bytes(range(24)) if size == 24 else b"\0" * size

    one = replace(RENEWAL, quantity=1)
    orders.place(vendor.dealer(dealer, random=Repeating()), one)
    before = vendor.balance(dealer)
    with pytest.raises(errors.TryAgain):
        orders.place(vendor.dealer(dealer, random=Repeating()), one)
    assert (vendor.count(), vendor.balance(dealer)) == (11, before)
    assert len(orders.list_all(vendor.dealer(dealer)).items) == 2
    orders.place(vendor.dealer(dealer), one)


def test_promo_codes_are_listed_with_their_mark_and_all_others_without(vendor, dealer):
    promo = OrderSpec(CodeKind.ACTIVATION, "antivirus", "home", 1, 1, 2, None, None, dealer.id, LicenseClass.PROMO)
    marked = orders.place(vendor.call(), promo)
    plain = orders.place(vendor.call(), replace(promo, license_class=None))
    assert all(text.startswith("PRO-") for text in sealed_codes.read(vendor.call(), marked.id))
    assert {len(text) for text in sealed_codes.read(vendor.call(), plain.id)} == {29}
