"""The background jobs of the webhooks (Standard Webhooks): fan out, send, clear away.

Any number of processes may run them beside each other. An event is never looked for behind a cursor, because one with
a lower number may be committed later: it waits until it is marked as fanned out.
"""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.webhooks import Event, WebhookDelivery, WebhookEndpoint
from prolong_server.operations import outbox, webhook_claims, webhook_outcomes
from prolong_server.operations.outbound import Letter, Outcome, Post
from prolong_server.operations.webhook_claims import Claimed
from prolong_server.operations.webhook_outcomes import Report
from prolong_server.rules import errors, identifiers
from prolong_server.rules.events import DeliveryError, DeliveryStatus, EndpointStatus

KEPT_FOR: Final = timedelta(days=30)
# Failing receivers are mostly slow ones too, so that they have threads of their own.
FOR_WELL: Final = 12
FOR_FAILING: Final = 4
BATCH: Final = 200
TURNS: Final = 50
PATIENCE: Final = timedelta(milliseconds=200)


@db.transactional
def dispatch(session: Session, call: Call) -> int:
    """Make a delivery of each waiting event for each endpoint that wants it; how many events (at most BATCH)."""
    waiting = select(Event).where(Event.dispatched_at.is_(None)).order_by(Event.created_at).limit(BATCH)
    told = session.scalars(waiting.with_for_update(skip_locked=True)).all()
    if not told:
        return 0
    endpoints = _audience(session, told)
    rows = [_row(call, event, endpoint) for event in told for endpoint in endpoints if _wants(endpoint, event)]
    _add(session, call, rows)
    done = update(Event).where(Event.id.in_([event.id for event in told])).values(dispatched_at=call.now)
    session.execute(done, execution_options={"synchronize_session": False})
    return len(told)


def deliver(call: Call, post: Post, mails: bool = False, report: Report = webhook_outcomes.stop) -> int:
    """Send what is due with `post` (`outbound.client`), until nothing is or for some seconds; how many were sent.

    `mails` says that letters have a way out: then an owner whose endpoint is disabled is told by mail.

    Each is claimed first, sent outside any transaction, and its outcome recorded. No endpoint waits for another: while
    slow ones are being waited for, what is due for others goes on being sent. What nobody foresaw is told to `report`
    and is a failure of that delivery alone.
    """
    with ThreadPoolExecutor(FOR_WELL + FOR_FAILING) as pool:
        return _Shift(pool, post, mails, report).work(call)


@db.transactional
def purge(session: Session, call: Call) -> int:
    """Remove events that are older than KEPT_FOR, and their deliveries; how many events (a bounded batch).

    What is still to be sent, because no worker came to it, stays; what waits for a disabled endpoint does not.
    """
    to_send = (WebhookDelivery.status == DeliveryStatus.PENDING, WebhookDelivery.next_attempt_at.is_not(None))
    is_over = (Event.created_at < call.now - KEPT_FOR, Event.dispatched_at.is_not(None))
    over = select(Event.id).where(*is_over, ~exists().where(WebhookDelivery.event_id == Event.id, *to_send))
    numbers = session.scalars(over.limit(BATCH).with_for_update(of=Event, skip_locked=True)).all()
    if numbers:
        session.execute(delete(Event).where(Event.id.in_(numbers)))
    return len(numbers)


def _audience(session: Session, told: Iterable[Event]) -> list[WebhookEndpoint]:
    dealers = {number for event in told for number in (event.dealer_id, event.seller_id)} | {0}
    # Shared locks: an endpoint that is enabled or disabled meanwhile sees the new deliveries or is seen by them.
    statement = select(WebhookEndpoint).where(outbox.AUDIENCE.in_([number or 0 for number in dealers]))
    return list(session.scalars(statement.order_by(WebhookEndpoint.id).with_for_update(read=True)))


def _wants(endpoint: WebhookEndpoint, event: Event) -> bool:
    if endpoint.test is not event.test or event.type not in endpoint.events:
        return False
    if endpoint.dealer_id not in (None, event.dealer_id, event.seller_id):
        return False
    return endpoint.disabled_at is None or endpoint.disabled_at > event.created_at


def _row(call: Call, event: Event, endpoint: WebhookEndpoint) -> dict[str, Any]:
    is_active = endpoint.status is EndpointStatus.ACTIVE
    return {
        "event_id": event.id,
        "endpoint_id": endpoint.id,
        "status": DeliveryStatus.PENDING,
        "attempts": 0,
        "next_attempt_at": call.now if is_active else None,
        "created_at": call.now,
    }


def _add(session: Session, call: Call, rows: list[dict[str, Any]]) -> None:
    numbers: set[int] = set()
    while len(numbers) < len(rows):
        numbers.add(call.new_ordered_id())
    if not rows:
        return
    try:
        numbered = [row | {"id": number} for row, number in zip(rows, sorted(numbers), strict=True)]
        session.execute(insert(WebhookDelivery), numbered)
    except IntegrityError as conflict:
        # Another process made the same number in the same second, or an endpoint went: the next round does it anew.
        raise errors.TryAgain from conflict


class _Shift:
    """One stretch of sending: what is on its way, and what may be taken on beside it."""

    def __init__(self, pool: ThreadPoolExecutor, post: Post, mails: bool, report: Report) -> None:
        self._pool = pool
        self._post = post
        self._mails = mails
        self._report = report
        self._running: dict[Future[Outcome], Claimed] = {}
        # Who has failed in this stretch is left alone until the next.
        self._failed: set[int] = set()

    def work(self, call: Call) -> int:
        """Take on and settle for TURNS turns at most, then wait for what is still on its way."""
        sent = 0
        try:
            for _ in range(TURNS):
                self._take_on(call)
                if not self._running:
                    break
                done = wait(self._running, PATIENCE.total_seconds()).done
                # The clock is not read in between; it has gone on by at least as much as was waited in vain.
                call = replace(call, now=call.now + PATIENCE) if len(done) < len(self._running) else call
                sent += self._settle(call, done)
        finally:
            # Also where no more can be taken on, what was sent is known to have been sent.
            sent += self._settle(call, wait(self._running).done)
        return sent

    def _take_on(self, call: Call) -> None:
        running = self._running.values()
        busy = self._failed | {claimed.endpoint_id for claimed in running}
        failing = sum(claimed.failing for claimed in running)
        well = len(running) - failing
        for claimed in webhook_claims.claim(call, busy, FOR_WELL - well, FOR_FAILING - failing):
            self._running[self._pool.submit(self._send, call, claimed)] = claimed

    def _send(self, call: Call, claimed: Claimed) -> Outcome:
        return self._post(_letter(call, claimed))

    def _settle(self, call: Call, done: Iterable[Future[Outcome]]) -> int:
        results = [(self._running.pop(one), self._outcome(one)) for one in done]
        self._failed |= {claimed.endpoint_id for claimed, outcome in results if outcome.error is not None}
        return webhook_outcomes.settle(call, results, self._mails, self._report) if results else 0

    def _outcome(self, sent: Future[Outcome]) -> Outcome:
        try:
            return sent.result()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            self._report(error)
            return Outcome(error=DeliveryError.BAD_ANSWER)


def _letter(call: Call, claimed: Claimed) -> Letter:
    name = identifiers.show("evt", claimed.event_id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Prolong-Webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(int(call.now.timestamp())),
        # `call.now` is in UTC; the library takes any zone for it.
        "webhook-signature": Webhook(claimed.secret).sign(name, call.now, claimed.body),
    }
    return Letter(claimed.url, headers, claimed.body.encode())
