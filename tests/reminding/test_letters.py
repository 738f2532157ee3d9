"""What a letter to a customer says, and in which language."""

import re
from dataclasses import replace
from datetime import date

import pytest

from prolong_server.rules.languages import Language
from tests import vendor
from tests.reminding.days import OLENA, held, reminded, subject, text


def test_a_letter_says_what_happens_and_what_to_do(shop):
    held(30, dealer=shop.dealer)
    (message,) = reminded()
    said = text(message)
    assert message["To"] == "olena@example.org"
    assert subject(message) == "Shield: ваша ліцензія діє до 4 квітня 2026 р."
    for fact in ("Shield, Home", "4 квітня 2026", "4 травня 2026", "Робочих місць: 1", "Soft Kyiv", "код продовження"):
        assert fact in said
    assert re.search(r"^https://renew\.example/license#[\w.-]+$", said, re.MULTILINE)
    assert "KEY-" not in said
    assert "Olena" not in said


@pytest.mark.parametrize(
    ("days_left", "grace", "said"),
    [
        (30, 1, "runs until April 4, 2026, that day included"),
        (30, 1, "It can be renewed until May 4, 2026, but"),
        (30, 0, "once it has ended it cannot be renewed any more"),
        (0, 1, "Today, March 5, 2026, is the last day"),
        (-14, 1, "The license is not lost: it can still be renewed until March 19, 2026"),
    ],
)
def test_the_words_fit_the_day_and_the_grace(room, days_left, grace, said):
    vendor.found(renewal_grace_months=grace)
    held(days_left, starts_on=date(2025, 1, 1), customer=replace(OLENA, language=Language.EN))
    (message,) = reminded()
    assert said in text(message)


def test_a_letter_that_is_late_counts_from_its_own_day(shop):
    held(0, customer=replace(OLENA, language=Language.EN))
    (message,) = reminded(3)
    assert subject(message) == "Shield: your license ended on March 5, 2026"


@pytest.mark.parametrize(
    ("language", "country", "spoken"),
    [
        (Language.RU, "UA", "ru"),
        (Language.EN, "UA", "en"),
        (None, "UA", "uk"),
        (None, "BY", "ru"),
        (None, "KZ", "ru"),
        (None, "DE", "en"),
        (None, None, "uk"),
    ],
)
def test_a_letter_speaks_the_language_of_the_customer_else_of_the_country(shop, language, country, spoken):
    held(customer=replace(OLENA, language=language, country=country))
    (message,) = reminded()
    assert message["Content-Language"] == spoken
    greetings = {"en": "Good day!", "uk": "Добрий день!", "ru": "Здравствуйте!"}
    assert text(message).startswith(greetings[spoken])


def test_where_no_seller_is_known_the_vendor_helps_and_the_shops_of_the_product_are_named(room):
    vendor.found(where_to_buy="https://buy.example", registration_url="https://enter.example")
    held(customer=replace(OLENA, language=Language.EN))
    (message,) = reminded()
    said = text(message)
    for fact in ("Vendor will be glad", "+1 555 0100", "Where to buy: https://buy.example", "https://enter.example"):
        assert fact in said
