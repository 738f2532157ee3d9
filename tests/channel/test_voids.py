import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from prolong_server import db
from prolong_server.channel import dealers, orders, sealed_codes, voids
from prolong_server.keyring import CodeKey, Keyring, KeysBehind
from prolong_server.models.channel import AccountEntry, EntryKind
from prolong_server.models.licensing import REDEEMED, VOIDED, Code
from prolong_server.models.webhooks import Event
from prolong_server.operations import webhook_endpoints
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import codes, digests, errors
from prolong_server.rules.events import EventKind
from tests.channel.conftest import KEYS, RENEWAL, later


@pytest.fixture
def printed(vendor, dealer, order):
    return list(sealed_codes.read(vendor.dealer(dealer), order.id))


def redeem(text):
    key = KEYS.codes[0]
    digest = digests.of_code(codes.read(text).symbols, key.secret, key.scheme)
    with db.transaction() as connection:
        connection.execute(update(Code).where(Code.digest == digest).values(state=REDEEMED))


def reasons(view):
    return [one.reason for one in view.not_voided]


def test_voided_codes_give_their_price_back(vendor, dealer, order, printed):
    done = voids.void(vendor.dealer(dealer), order.id, printed[:3])
    assert (done.voided, done.not_voided, done.order.counts.voided) == (3, (), 3)
    assert vendor.balance(dealer) == -24500 + 3 * 2450
    assert vendor.one(select(AccountEntry.amount).where(AccountEntry.kind == EntryKind.VOID)) == 7350
    assert vendor.count(Code.state == VOIDED, Code.voided_at.is_not(None)) == 3


def test_a_code_is_credited_once_at_the_price_it_was_ordered_at(vendor, dealer, order, printed):
    dealers.change(vendor.call(), dealer.id, {"discount_percent": "90"})
    voids.void(vendor.dealer(dealer), order.id, "all")
    assert vendor.balance(dealer) == 0
    again = voids.void(vendor.dealer(dealer), order.id, printed)
    assert (again.voided, reasons(again)) == (0, ["voided"] * 10)
    assert voids.void(vendor.dealer(dealer), order.id, "all").voided == 0
    assert vendor.balance(dealer) == 0


def test_what_is_not_voided_is_told_with_its_reason_and_changes_nothing(vendor, dealer, order, printed):
    other = orders.place(vendor.dealer(dealer), replace(RENEWAL, quantity=1))
    [foreign] = sealed_codes.read(vendor.dealer(dealer), other.id)
    redeem(printed[0])
    wrong = [printed[0], "nonsense", codes.show("0" * 24 + codes.check_symbol("0" * 24)), foreign, f"PRO-{printed[1]}"]
    before = vendor.balance(dealer)
    done = voids.void(vendor.dealer(dealer), order.id, wrong)
    assert (done.voided, reasons(done)) == (0, ["redeemed", "malformed", "unknown", "unknown", "unknown"])
    assert [one.code for one in done.not_voided] == wrong
    assert vendor.balance(dealer) == before


def test_all_means_all_that_are_unspent(vendor, dealer, order, printed):
    redeem(printed[0])
    done = voids.void(vendor.dealer(dealer), order.id, "all")
    assert (done.voided, done.order.counts.redeemed, done.order.counts.voided) == (9, 1, 9)
    assert vendor.balance(dealer) == -2450


def test_a_code_named_twice_counts_once_however_it_is_typed(vendor, dealer, order, printed):
    done = voids.void(vendor.dealer(dealer), order.id, [printed[0], printed[0].lower().replace("-", " ")])
    assert (done.voided, reasons(done)) == (1, ["voided"])


def test_a_code_whose_shelf_life_is_over_gives_no_credit(vendor, dealer):
    made = orders.place(vendor.dealer(dealer), replace(RENEWAL, quantity=2, shelf_life_days=5))
    printed = list(sealed_codes.read(vendor.dealer(dealer), made.id))
    over = vendor.dealer(dealer, now=later(days=6))
    assert reasons(voids.void(over, made.id, printed[:1])) == ["expired"]
    assert voids.void(over, made.id, "all").voided == 0
    assert voids.void(vendor.dealer(dealer, now=later(days=5)), made.id, "all").voided == 2


def test_sandbox_codes_are_voided_without_money(vendor, dealer):
    caller = vendor.dealer(dealer, test=True)
    made = orders.place(caller, RENEWAL)
    assert voids.void(caller, made.id, "all").voided == 10
    assert vendor.balance(dealer) == 0


def test_codes_of_before_a_key_rotation_are_found(vendor, dealer, order, printed):
    rotated = Keyring((CodeKey(2, b"n" * 32, digests.HASHED), *KEYS.codes), (), KEYS.secrets)
    assert voids.void(vendor.dealer(dealer, keys=rotated), order.id, printed).voided == 10


def test_another_dealers_codes_cannot_be_voided(vendor, order, printed):
    other = dealers.create(vendor.call(), dealers.DealerSpec("Other", "LV", ("LV",), "EUR"))
    with pytest.raises(errors.NotFound):
        voids.void(vendor.dealer(other), order.id, printed)
    own = orders.place(vendor.dealer(other, test=True), RENEWAL)
    assert reasons(voids.void(vendor.dealer(other, test=True), own.id, printed)) == ["unknown"] * 10


@pytest.mark.parametrize("number", [0, voids.MOST + 1])
def test_a_call_takes_a_bounded_number_of_codes(vendor, dealer, order, number):
    with pytest.raises(errors.InvalidRequest):
        voids.void(vendor.dealer(dealer), order.id, ["x"] * number)


def test_voids_at_once_credit_each_code_once(vendor, dealer, order, printed):
    def take_part(at):
        return voids.void(vendor.dealer(dealer), order.id, "all" if at % 2 else printed[at:] + printed[:at])

    done = vendor.at_once(take_part, 12)
    assert sum(one.voided for one in done) == 10
    assert vendor.balance(dealer) == 0
    assert vendor.one(select(func.sum(AccountEntry.amount))) == 0


def test_a_process_without_the_newest_key_calls_nothing_unknown_and_voids_nothing(vendor, dealer, order, printed):
    old = Keyring((CodeKey(2, b"n" * 32, digests.NEWEST),), (), KEYS.secrets)
    with pytest.raises(KeysBehind):
        voids.void(vendor.dealer(dealer, keys=old), order.id, printed[:1])
    assert vendor.count(Code.state == VOIDED) == 0


def test_who_wants_to_know_is_told_of_a_void_without_a_code(vendor, dealer, order, printed):
    spec = EndpointSpec("https://hooks.example/", (EventKind.CODE_VOIDED,), dealer=dealer.id)
    webhook_endpoints.create(vendor.call(), spec)
    voids.void(vendor.dealer(dealer), order.id, printed[:3])
    body = json.loads(vendor.one(select(Event.body)))
    assert (body["type"], body["data"]["order"], body["data"]["voided"]) == ("code.voided", order.id, 3)
    assert not [text for text in printed if text in json.dumps(body)]
