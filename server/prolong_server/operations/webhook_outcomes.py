"""What came of sending, recorded under the lease of who sent: taken, to be sent again, or the end of an endpoint."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import CursorResult, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.keyring import KeysBehind
from prolong_server.models.webhooks import WebhookDelivery, WebhookEndpoint
from prolong_server.operations import webhook_endpoints, webhook_mails
from prolong_server.operations.outbound import Outcome
from prolong_server.operations.webhook_claims import Claimed
from prolong_server.rules import attempts
from prolong_server.rules.events import DeliveryError, DeliveryStatus, EndpointStatus

GONE, FAILING = "gone", "failing"
_EXPLAINED: Final = {
    GONE: "the receiver answered 410 Gone",
    FAILING: "for three days the receiver took nothing",
}
_MOST_STATUS: Final = 32767
Report = Callable[[Exception], None]


def stop(error: Exception) -> None:
    """The report of who wants to hear of what was not foreseen by being stopped."""
    raise error


@db.transactional
def settle(
    session: Session,
    call: Call,
    results: Collection[tuple[Claimed, Outcome]],
    mails: bool = False,
    report: Report = stop,
) -> int:
    """Record what came of sending; how many. Nothing is recorded where the lease is no longer the claimed one.

    An endpoint that is disabled by it is told of by mail, if `mails` says that there is a way out for them. What cannot
    be recorded is reported and goes out again after its lease; the others are recorded all the same.
    """
    endpoints = webhook_endpoints.held(session, {claimed.endpoint_id for claimed, _outcome in results})
    recorded = 0
    for claimed, outcome in sorted(results, key=lambda result: result[0].id):
        try:
            with session.begin_nested():
                recorded += _settled(session, call, endpoints.get(claimed.endpoint_id), claimed, outcome, mails)
        except (OperationalError, InterfaceError, KeysBehind):
            # The database is away, or newer keys are to be loaded, for all of them.
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            report(error)
    return recorded


def _settled(
    session: Session, call: Call, endpoint: WebhookEndpoint | None, claimed: Claimed, outcome: Outcome, mails: bool
) -> bool:
    if endpoint is None:
        return False
    if outcome.error is None:
        # It may have begun to fail after this one was claimed.
        endpoint.failing_since = None
        values = {"status": DeliveryStatus.DELIVERED, "delivered_at": call.now, "next_attempt_at": None}
        return _record(session, claimed, outcome, values)
    if not _record(session, claimed, outcome, _next(call, claimed, outcome, endpoint)):
        return False
    endpoint.failing_since = endpoint.failing_since or call.now
    _disable_if_dead(session, call, endpoint, outcome, mails)
    return True


def _disable_if_dead(session: Session, call: Call, endpoint: WebhookEndpoint, outcome: Outcome, mails: bool) -> None:
    reason = _reason(call, endpoint, outcome)
    if reason is None or endpoint.status is not EndpointStatus.ACTIVE:
        return
    webhook_endpoints.disable(session, call, endpoint, reason)
    if mails:
        webhook_mails.tell_disabled(session, call, endpoint, _EXPLAINED[reason])


def _next(call: Call, claimed: Claimed, outcome: Outcome, endpoint: WebhookEndpoint) -> dict[str, object]:
    asked = attempts.retry_after(outcome.retry_after, call.now)
    wait = attempts.wait(claimed.attempts + 1, _jitter(call), asked)
    # What a receiver that is gone has not got waits for the day on which it is enabled again.
    if wait is None and outcome.error is not DeliveryError.GONE:
        return {"status": DeliveryStatus.FAILED, "next_attempt_at": None}
    is_active = endpoint.status is EndpointStatus.ACTIVE
    return {"next_attempt_at": call.now + (wait or timedelta()) if is_active else None}


def _jitter(call: Call) -> float:
    return int.from_bytes(call.random(2), "big") / 0xFFFF


def _reason(call: Call, endpoint: WebhookEndpoint, outcome: Outcome) -> str | None:
    if outcome.error is DeliveryError.GONE:
        return GONE
    since = endpoint.failing_since
    return FAILING if since is not None and call.now - since >= attempts.GIVE_UP else None


def _record(session: Session, claimed: Claimed, outcome: Outcome, values: dict[str, object]) -> bool:
    held = (WebhookDelivery.id == claimed.id, WebhookDelivery.lease == claimed.lease)
    status = outcome.status if outcome.status is None or outcome.status <= _MOST_STATUS else None
    told = {"attempts": claimed.attempts + 1, "last_status": status, "last_error": outcome.error, "lease": None}
    done = session.execute(update(WebhookDelivery).where(*held).values(told | values))
    return isinstance(done, CursorResult) and done.rowcount == 1
