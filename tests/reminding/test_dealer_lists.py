"""The list that a dealer gets."""

from email.message import EmailMessage

import pytest

from prolong_server.channel import dealers, reminders
from prolong_server.channel.dealers import DealerSpec
from prolong_server.models.mail import DealerList
from tests.reminding.days import STEPS, count, held, many, remind, reminded, sent, subject, text, with_mail
from tests.vendor import called


def lists(days: int = 0) -> list[EmailMessage]:
    return [message for message in reminded(days) if message["To"] == "sales@kyiv.example"]


def test_a_dealer_gets_one_list_a_day_of_what_it_sold(shop):
    dealer = with_mail(shop)
    mine = [held(days_left, dealer=dealer) for days_left in (60, 30, 30, 0)]
    other = [held(30), held(45, dealer=dealer), held(30, dealer=dealer, test=True)]
    (message,) = lists()
    said = text(message)
    assert [license_.id for license_ in mine if license_.id not in said] == []
    assert [license_.id for license_ in other if license_.id in said] == []
    assert "olena" not in said.lower()
    assert "KEY-" not in said
    assert message["Content-Language"] == "uk"
    assert "4 (5 березня 2026 р.)" in subject(message)


def test_a_license_is_listed_once_at_each_step(shop):
    dealer = with_mail(shop)
    license_ = held(60, dealer=dealer, customer=None)
    days = [day for day in range(100) for message in lists(day) if license_.id in text(message)]
    assert days == [60 - step for step in STEPS]


def test_what_comes_later_in_the_day_waits_for_the_next_days_list(shop):
    dealer = with_mail(shop)
    held(30, dealer=dealer)
    assert len(lists()) == 1
    second = held(30, dealer=dealer)
    assert lists() == []
    (message,) = lists(1)
    assert second.id in text(message)


@pytest.mark.parametrize("changes", [{"email": None}, {"status": "suspended"}])
def test_a_dealer_without_an_address_or_suspended_gets_no_list(shop, changes):
    held(30, dealer=with_mail(shop, **changes), customer=None)
    assert reminded() == []


def test_a_dealer_with_nothing_to_tell_is_looked_after_once_a_day_and_gets_no_mail(shop):
    with_mail(shop)
    assert remind() == 1
    assert remind() == 0
    assert count(DealerList) == 1
    assert sent() == []


def test_a_long_list_names_500_and_says_how_many_more_there_are(shop):
    dealer = with_mail(shop)
    many(503, dealer=dealer)
    (message,) = lists()
    assert text(message).count("lic_") == 500
    assert "не названих: 3." in text(message)
    assert lists(1) == []


def test_many_dealers_are_looked_after_in_turn(shop):
    with_mail(shop)
    for number in range(25):
        dealers.create(called(), DealerSpec(f"D{number}", "DE", ("DE",), "EUR", email=f"d{number}@example.org"))
    assert reminders.remind(called(), by_mail=True) == 20
    assert reminders.remind(called(), by_mail=True) == 6
    assert reminders.remind(called(), by_mail=True) == 0
