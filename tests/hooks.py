"""Webhooks of a small vendor, as tests make endpoints, events and deliveries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing.license_views import LicenseView
from prolong_server.models.channel import Dealer
from prolong_server.operations import (
    outbound,
    outbox,
    webhook_endpoints,
    webhook_log,
    webhooks,
)
from prolong_server.operations.outbound import Outcome
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import identifiers
from prolong_server.rules.actors import Actor, Scope
from prolong_server.rules.events import DeliveryError, EventKind
from tests import vendor
from tests.receivers import LOOPBACK
from tests.vendor import Vendor

# Receivers compare the signature's time with their own clock.
NOW = datetime.now(UTC)
EVERY = tuple(kind.value for kind in EventKind)
POST = outbound.client(LOOPBACK, seconds=3)
SILENT = "https://silent.example/hooks"


def called(**span: float) -> Call:
    return vendor.called(now=NOW + timedelta(**span))


def dealer(shop: Vendor, test: bool = False, **span: float) -> Call:
    number = identifiers.read("dlr", shop.dealer)
    return replace(called(**span), actor=Actor("dealer", number, 7, None, number, frozenset(Scope), test))


def endpoint(url: str = SILENT, call: Call | None = None, **changes) -> tuple[str, str]:
    """A new endpoint's id and secret; the vendor's for every event unless changed."""
    made, secret = webhook_endpoints.create(call or called(), EndpointSpec(url, EVERY, **changes), LOOPBACK)
    return made.id, secret


def running(**changes) -> LicenseView:
    """A license that runs for a month from now."""
    return vendor.license_(expires_on=called().today + timedelta(days=30), **changes)


def tell(number: int = 1, dealer_id: int | None = None, **changes) -> None:
    data = {"order": "ord_1", "voided": number, "test": False} | changes
    with Session(db.db.engine) as session, session.begin():
        outbox.tell(session, called(), EventKind.CODE_VOIDED, data, dealer_id)


def count(table: type) -> int:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def send(post: outbound.Post = POST, **span: float) -> int:
    webhooks.dispatch(called(**span))
    return webhooks.deliver(called(**span), post)


def log(**asked) -> list[webhook_log.DeliveryView]:
    return list(webhook_log.list_all(called(), **asked).items)


def answering(*outcomes: Outcome) -> outbound.Post:
    """A way to post that needs no receiver: the outcomes in turn, the last one for ever."""
    left = list(outcomes)
    return lambda _letter: left.pop(0) if len(left) > 1 else left[0]


def other_dealer() -> int:
    with Session(db.db.engine) as session, session.begin():
        known = session.scalars(select(Dealer)).first()
        values = {column.key: getattr(known, column.key) for column in Dealer.__table__.columns}
        session.add(Dealer(**values | {"id": 99}))
    return 99


FAILED = answering(Outcome(500, DeliveryError.SERVER_ERROR))
TAKEN = answering(Outcome(204))
