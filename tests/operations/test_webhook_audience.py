"""Webhooks: who is told of what."""

import itertools
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.licensing import activations, redemptions, reversals
from prolong_server.models.webhooks import Event, WebhookDelivery
from prolong_server.operations import (
    outbox,
    webhook_endpoints,
    webhooks,
)
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import identifiers
from prolong_server.rules.events import EndpointStatus, EventKind
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor
from tests.hooks import (
    EVERY,
    SILENT,
    called,
    count,
    dealer,
    endpoint,
    log,
    other_dealer,
    running,
    send,
    tell,
)
from tests.receivers import receiving
from tests.vendor import Vendor

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def shop() -> Vendor:
    return vendor.found()


def test_every_event_arrives_signed_with_what_it_promises_to_tell(shop):
    with receiving() as receiver:
        _, secret = endpoint(receiver.url)
        order = vendor.order(shop, 2, called())
        held = running(dealer=shop.dealer)
        code = vendor.codes(shop)[0]
        receipt = redemptions.redeem(called(), vendor.renewal(code, held.license_key)).receipt
        new = activations.activate(called(), vendor.activation(vendor.codes(shop, kind=CodeKind.ACTIVATION)[0])).license
        assert send() == 5
    told = [one.verified(secret) for one in receiver.got]
    by_type = {one["type"]: one["data"] for one in told}
    assert by_type["order.issued"].keys() >= {"order", "dealer", "quantity", "total", "currency", "test"}
    assert order in {one["data"].get("order") for one in told}
    assert by_type["license.renewed"] | {"order": ""} == {
        "license": held.id,
        "redemption": receipt.id,
        "order": "",
        "dealer": shop.dealer,
        "previous_expires_on": held.expires_on.isoformat(),
        "expires_on": receipt.expires_on.isoformat(),
        "period_years": 1,
        "renewal_basis": "from_expiry",
        "test": False,
    }
    assert by_type["license.activated"]["license"] == new.id
    assert by_type["license.activated"]["expires_on"] == new.expires_on.isoformat()
    assert all(datetime.fromisoformat(one["timestamp"]).tzinfo for one in told)
    assert {one.headers["content-type"] for one in receiver.got} == {"application/json"}
    text = b"".join(one.body for one in receiver.got)
    for private in (code, held.license_key, new.license_key, "Olena"):
        assert private.encode() not in text


def test_without_an_endpoint_that_wants_it_nothing_is_written(shop):
    webhook_endpoints.create(called(), EndpointSpec(SILENT, ("redemption.reversed",)))
    paused, _ = endpoint()
    webhook_endpoints.change(called(), paused, EndpointStatus.DISABLED)
    held = running()
    redemptions.redeem(called(), vendor.renewal(vendor.codes(shop)[0], held.license_key))
    activations.activate(called(), vendor.activation(vendor.codes(shop, kind=CodeKind.ACTIVATION)[0]))
    tell()
    assert count(Event) == 0


def test_an_event_of_a_change_that_is_rolled_back_is_never_told(shop):
    endpoint()
    with Session(db.db.engine) as session:
        outbox.tell(session, called(), EventKind.CODE_VOIDED, {"test": False}, None)
        session.rollback()
    assert count(Event) == 0


def test_an_event_goes_to_the_vendor_to_the_codes_dealer_and_to_the_licenses_seller_and_to_nobody_else(shop):
    selling, third = other_dealer(), identifiers.show("dlr", 99)
    held = running(dealer=third)
    mine, _ = endpoint(call=dealer(shop))
    of_seller, _ = endpoint(dealer=third)
    of_vendor, _ = endpoint()
    redemptions.redeem(called(), vendor.renewal(vendor.codes(shop)[0], held.license_key))
    tell(1, selling)
    tell(2, None)
    webhooks.dispatch(called())
    told = {(one.endpoint, one.type.value, one.event) for one in log()}
    by_kind = {
        kind: sorted({at for at, type_, _ in told if type_ == kind}) for kind in ("license.renewed", "order.issued")
    }
    assert by_kind["license.renewed"] == sorted([mine, of_seller, of_vendor])
    assert by_kind["order.issued"] == sorted([mine, of_vendor])
    voided = [at for at, kind, _ in told if kind == "code.voided"]
    assert sorted(voided) == sorted([of_seller, of_vendor, of_vendor])


def test_sandbox_and_live_endpoints_are_told_of_their_own_world_only(shop):
    live, _ = endpoint(call=dealer(shop))
    sandbox, _ = endpoint(call=dealer(shop, test=True))
    vendors_live, _ = endpoint()
    vendors_sandbox, _ = endpoint(test=True)
    vendor.order(shop, 1, dealer(shop, test=True), dealer=None)
    vendor.order(shop, 1, dealer(shop), dealer=None)
    webhooks.dispatch(called())
    events = {one.endpoint: one.event for one in log()}
    assert len(log()) == 4
    assert events[live] == events[vendors_live] != events[sandbox] == events[vendors_sandbox]


def test_no_kind_of_event_is_part_of_the_name_of_another():
    assert not [pair for pair in itertools.permutations(EVERY, 2) if pair[0] in pair[1]]


def test_a_fan_out_of_many_events_makes_each_delivery_once(shop):
    endpoint()
    endpoint(call=dealer(shop))
    for number in range(30):
        tell(number, identifiers.read("dlr", shop.dealer))
    assert (webhooks.dispatch(called()), webhooks.dispatch(called())) == (30, 0)
    assert (count(WebhookDelivery), len(log(limit=500))) == (60, 60)


def test_of_two_dealers_neither_is_told_the_ids_of_what_the_other_has_sold(shop):
    other_dealer()
    held = running(dealer=identifiers.show("dlr", 99))
    code = vendor.codes(shop)[0]
    secrets = {}
    with receiving(500) as of_code, receiving() as of_seller, receiving() as of_vendor:
        secrets[of_code.url] = endpoint(of_code.url, dealer(shop))[1]
        secrets[of_seller.url] = endpoint(of_seller.url, dealer=identifiers.show("dlr", 99))[1]
        secrets[of_vendor.url] = endpoint(of_vendor.url)[1]
        redeemed = redemptions.redeem(called(), vendor.renewal(code, held.license_key)).receipt
        send()
        send(seconds=60)
        reversals.reverse(called(seconds=70), redeemed.id, "a wrong license")
        send(seconds=80)
        told = [[(got, got.verified(secrets[one.url])) for got in one.got] for one in (of_code, of_seller, of_vendor)]
    for kind in ("license.renewed", "redemption.reversed"):
        to_code, to_seller, whole = (next(body["data"] for _, body in got if body["type"] == kind) for got in told)
        assert whole.keys() > {"license", "redemption", "order", "dealer", "previous_expires_on", "expires_on"}
        assert to_code.keys() == whole.keys() - {"license", "redemption"}
        assert to_seller.keys() == whole.keys() - {"order", "dealer"}
    # Each attempt has the same bytes, though they are made anew.
    renewed = [got for got, body in told[0] if body["type"] == "license.renewed"]
    assert (len(renewed), len({(got.id, got.body) for got in renewed})) == (2, 1)
