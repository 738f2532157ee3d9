"""Every operation that changes rows leaves an audit event in the same transaction: who, from where, what."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from prolong_server import db
from prolong_server.models.licensing import Customer
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import webhooks
from prolong_server.rules.permissions import PERMISSIONS
from tests.api import moving, spoiled
from tests.api.asking import client, rows
from tests.api.filled import Filled, called, opened
from tests.api.test_matrix import routes

LICENSES = (
    "license_key,product,edition,seats,country,starts_on,expires_on\r\nKEY-CSV,shield,home,1,UA,2026-01-01,2027-01-01"
)
PRICES = "product,edition,period_years,seats_from,new_price,renewal_price\r\nshield,home,1,1,20.00,10.00\r\n"
HOOK = {"url": "https://hooks.example/in", "events": ["order.issued"]}
REQUEST_ID = "audited-request"
# What changes without an event: a redemption's row is its own record of what was before and after, and is never
# changed; the path that every customer takes is not made longer by a second one.
OWN_RECORD = {"redemptions.redeem": "redemptions"}
# What only asks, although it is no GET.
ONLY_ASK = {"license_files.verify", "redemptions.check", "codes.status", "codes.search", "license_links.open"}
# Tables that keep the house and tell nothing of what somebody did.
NOT_AUDITED = {"audit_events", "counters", "kept_answers", "events", "mails"}
Ask = Callable[[str, str], Any]


@contextmanager
def house(filled: Filled, folder: Path) -> Iterator[Flask]:
    """The application on a copy of the filled database, for one operation alone."""
    file = folder / "prolong.db"
    shutil.copy(filled.file, file)
    with opened(file) as app:
        yield app
    for one in folder.glob("prolong.db*"):
        one.unlink()


def send(app: Flask, filled: Filled, method: str, path: str, **sent: Any) -> Any:
    """What the door answers to an admin."""
    headers = {"Authorization": f"Bearer {filled.tokens['admin']}", "X-Request-Id": REQUEST_ID}
    keyed = headers if path.endswith("/validate") else headers | {"Idempotency-Key": f"{method} {path}"}
    return client(app).open(path, method=method, headers=keyed, **sent)


def request_of(app: Flask, filled: Filled, name: str) -> tuple[str, str, dict[str, Any]]:
    """Method, address and body of a good request, after what must be there before it has been made."""
    known = filled.known
    license_ = f"/v1/licenses/{known['license']}"
    machine = f"{license_}/machines/{known['machine']}"
    simple = without_body(known) | {
        "orders.confirm": ("POST", f"/v1/orders/{known['order']}/confirm", {}),
        "dealer_tokens.delete": ("DELETE", f"/v1/dealers/{known['dealer']}/tokens/{known['token']}", {}),
        "machines.release": ("DELETE", machine, {}),
        "customers.erase": ("DELETE", f"/v1/customers/{known['customer']}/personal-data", {}),
        "licenses.import": ("POST", "/v1/licenses/import", uploaded(LICENSES)),
        "price_lists.import": ("POST", "/v1/price-lists/import?currency=EUR&valid_from=2027-01-01", uploaded(PRICES)),
    }
    if name == "licenses.reinstate":
        done(send(app, filled, "POST", f"{license_}/suspend", json={"reason": "unpaid"}))
    if name == "validations.validate":
        done(send(app, filled, "DELETE", machine))
    if name == "license_links.unsubscribe":
        with app.app_context(), db.db.engine.begin() as connection:
            connection.execute(update(Customer).values(reminders=True))
    if name.startswith("webhook_") and name != "webhook_endpoints.create":
        return hooked(app, filled)[name]
    if name in simple:
        return simple[name]
    method, path, body = spoiled.bodies(filled)[name]
    return method, path, {"json": body | ({"dealer": known["dealer"]} if name == "orders.place" else {})}


def without_body(known: dict[str, str]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The good requests about transfer requests whose body is no JSON."""
    steps = {step: f"/v1/transfer-requests/{known[f'{step}_request']}" for step in moving.STEPS}
    draft, kept = steps["draft"], f"{steps['draft']}/attachments/{known['attachment']}"
    scan = {"kind": "letter", "file": (io.BytesIO(moving.picture()), "letter.png")}
    return {
        "transfer_requests.submit": ("POST", f"{draft}/submit", {}),
        "transfer_requests.withdraw": ("POST", f"{draft}/withdraw", {}),
        "transfer_requests.renew_link": ("POST", f"{draft}/renew-link", {}),
        "transfer_requests.revoke_link": ("POST", f"{draft}/revoke-link", {}),
        "attachments.add": ("POST", f"{draft}/attachments", {"data": scan}),
        "attachments.remove": ("DELETE", kept, {}),
        "request_reviews.begin": ("POST", f"{steps['submitted']}/review", {}),
        "request_reviews.execute": ("POST", f"{steps['approved']}/execute", {}),
    }


