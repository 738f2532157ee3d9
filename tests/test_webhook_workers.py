"""Several workers on one outbox: nothing is lost, whoever is killed, whoever commits late."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.models.webhooks import Event, WebhookDelivery
from prolong_server.operations import (
    outbound,
    outbox,
    webhook_claims,
    webhook_endpoints,
    webhook_log,
    webhook_outcomes,
    webhooks,
)
from prolong_server.operations.outbound import Outcome
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import errors, identifiers
from prolong_server.rules.events import DeliveryStatus, EndpointStatus, EventKind
from tests import crowd, vendor
from tests.children import Child
from tests.receivers import HANG, LOOPBACK, receiving
from tests.room import opened
from tests.waiting import PATIENCE

POST = outbound.client(LOOPBACK, seconds=5)
EVENTS = 40


@pytest.fixture
def url(database_url: str):
    """A vendor on each database."""
    with opened(database_url):
        vendor.found()
        yield database_url


@pytest.fixture
def apart(postgres_url: str):
    """A vendor on PostgreSQL, where transactions are open beside each other."""
    with opened(postgres_url):
        vendor.found()
        yield


def endpoint(url: str) -> None:
    webhook_endpoints.create(vendor.called(), EndpointSpec(url, ("code.voided",)), LOOPBACK)


def tell(number: int) -> None:
    with Session(db.db.engine) as session, session.begin():
        outbox.tell(session, vendor.called(), EventKind.CODE_VOIDED, {"voided": number, "test": False}, None)


def told() -> set[str]:
    with Session(db.db.engine) as session:
        return {identifiers.show("evt", number) for number in session.scalars(select(Event.id))}


def finish() -> None:
    """Work until nothing is pending, whenever it is due."""
    call = vendor.called()
    while webhooks.dispatch(call):
        pass
    while due := next_attempt():
        call = replace(call, now=max(call.now, due))
        webhooks.deliver(call, POST)


def next_attempt() -> datetime | None:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.min(WebhookDelivery.next_attempt_at)))


def test_a_killed_workers_delivery_goes_out_again_after_its_lease_with_the_same_id_and_body(url):
    with receiving(HANG) as receiver:
        endpoint(receiver.url)
        tell(7)
        worker = Child(url)
        worker.give([["webhooks"]])
        assert receiver.served.wait(PATIENCE)
        assert worker.kill_after(0) == []
        before = replace(vendor.called(), now=vendor.called().now + webhook_claims.LEASE - timedelta(seconds=1))
        assert webhooks.deliver(before, POST) == 0
        assert webhooks.deliver(replace(before, now=before.now + timedelta(seconds=1)), POST) == 1
    first, second = receiver.got
    assert (first.id, first.body) == (second.id, second.body)
    assert [one.status for one in webhook_log.list_all(vendor.called()).items] == [DeliveryStatus.DELIVERED]


def test_two_workers_on_one_outbox_lose_nothing_and_send_nothing_twice(url):
    with ExitStack() as stack:
        receivers = [stack.enter_context(receiving()) for _ in range(3)]
        for receiver in receivers:
            endpoint(receiver.url)
        workers = [Child(url), Child(url)]
        for number in range(EVENTS):
            if number % 20 == 0:
                for worker in workers:
                    worker.give([["webhooks"]] * 3)
            tell(number)
        for worker in workers:
            assert "try_again" not in worker.answers(3 * EVENTS // 20)
            worker.close()
        finish()
        assert len(told()) == EVENTS
        for receiver in receivers:
            assert sorted(got.id for got in receiver.got) == sorted(told())


def test_workers_killed_one_after_the_other_lose_nothing(url):
    with receiving(*[200, 500] * 3) as receiver:
        endpoint(receiver.url)
        for number in range(EVENTS):
            tell(number)
        for moment in (0.05, 0.1, 0.2, 0.4):
            worker = Child(url)
            worker.give([["webhooks"]] * 20)
            worker.kill_after(moment)
        finish()
        assert {got.id for got in receiver.got} == told()
        bodies = {(got.id, got.body) for got in receiver.got}
        assert len(bodies) == EVENTS
    with Session(db.db.engine) as session:
        left = select(func.count()).where(WebhookDelivery.status != DeliveryStatus.DELIVERED)
        assert session.scalar(left) == 0


def test_an_event_that_is_committed_late_is_told_all_the_same(apart):
    endpoint("https://silent.example")
    with Session(db.db.engine) as slow, slow.begin():
        outbox.tell(slow, vendor.called(), EventKind.CODE_VOIDED, {"voided": 1, "test": False}, None)
        tell(2)
        later = replace(vendor.called(), now=vendor.called().now + timedelta(hours=1))
        assert webhooks.dispatch(later) == 1
    assert webhooks.dispatch(later) == 1
    assert len(webhook_log.list_all(vendor.called()).items) == 2


def test_eight_threads_fan_out_and_claim_each_thing_once(apart):
    for number in range(3):
        endpoint(f"https://silent-{number}.example")
    for number in range(EVENTS):
        tell(number)
    fanned = crowd.together([lambda: webhooks.dispatch(vendor.called())] * 8)
    assert sum(fanned) + sum(crowd.together([lambda: webhooks.dispatch(vendor.called())] * 8)) == EVENTS
    claimed = []
    while more := crowd.together([lambda: webhook_claims.claim(vendor.called(), (), 16, 16)] * 8):
        found = [one.id for some in more for one in some]
        claimed += found
        if not found:
            break
    assert len(claimed) == len(set(claimed)) == 3 * EVENTS


def test_enabling_while_it_is_fanned_out_leaves_nothing_behind(apart):
    endpoint("https://silent.example")
    name = webhook_endpoints.list_all(vendor.called()).items[0].id
    states = (EndpointStatus.ACTIVE, EndpointStatus.DISABLED)
    for number in range(20):
        tell(number)

        def switch(at=number) -> None:
            with suppress(errors.TryAgain):
                webhook_endpoints.change(vendor.called(), name, states[at % 2])

        crowd.together([lambda: webhooks.dispatch(vendor.called()), switch])
    webhook_endpoints.change(vendor.called(), name, EndpointStatus.DISABLED)
    webhook_endpoints.change(vendor.called(), name, EndpointStatus.ACTIVE)
    webhooks.dispatch(vendor.called())
    assert all(one.next_attempt_at is not None for one in webhook_log.list_all(vendor.called()).items)


def test_outcomes_recorded_while_endpoints_are_disabled_wait_for_each_other_in_no_circle(apart):
    for number in range(2):
        endpoint(f"https://silent-{number}.example")
    names = [one.id for one in webhook_endpoints.list_all(vendor.called()).items]
    gone_wrong: list[errors.TryAgain] = []

    def once(work: Callable[[], object]) -> None:
        try:
            work()
        except errors.TryAgain as error:
            gone_wrong.append(error)

    for number in range(15):
        for name in names:
            webhook_endpoints.change(vendor.called(), name, EndpointStatus.ACTIVE)
        for event in range(4):
            tell(10 * number + event)
        webhooks.dispatch(vendor.called())
        claimed = [one for _ in range(2) for one in webhook_claims.claim(vendor.called(), (), 16, 16)]
        results = [(one, Outcome(204)) for one in sorted(claimed, key=lambda one: -one.id)]
        parts = (results[::2], results[1::2])
        works: list[Callable[[], object]] = [partial(webhook_outcomes.settle, vendor.called(), part) for part in parts]
        works += [partial(webhook_endpoints.change, vendor.called(), name, EndpointStatus.DISABLED) for name in names]
        crowd.together([partial(once, work) for work in works])
    assert gone_wrong == []
