"""Webhooks: the endpoints and their secrets."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from standardwebhooks import WebhookVerificationError

from prolong_server import db
from prolong_server.keyring import Keyring, KeysBehind
from prolong_server.models.operations import AuditEvent, KeyPurpose, KeyRecord
from prolong_server.models.webhooks import WebhookEndpoint
from prolong_server.operations import webhook_claims, webhook_endpoints, webhook_log, webhook_secrets, webhooks
from prolong_server.operations.key_material import KeyMaterial
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import errors, identifiers
from prolong_server.rules.actors import Actor, Scope
from prolong_server.rules.events import EndpointStatus
from tests import room, vendor
from tests.hooks import (
    EVERY,
    NOW,
    SILENT,
    TAKEN,
    called,
    dealer,
    endpoint,
    log,
    other_dealer,
    send,
    tell,
)
from tests.receivers import receiving
from tests.vendor import Vendor

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def shop() -> Vendor:
    return vendor.found()


def test_what_happened_before_an_endpoint_was_disabled_waits_for_it_though_it_was_not_yet_fanned_out(shop):
    name, _ = endpoint()
    tell(1)
    webhook_endpoints.change(called(seconds=1), name, EndpointStatus.DISABLED)
    tell(2)
    assert send(seconds=2) == 0
    webhook_endpoints.change(called(seconds=3), name, EndpointStatus.ACTIVE)
    assert send(TAKEN, seconds=3) == 1


def test_another_dealers_and_another_worlds_endpoints_and_deliveries_do_not_exist(shop):
    other_dealer()
    foreign = Actor("dealer", 99, 8, None, 99, frozenset(Scope))
    name, _ = endpoint(call=dealer(shop))
    tell(1, identifiers.read("dlr", shop.dealer))
    webhooks.dispatch(called())
    (one,) = log()
    assert [seen.id for seen in webhook_log.list_all(dealer(shop)).items] == [one.id]
    for stranger in (replace(called(), actor=foreign), dealer(shop, test=True)):
        assert webhook_endpoints.list_all(stranger).items == ()
        assert webhook_log.list_all(stranger).items == ()
        for ask in (
            lambda call: webhook_endpoints.show(call, name),
            lambda call: webhook_endpoints.change(call, name, EndpointStatus.DISABLED),
            lambda call: webhook_endpoints.delete(call, name),
            lambda call: webhook_log.list_all(call, endpoint=name),
            lambda call: webhook_log.redeliver(call, one.id),
        ):
            with pytest.raises(errors.NotFound):
                ask(stranger)


def test_a_dealer_has_twenty_endpoints_at_most(shop):
    for _ in range(webhook_endpoints.MOST):
        endpoint(call=dealer(shop))
    with pytest.raises(errors.StateChanged):
        endpoint(call=dealer(shop, test=True))
    assert endpoint()


def test_a_dealer_names_neither_a_dealer_nor_a_world(shop):
    for changes in ({"dealer": shop.dealer}, {"test": True}):
        with pytest.raises(errors.Forbidden):
            endpoint(call=dealer(shop), **changes)
    with pytest.raises(errors.NotFound):
        endpoint(dealer="dlr_0000000000000")


@pytest.mark.parametrize(
    "url", ["http://dns.google/", "https://10.0.0.1/", "https://u:p@dns.google/", "https://localhost/"]
)
def test_an_address_that_nothing_may_be_sent_to_is_refused_at_once(shop, url):
    with pytest.raises(errors.InvalidRequest) as refused:
        webhook_endpoints.create(called(), EndpointSpec(url, EVERY))
    assert "url" in str(refused.value.fields["errors"])
    with pytest.raises(errors.InvalidRequest) as refused:
        webhook_endpoints.create(called(), EndpointSpec(SILENT, ("license.stolen",)))
    assert "events" in str(refused.value.fields["errors"])


def test_the_audit_trail_knows_every_change_and_no_secret(shop):
    name, secret = endpoint("https://hooks.example/very/secret?token=hidden")
    webhook_endpoints.change(called(), name, EndpointStatus.DISABLED)
    webhook_endpoints.change(called(), name, EndpointStatus.DISABLED)
    webhook_endpoints.change(called(), name, EndpointStatus.ACTIVE)
    webhook_endpoints.delete(called(), name)
    with Session(db.db.engine) as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.object_id == name).order_by(AuditEvent.id)).all()
    assert [row.action.rpartition(".")[2] for row in rows] == ["created", "disabled", "enabled", "deleted"]
    told = json.dumps([[row.before, row.after] for row in rows])
    assert "https://hooks.example" in told
    assert not any(text in told for text in ("hidden", "very", secret))


def test_a_secret_is_sealed_opens_after_a_rotation_and_can_be_sealed_anew(shop):
    _, secret = endpoint()
    tell()
    rotated = replace(called(), keys=Keyring(called().keys.codes, (), (b"n" * 32, *called().keys.secrets)))
    newer = KeyMaterial(KeyPurpose.SECRET, b"n" * 32)
    room.save(
        KeyRecord(id=90, purpose=newer.purpose, fingerprint=newer.fingerprint, scheme=newer.scheme, created_at=NOW)
    )
    with Session(db.db.engine) as session:
        kept = session.scalars(select(WebhookEndpoint.secret)).one()
    assert secret.encode() not in kept
    webhooks.dispatch(called())
    assert [claimed.url for claimed in webhook_claims.claim(rotated, (), 10, 10)] == [SILENT]
    assert (webhook_secrets.reseal(rotated), webhook_secrets.reseal(rotated)) == (1, 0)
    newest = replace(rotated, keys=replace(rotated.keys, secrets=(b"n" * 32,)), now=NOW + timedelta(hours=1))
    assert len(webhook_claims.claim(newest, (), 10, 10)) == 1
    with pytest.raises(KeysBehind):
        webhook_claims.claim(called(hours=2), (), 10, 10)


def test_an_endpoint_whose_secret_was_tampered_with_does_not_hold_up_the_others(shop):
    broken, _ = endpoint()
    well, _ = endpoint()
    with Session(db.db.engine) as session, session.begin():
        number = identifiers.read("whe", broken)
        changed = select(WebhookEndpoint.secret).where(WebhookEndpoint.id == identifiers.read("whe", well))
        secret = session.scalars(changed).one()
        session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == number).values(secret=secret))
    tell()
    assert send(TAKEN) == 1
    view = webhook_endpoints.show(called(), broken)
    assert (view.status, view.disabled_reason) == (EndpointStatus.DISABLED, "secret_unreadable")


def test_another_secret_or_a_changed_byte_does_not_verify(shop):
    with receiving() as receiver:
        _, secret = endpoint(receiver.url)
        _, other = endpoint(receiver.url)
        tell()
        send()
    first, second = receiver.got
    assert {first.id} == {second.id}
    signer = secret if _verifies(first, secret) else other
    wrong = other if signer == secret else secret
    assert not _verifies(first, wrong)
    assert not _verifies(replace(first, body=first.body.replace(b"1", b"2")), signer)


def _verifies(request, secret: str) -> bool:
    try:
        request.verified(secret)
    except WebhookVerificationError:
        return False
    return True
