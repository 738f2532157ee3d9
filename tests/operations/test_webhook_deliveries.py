"""Webhooks: how each is sent until it was taken."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.models.channel import Dealer
from prolong_server.models.mail import Mail
from prolong_server.models.operations import AuditEvent
from prolong_server.models.webhooks import Event, WebhookDelivery, WebhookEndpoint
from prolong_server.operations import (
    outbound,
    webhook_claims,
    webhook_endpoints,
    webhook_log,
    webhook_outcomes,
    webhooks,
)
from prolong_server.operations.outbound import Letter, Outcome
from prolong_server.rules import attempts, errors, identifiers
from prolong_server.rules.events import DeliveryError, DeliveryStatus, EndpointStatus
from tests import vendor
from tests.hooks import (
    FAILED,
    NOW,
    POST,
    TAKEN,
    called,
    count,
    dealer,
    endpoint,
    log,
    send,
    tell,
)
from tests.receivers import HANG, LOOPBACK, Receiver, receiving
from tests.vendor import Vendor
from tests.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def shop() -> Vendor:
    return vendor.found()


def test_a_failed_delivery_comes_again_with_the_same_id_and_the_same_bytes_until_it_is_taken(shop):
    with receiving(500, 302, 200) as receiver:
        name, secret = endpoint(receiver.url)
        tell()
        assert send() == 1
        assert [one.last_error for one in log()] == [DeliveryError.SERVER_ERROR]
        assert webhook_endpoints.show(called(), name).failing_since == NOW
        assert send(seconds=4) == 0
        assert send(seconds=6) == 1
        assert send(seconds=45) == 1
        assert send(days=20) == 0
    (one,) = log()
    assert (one.status, one.attempts, one.last_status, one.last_error) == (DeliveryStatus.DELIVERED, 3, 200, None)
    assert one.delivered_at == NOW + timedelta(seconds=45)
    assert webhook_endpoints.show(called(), name).failing_since is None
    assert len({(got.id, got.body) for got in receiver.got}) == 1
    assert receiver.got[0].id == one.event
    stamps = [int(got.headers["webhook-timestamp"]) for got in receiver.got]
    assert stamps == sorted(set(stamps))
    assert all(got.verified(secret)["type"] == "code.voided" for got in receiver.got)


def test_what_a_peer_says_is_never_kept(shop):
    with receiving(500) as receiver:
        endpoint(receiver.url)
        tell()
        send()
    with Session(db.db.engine) as session:
        row = session.scalars(select(WebhookDelivery)).one()
        kept = [str(getattr(row, column.key)) for column in WebhookDelivery.__table__.columns]
    assert not any("peer" in text for text in kept)


def test_a_receiver_that_is_never_well_is_tried_for_three_days_then_disabled_and_its_owner_told(shop):
    with Session(db.db.engine) as session, session.begin():
        session.execute(update(Dealer).values(email="till@dealer.example"))
    name, _ = endpoint(call=dealer(shop))
    tell(1, identifiers.read("dlr", shop.dealer))
    webhooks.dispatch(called())
    moment, tries = timedelta(), 0
    while webhook_endpoints.show(called(), name).status is EndpointStatus.ACTIVE:
        assert moment < timedelta(days=4)
        call = vendor.called(now=NOW + moment)
        tries += webhooks.deliver(call, FAILED, mails=True)
        (one,) = log()
        moment = (one.next_attempt_at or call.now) - NOW
    assert tries == len(attempts.DELAYS) + 1
    assert one.status is DeliveryStatus.FAILED
    assert moment >= timedelta(days=3)
    view = webhook_endpoints.show(called(), name)
    assert (view.disabled_reason, view.disabled_at) == ("failing", NOW + moment)
    with Session(db.db.engine) as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "webhook_endpoint.disabled")).all()
        assert [(event.object_id, event.actor) for event in events] == [(name, "system")]
    assert count(Mail) == 1


def test_one_that_says_gone_is_disabled_at_once_and_gets_what_waited_when_it_is_enabled_again(shop):
    with receiving(410) as receiver:
        name, _ = endpoint(receiver.url)
        tell(1)
        assert send() == 1
        view = webhook_endpoints.show(called(), name)
        assert (view.status, view.disabled_reason) == (EndpointStatus.DISABLED, "gone")
        assert [(one.status, one.next_attempt_at) for one in log()] == [(DeliveryStatus.PENDING, None)]
        assert send(days=2) == 0
        webhook_endpoints.change(called(days=2), name, EndpointStatus.ACTIVE)
        assert send(days=2) == 1
    assert [one.status for one in log()] == [DeliveryStatus.DELIVERED]
    first, second = receiver.got
    assert (first.id, first.body) == (second.id, second.body)


def test_a_receiver_that_asks_for_time_gets_it(shop):
    with receiving(503, retry_after="3600") as receiver:
        endpoint(receiver.url)
        tell()
        send()
        assert log()[0].next_attempt_at == NOW + timedelta(hours=1)


def test_one_slow_receiver_does_not_hold_up_the_others(shop):
    with receiving(*[HANG] * 50) as slow, receiving() as quick:
        endpoint(slow.url)
        endpoint(quick.url)
        for number in range(20):
            tell(number)
        webhooks.dispatch(called())
        post = outbound.client(LOOPBACK, seconds=1)
        webhooks.deliver(called(), post)
    assert len(quick.got) == 20
    # While the first ones were being waited for, no more were given to the slow one.
    assert len(slow.got) <= webhook_claims.IN_FLIGHT


def test_of_many_failing_receivers_the_well_ones_do_not_hear(shop):
    for _ in range(webhook_endpoints.MOST - 2):
        endpoint()
    tell()
    assert send(FAILED) == 18
    with receiving() as quick:
        endpoint(quick.url)
        tell()
        webhooks.dispatch(called(seconds=60))
        webhooks.deliver(called(seconds=60), lambda letter: _patient(letter, quick))
    assert len(quick.got) == 1


def _patient(letter: Letter, quick: Receiver) -> Outcome:
    # The failing ones answer only once the well one was served.
    if letter.url == quick.url:
        return POST(letter)
    assert quick.served.wait(PATIENCE)
    return Outcome(error=DeliveryError.TIMEOUT)


def test_what_a_dead_worker_was_sending_goes_out_again_after_its_lease_and_not_before(shop):
    endpoint()
    tell()
    webhooks.dispatch(called())
    (claimed,) = webhook_claims.claim(called(), (), 10, 10)
    assert webhooks.deliver(called(seconds=webhook_claims.LEASE.total_seconds() - 1), TAKEN) == 0
    (again,) = webhook_claims.claim(called(seconds=webhook_claims.LEASE.total_seconds()), (), 10, 10)
    assert (again.event_id, again.body) == (claimed.event_id, claimed.body)
    assert not webhook_outcomes.settle(called(), [(claimed, Outcome(500, DeliveryError.SERVER_ERROR))])
    assert webhook_outcomes.settle(called(), [(again, Outcome(204))]) == 1
    assert [(one.status, one.attempts) for one in log()] == [(DeliveryStatus.DELIVERED, 1)]


def test_an_outcome_after_its_endpoint_was_deleted_is_nobodys(shop):
    name, _ = endpoint()
    tell()
    webhooks.dispatch(called())
    claimed = webhook_claims.claim(called(), (), 10, 10)
    webhook_endpoints.delete(called(), name)
    assert not webhook_outcomes.settle(called(), [(claimed[0], Outcome(500, DeliveryError.SERVER_ERROR))])
    assert (count(WebhookDelivery), count(WebhookEndpoint), count(Event)) == (0, 0, 1)
    tell()
    assert count(Event) == 1


@pytest.mark.parametrize("first", [TAKEN, FAILED], ids=["delivered", "waiting"])
def test_a_delivery_can_be_sent_again_by_hand_with_the_same_id_and_body(shop, first):
    with receiving() as receiver:
        name, _ = endpoint(receiver.url)
        tell()
        send(first)
        (before,) = log()
        again = webhook_log.redeliver(called(seconds=1), before.id)
        assert (again.id, again.event, again.status, again.attempts) == (before.id, before.event, "pending", 0)
        assert send(seconds=1) == 1
        assert send(days=1) == 0
    (got,) = receiver.got
    assert got.id == before.event
    assert json.loads(got.body)["data"]["voided"] == 1
    assert [one.status for one in log(status=DeliveryStatus.DELIVERED)] == [DeliveryStatus.DELIVERED]
    assert log(status=DeliveryStatus.FAILED) == []
    webhook_endpoints.change(called(), name, EndpointStatus.DISABLED)
    with pytest.raises(errors.StateChanged):
        webhook_log.redeliver(called(), before.id)


def test_events_and_their_deliveries_are_kept_for_thirty_days(shop):
    endpoint()
    tell()
    assert webhooks.purge(called(days=31)) == 0
    send(TAKEN)
    assert webhooks.purge(called(days=29)) == 0
    assert (webhooks.purge(called(days=31)), webhooks.purge(called(days=31))) == (1, 0)
    assert (count(Event), count(WebhookDelivery)) == (0, 0)