def uploaded(text: str) -> dict[str, Any]:
    return {"data": text, "content_type": "text/csv"}


def hooked(app: Flask, filled: Filled) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The requests about an endpoint and a delivery that are there."""
    made = done(send(app, filled, "POST", "/v1/webhook-endpoints", json=HOOK))
    done(send(app, filled, *request_of(app, filled, "orders.place")[:2], **request_of(app, filled, "orders.place")[2]))
    with app.app_context():
        assert webhooks.dispatch(called(app)) >= 1
    listed = done(send(app, filled, "GET", "/v1/webhook-deliveries"))
    place = f"/v1/webhook-endpoints/{made['id']}"
    return {
        "webhook_endpoints.change": ("PATCH", place, {"json": {"status": "disabled"}}),
        "webhook_endpoints.delete": ("DELETE", place, {}),
        "webhook_deliveries.redeliver": (
            "POST",
            f"/v1/webhook-deliveries/{listed['items'][0]['id']}/redeliver",
            {},
        ),
    }


def done(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json


def events(app: Flask) -> list[Any]:
    with app.app_context(), db.db.engine.connect() as connection:
        return list(connection.execute(select(AuditEvent).order_by(AuditEvent.id)).all())


def changed(app: Flask, before: dict[str, list[Any]]) -> set[str]:
    """The tables that are not as they were."""
    after = rows(app)
    return {name for name in after if after[name] != before[name]} - NOT_AUDITED


WRITING = sorted(
    name
    for name in PERMISSIONS
    if not name.endswith((".list", ".show", ".history", ".codes", ".entries", ".letter", ".archive"))
    and not name.startswith("reports.")
)


def test_the_operations_that_are_tried_are_all_that_are_no_get(own: Flask):
    routed = {route.operation for route in routes(own) if route.method not in {"GET", "HEAD", "OPTIONS"}}
    assert set(WRITING) == routed


@pytest.mark.parametrize("name", sorted(set(WRITING) - ONLY_ASK - set(OWN_RECORD)))
def test_a_change_leaves_an_event_that_says_who_from_where_and_what(name: str, filled: Filled, tmp_path: Path):
    with house(filled, tmp_path) as app:
        method, path, sent = request_of(app, filled, name)
        before, seen = rows(app), len(events(app))
        done(send(app, filled, method, path, **sent))
        told = events(app)[seen:]
        assert changed(app, before)
    assert told
    who = "anonymous" if PERMISSIONS[name].is_for_everybody else "stf_"
    for one in told:
        assert one.actor.startswith(who)
        assert (one.address, one.request_id) == ("127.0.0.1", REQUEST_ID)
        assert one.action
        assert one.object_id


@pytest.mark.parametrize("name", sorted(set(WRITING) - ONLY_ASK - set(OWN_RECORD)))
def test_what_cannot_be_audited_is_not_done(name: str, filled: Filled, tmp_path: Path):
    with house(filled, tmp_path) as app:
        method, path, sent = request_of(app, filled, name)
        before = rows(app)
        with app.app_context():
            event.listen(db.db.engine, "before_cursor_execute", refuse_events)
        assert send(app, filled, method, path, **sent).status_code == 500
        assert changed(app, before) == set()


def refuse_events(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
    if statement.startswith("INSERT INTO audit_events"):
        raise RuntimeError("no event can be written")


@pytest.mark.parametrize("name", sorted(OWN_RECORD))
def test_what_has_no_event_is_its_own_record(name: str, filled: Filled, tmp_path: Path):
    with house(filled, tmp_path) as app:
        method, path, sent = request_of(app, filled, name)
        before = rows(app)
        done(send(app, filled, method, path, **sent))
        assert OWN_RECORD[name] in changed(app, before)


@pytest.mark.parametrize("name", sorted(ONLY_ASK))
def test_what_only_asks_changes_nothing(name: str, filled: Filled, tmp_path: Path):
    with house(filled, tmp_path) as app:
        method, path, sent = request_of(app, filled, name)
        before = rows(app)
        done(send(app, filled, method, path, **sent))
        assert changed(app, before) == set()
