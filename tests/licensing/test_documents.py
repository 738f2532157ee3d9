"""License documents, read here by another library than the one that signs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from prolong_server.licensing import activations, licenses, machines, products, redemptions
from prolong_server.operations import keys
from prolong_server.rules.vocabulary import CodeKind, MachineCheck
from tests import room as rooms
from tests import vendor
from tests.licensing.signed import OTHER, asked, call, code_of, founded, house, machine_of, opened, seconds, unpadded

__all__ = ["call", "founded", "house"]
DAY = 86_400
WEEK = 7 * DAY


def test_a_document_names_its_algorithm_its_key_and_its_kind(call):
    header, _payload = opened(asked(call(), vendor.license_()))
    assert header == {"alg": "EdDSA", "kid": call().keys.signing[0].kid, "typ": "license+jwt"}


def test_a_document_tells_what_the_contract_names_and_nothing_else(call):
    held = vendor.license_()
    now = call().now + timedelta(days=30)
    _header, payload = opened(asked(call(now), held))
    step = seconds(now) // WEEK * WEEK
    first_day = datetime.combine(held.starts_on, datetime.min.time(), UTC)
    assert payload == {
        "iss": "https://renew.example",
        "iat": max(step, seconds(now)),
        "nbf": seconds(first_day),
        "license": replace(held, customer_id=None).as_json,
        "machine": {"fingerprint": vendor.MACHINE.fingerprint},
        "seq": 2,
        "fresh_until": max(step, seconds(now)) + 3 * WEEK,
    }


def test_a_document_of_no_machine_names_none(call):
    _header, payload = opened(asked(call(), vendor.license_(), None))
    assert "machine" not in payload
    assert payload["seq"] == 1


def test_an_altered_document_is_told_from_a_genuine_one(call):
    signed, _, signature = asked(call(), vendor.license_()).rpartition(".")
    forged = signed[:-4] + ("AAAA" if signed[-4:] != "AAAA" else "BBBB")
    public = Ed25519PublicKey.from_public_bytes(unpadded(keys.jwks()["keys"][0]["x"]))
    public.verify(unpadded(signature), signed.encode())
    with pytest.raises(InvalidSignature):
        public.verify(unpadded(signature), forged.encode())


@pytest.mark.parametrize("days", [1, 7, 30])
def test_its_time_is_the_later_of_the_last_change_and_the_last_step(call, days):
    products.change(call(), vendor.PRODUCT, {"refresh_days": days})
    held = vendor.license_(days_left=90)
    step = days * DAY
    for now in (call().now, call().now + timedelta(days=61, hours=5)):
        _header, payload = opened(asked(call(now), held, None))
        assert payload["iat"] == max(seconds(rooms.NOW), seconds(now) // step * step)
        assert payload["fresh_until"] == payload["iat"] + 3 * step
        assert payload["iat"] <= seconds(now)


def test_within_one_step_the_bytes_are_the_same_and_in_the_next_they_are_others(call):
    held = vendor.license_(days_left=90)
    asked(call(), held)
    first = datetime.fromtimestamp((seconds(rooms.NOW) // WEEK + 2) * WEEK, UTC)
    moments = (first, first + timedelta(days=3, microseconds=7), first + timedelta(days=7, microseconds=-1))
    of_one_step = {asked(call(moment), held) for moment in moments}
    assert len(of_one_step) == 1
    following = asked(call(first + timedelta(days=7)), held)
    assert following not in of_one_step
    assert opened(following)[1]["seq"] == opened(of_one_step.pop())[1]["seq"]


def test_the_answers_of_a_redemption_its_repetition_and_a_validation_hold_the_same_bytes(call, founded):
    held = vendor.license_()
    form = vendor.renewal(code_of(call(), founded), held.license_key)
    first = redemptions.redeem(call(), form).license_document
    assert redemptions.redeem(call(rooms.NOW + timedelta(hours=1)), form).license_document == first
    assert asked(call(rooms.NOW + timedelta(hours=2)), held) == first


def test_the_answer_of_an_activation_holds_the_bytes_of_a_validation(call, founded):
    done = activations.activate(call(), vendor.activation(code_of(call(), founded, kind=CodeKind.ACTIVATION)))
    assert asked(call(rooms.NOW + timedelta(hours=1)), done.license) == done.license_document


def test_every_change_of_a_license_makes_new_bytes_of_a_higher_number(call, founded):
    held = vendor.license_(seats=2)
    code = code_of(call(), founded, seats=2)
    changes: list[Callable[[], object]] = [
        lambda: asked(call(), held, OTHER),
        lambda: redemptions.redeem(call(), vendor.renewal(code, held.license_key)),
        lambda: licenses.suspend(call(), held.id, "unpaid"),
        lambda: licenses.reinstate(call(), held.id, "paid"),
        lambda: machines.release(call(), held.id, machine_of(call(), held, OTHER)),
        lambda: licenses.revoke(call(), held.id, "fraud"),
    ]
    told = [asked(call(), held)]
    for change in changes:
        change()
        told.append(asked(call(), held))
    numbers = [opened(document)[1]["seq"] for document in told]
    assert len(set(told)) == len(told)
    assert numbers == sorted(set(numbers))


def test_machines_of_one_license_have_documents_of_their_own(call):
    held = vendor.license_(seats=2)
    for machine in (vendor.MACHINE, OTHER):
        asked(call(), held, machine)
    named = [opened(asked(call(), held, machine))[1]["machine"] for machine in (vendor.MACHINE, OTHER)]
    assert named == [{"fingerprint": vendor.MACHINE.fingerprint}, {"fingerprint": OTHER.fingerprint}]


def test_no_document_names_a_machine_that_has_no_seat(call, founded):
    held = vendor.license_()
    form = vendor.renewal(code_of(call(), founded), held.license_key)
    first = redemptions.redeem(call(), form).license_document
    repeated = redemptions.redeem(call(), replace(form, machine=OTHER)).license_document
    after_the_end = rooms.NOW + timedelta(days=800)
    expired = asked(call(after_the_end), held, OTHER)
    assert ["machine" in opened(document)[1] for document in (first, repeated, expired)] == [True, False, False]


def test_without_the_policy_a_document_names_whatever_machine_asks(call):
    products.change(call(), vendor.PRODUCT, {"machine_check": MachineCheck.OFF})
    held = vendor.license_()
    named = [opened(asked(call(), held, machine))[1]["machine"] for machine in (vendor.MACHINE, OTHER)]
    assert [machine["fingerprint"] for machine in named] == [vendor.MACHINE.fingerprint, OTHER.fingerprint]


def test_after_a_rotation_the_newest_key_signs_and_older_documents_stay_verifiable(call, house):
    held = vendor.license_()
    before = asked(call(), held)
    keys.rotate(call(), house, "signing")
    after = asked(call(), held)
    (old, told), (new, told_again) = opened(before), opened(after)
    assert [key["kid"] for key in keys.jwks()["keys"]] == [new["kid"], old["kid"]]
    assert told["license"] == told_again["license"]
    row = next(view for view in keys.listing(call()) if view.kid == old["kid"])
    keys.retire(call(), row.id)
    assert opened(before)[0]["kid"] == old["kid"]


def test_what_the_server_shows_of_its_keys_is_public(call):
    call()
    assert all(set(key) == {"kty", "crv", "x", "kid", "alg", "use"} for key in keys.jwks()["keys"])


def test_a_document_begins_with_the_first_day_of_its_license_where_the_vendor_is(call):
    zone = ZoneInfo("Pacific/Kiritimati")
    held = vendor.license_()
    _header, payload = opened(asked(call(zone=zone), held))
    begins = datetime.combine(held.starts_on, datetime.min.time(), zone)
    assert payload["nbf"] == seconds(begins)
    assert payload["license"]["ends_at"] == "2026-04-04T10:00:00Z"
