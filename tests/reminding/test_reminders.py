"""Whom a reminder reaches, when, and how often."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import postings, reminders
from prolong_server.licensing import customers, licenses, products, redemptions
from prolong_server.licensing.license_specs import LicenseSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.models.licensing import License
from prolong_server.models.mail import DealerList, Mail, Reminder
from prolong_server.models.webhooks import Event, WebhookEndpoint
from prolong_server.rules import identifiers
from prolong_server.rules.vocabulary import LicenseClass
from tests import vendor
from tests.reminding.days import (
    OLENA,
    STEPS,
    count,
    held,
    many,
    remind,
    reminded,
    sent,
    told_on,
    with_mail,
)
from tests.vendor import TODAY, called


def test_a_license_is_reminded_of_at_each_step_once(shop):
    held(60)
    days = told_on(range(100))
    assert days == [60 - step for step in STEPS]


def test_a_day_without_a_worker_is_made_up_for_and_of_missed_steps_only_the_latest_is_told(shop):
    held(60)
    assert told_on([0, 35, 36, 59, 80]) == [0, 35, 59, 80]
    assert told_on([81, 91, 92]) == [91]


def test_a_step_that_is_a_week_old_is_not_told_any_more(shop):
    held(30)
    assert told_on([7, 8, 22, 23]) == [23]


def test_a_license_made_between_two_steps_gets_the_steps_to_come(shop):
    held(28)
    assert told_on(range(22)) == [21]


def test_without_a_renewal_grace_nothing_is_told_after_the_end(room):
    vendor.found(renewal_grace_months=0)
    held(0)
    assert told_on(range(40)) == [0]


def test_nothing_is_told_after_the_grace_month(shop):
    held(-40, expires_on=TODAY - timedelta(days=1))
    assert told_on([20, 27, 28, 29, 30, 31, 32]) == [27]


def test_a_renewal_begins_a_new_series(shop):
    license_ = held(0)
    assert told_on([0]) == [0]
    redemptions.redeem(called(1), vendor.renewal(vendor.codes(shop)[0], license_.license_key))
    assert told_on([1, 14, 25]) == []
    assert told_on([365 - 60, 365 - 30]) == [305, 335]


@pytest.mark.parametrize(
    "changes",
    [
        {"customer": None},
        {"customer": replace(OLENA, email=None)},
        {"customer": replace(OLENA, reminders=False)},
        {"activated_on": None},
        {"license_class": LicenseClass.TRIAL},
        {"license_class": LicenseClass.NFR},
        {"test": True},
    ],
)
def test_no_letter_goes_to_a_customer_who_may_not_be_written_to_or_could_not_renew(shop, changes):
    held(**changes)
    assert reminded() == []


def test_no_letter_is_sent_for_a_suspended_license_until_it_is_reinstated(shop):
    license_ = held()
    licenses.suspend(called(), license_.id, "unpaid")
    assert reminded() == []
    licenses.reinstate(called(2), license_.id, "paid")
    assert len(reminded(2)) == 1


def test_an_erased_customer_gets_no_letter_nor_one_that_waits_already(shop):
    license_ = held(30)
    later = held(37)
    remind()
    for one in (license_, later):
        customers.erase(called(), one.customer_id or "")
    assert sent() == []
    assert reminded(7) == []


def test_without_a_way_for_mail_no_letter_is_queued_and_none_is_made_up_for_a_month_later(shop):
    held(30)
    remind(by_mail=False)
    assert count(Mail) == 0
    assert reminded(10) == []
    assert len(reminded(23)) == 1


def listen(dealer: str | None = None) -> None:
    """Put an endpoint that wants to hear of licenses that run out."""
    number = identifiers.read("dlr", dealer) if dealer else None
    with Session(db.db.engine) as session, session.begin():
        session.add(
            WebhookEndpoint(
                id=number or 1,
                dealer_id=number,
                url="https://hooks.example",
                events=("license.expiring",),
                test=False,
                secret=b"sealed",
                status="active",
                created_at=called().now,
            )
        )


def events() -> list[Event]:
    with Session(db.db.engine) as session:
        return list(session.scalars(select(Event).order_by(Event.created_at)))


def test_programs_are_told_at_60_30_7_and_0_days_also_where_no_mail_can_be_sent(shop):
    listen(shop.dealer)
    license_ = held(60, dealer=shop.dealer)
    for day in range(100):
        remind(day, by_mail=False)
    told = events()
    assert [(event.created_at.date() - TODAY).days for event in told] == [0, 30, 53, 60]
    assert license_.id in told[0].body
    assert '"days_left":60' in told[0].body
    assert "KEY-" not in told[0].body
    assert "olena" not in told[0].body.lower()


def test_programs_are_told_once_whether_or_not_a_letter_goes_out(shop):
    listen()
    held(30)
    remind(0, by_mail=False)
    remind(1, by_mail=True)
    assert len(events()) == 1
    assert len(sent(1)) == 1


def test_what_is_posted_is_found_as_well_as_what_came_since(shop):
    first = held(63)
    while postings.post(called(2)):
        pass
    assert len(reminded(3)) == 1
    second = held_since(3)
    assert len(reminded(3)) == 1
    assert {first.id, second.id} == {identifiers.show("lic", number) for number in remembered()}


def held_since(day: int) -> LicenseView:
    """A license like the others, made on a later day, which then has 60 days left."""
    days: dict[str, Any] = {"starts_on": TODAY, "activated_on": TODAY, "expires_on": TODAY + timedelta(days=day + 60)}
    return licenses.create(called(day), LicenseSpec(vendor.PRODUCT, "home", 1, "UA", **days, customer=OLENA))


def remembered() -> set[int]:
    with Session(db.db.engine) as session:
        return set(session.scalars(select(Reminder.license_id)))


def test_a_batch_is_bounded_and_the_work_ends(shop):
    many(205)
    assert reminders.remind(called(), by_mail=True) == 200
    assert reminders.remind(called(), by_mail=True) == 5
    assert reminders.remind(called(), by_mail=True) == 0
    assert len(remembered()) == 205


def test_what_was_noted_is_deleted_a_year_after_the_end(shop):
    held(0, dealer=with_mail(shop))
    remind()
    assert reminders.purge(called(366)) == 0
    assert reminders.purge(called(367)) > 0
    assert reminders.purge(called(367)) == 0
    assert (count(Reminder), count(DealerList)) == (0, 0)


def test_a_reminder_changes_no_license(shop):
    license_ = held(30)
    remind()
    with Session(db.db.engine) as session:
        row = session.get(License, identifiers.read("lic", license_.id))
        assert row is not None
        assert (row.seq, row.changed_at) == (1, called().now)


def test_the_grace_is_that_of_the_product_as_it_now_is(shop):
    held(-14, starts_on=date(2025, 1, 1))
    products.change(called(), vendor.PRODUCT, {"renewal_grace_months": 0})
    assert reminded() == []


def test_a_letter_that_waited_too_long_is_not_sent_after_the_grace_month(shop):
    held(-25)
    remind()
    assert sent(10) == []
    assert one_outcome() == "no longer of use"


def test_a_letter_that_waited_is_not_sent_once_the_license_is_renewed(shop):
    license_ = held(7)
    remind()
    redemptions.redeem(called(1), vendor.renewal(vendor.codes(shop)[0], license_.license_key))
    assert sent(1) == []
    assert one_outcome() == "no longer of use"


def one_outcome() -> str | None:
    with Session(db.db.engine) as session:
        return session.scalars(select(Mail.outcome)).one()
