from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.licensing import customers, license_links, licenses
from prolong_server.licensing.license_links import LicenseState
from prolong_server.licensing.license_specs import CustomerSpec
from prolong_server.models.mail import Mail
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import mail
from prolong_server.operations.mail_messages import Letter
from prolong_server.rules import errors, identifiers
from prolong_server.rules.actors import ANYBODY
from prolong_server.rules.vocabulary import LicenseClass
from tests import vendor
from tests.room import NOW
from tests.vendor import called

OLENA = CustomerSpec("Olena", "olena@example.org", "UA", reminders=True)


@pytest.fixture
def shop(room):
    return vendor.found(where_to_buy="https://buy.example", registration_url="https://enter.example")


def number(license_) -> int:
    return identifiers.read("lic", license_.id) or 0


def token(license_, call=None) -> str:
    address = license_links.address(call or called(), number(license_))
    head, _, told = address.partition("#")
    assert head == "https://renew.example/license"
    return told


def opened(license_, days=0):
    return license_links.show(called(days, actor=ANYBODY), token(license_))


def test_a_link_shows_the_license_without_its_key_and_without_a_person(shop):
    license_ = vendor.license_(30, dealer=shop.dealer, customer=OLENA)
    shown = opened(license_)
    assert (shown.product, shown.edition, shown.seats) == ("Shield", "Home", 1)
    assert (shown.expires_on, shown.renewable_until) == (license_.expires_on, license_.renewable_until)
    assert (shown.where_to_buy, shown.registration_url) == ("https://buy.example", "https://enter.example")
    assert shown.seller is not None
    assert shown.support is not None
    assert (shown.seller.name, shown.support.name) == ("Soft Kyiv", "Vendor")
    assert shown.reminders
    assert license_.license_key.endswith(shown.license_key_ending)
    assert len(shown.license_key_ending) <= len(license_.license_key) / 2
    assert "Olena" not in repr(shown)
    assert "olena" not in repr(shown)


@pytest.mark.parametrize(
    ("days", "state"), [(0, "running"), (30, "running"), (31, "grace"), (60, "grace"), (61, "ended")]
)
def test_a_license_runs_to_its_last_day_then_waits_for_its_renewal_then_has_ended(shop, days, state):
    assert opened(vendor.license_(30), days).state == state


def test_a_license_that_cannot_be_renewed_has_no_grace(shop):
    shown = opened(vendor.license_(30, license_class=LicenseClass.PROMO), 31)
    assert (shown.state, shown.renewable_until) == (LicenseState.ENDED, None)


def test_a_suspended_license_is_blocked(shop):
    license_ = vendor.license_(30)
    licenses.suspend(called(), license_.id, "unpaid")
    assert opened(license_).state is LicenseState.BLOCKED


def test_a_link_works_for_90_days(shop):
    license_ = vendor.license_(30)
    made = token(license_)
    assert license_links.show(called(90), made).product
    with pytest.raises(errors.LinkInvalid):
        license_links.show(called(now=NOW + timedelta(days=90, seconds=1)), made)


def test_a_link_signed_with_an_older_secret_works_as_long_as_it_is_held(shop):
    license_ = vendor.license_(30)
    made, old = token(license_), called().keys
    newer = replace(called(), keys=replace(old, secrets=(b"n" * 32, *old.secrets)))
    only = replace(called(), keys=replace(old, secrets=(b"n" * 32,)))
    assert license_links.show(newer, made).product
    assert license_links.show(only, token(license_, newer)).product
    with pytest.raises(errors.LinkInvalid):
        license_links.show(only, made)


def test_what_is_not_a_link_of_ours_is_not_opened(shop):
    license_ = vendor.license_(30)
    good = token(license_)
    secret = called().keys.secrets[0]
    foreign = URLSafeTimedSerializer(secret, salt="another purpose").dumps(number(license_))
    unknown = license_links.address(called(), 7).partition("#")[2]
    middle = len(good) // 2
    changed = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    for wrong in ("", "x", "Привіт", good[:-1], good[1:], changed, foreign, unknown, license_.id, "\ud800"):
        for ask in (license_links.show, license_links.unsubscribe):
            with pytest.raises(errors.LinkInvalid):
                ask(called(actor=ANYBODY), wrong)


def queue(license_, purpose: str) -> None:
    with Session(db.db.engine) as session, session.begin():
        letter = Letter("subject", "text")
        customer = identifiers.read("cus", license_.customer_id)
        told: dict[str, Any] = {"to": "olena@example.org", "letter": letter, "language": "en", "customer_id": customer}
        mail.queue(session, called(), purpose=purpose, **told)


def waiting() -> list[str]:
    with Session(db.db.engine) as session:
        return list(session.scalars(select(Mail.purpose)))


def test_who_wants_no_more_reminders_gets_none_that_waits_either_and_it_is_in_the_trail_once(shop):
    license_ = vendor.license_(30, customer=OLENA)
    queue(license_, license_links.PURPOSE)
    queue(license_, "other")
    for _ in range(2):
        assert not license_links.unsubscribe(called(actor=ANYBODY), token(license_)).reminders
    assert waiting() == ["other"]
    with Session(db.db.engine) as session:
        stopped = AuditEvent.action == "customer.reminders_stopped"
        (event,) = session.scalars(select(AuditEvent).where(stopped))
    assert (event.actor, event.object_id, event.after) == ("anonymous", license_.customer_id, {"reminders": False})


@pytest.mark.parametrize("customer", [None, OLENA])
def test_without_a_customer_there_is_nothing_to_stop(shop, customer):
    license_ = vendor.license_(30, customer=customer)
    if license_.customer_id:
        customers.erase(called(), license_.customer_id)
    assert not license_links.unsubscribe(called(), token(license_)).reminders
