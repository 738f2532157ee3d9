"""Every sentence of the registration form exists in English, Ukrainian and Russian."""

import datetime as dt
import string

import pytest

from prolong import refusals, texts_en
from prolong.texts import LANGUAGES, Texts, texts
from prolong_server.rules import errors
from prolong_server.rules.errors.base import RedemptionRefusal


def slots(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def flat(language):
    spoken = LANGUAGES[language]
    parts = {f"{code}.{at}": text for code, told in spoken.REFUSALS.items() for at, text in enumerate(told)}
    return {**spoken.SENTENCES, **parts}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_and_asks_for_the_same_facts(language):
    told, english = flat(language), flat("en")
    assert told.keys() == english.keys()
    assert [name for name in english if slots(told[name]) != slots(english[name]) or not told[name]] == []


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_a_translation_speaks_another_language_and_ends_like_its_sentence(language):
    told, english = flat(language), flat("en")
    assert {name for name in english if told[name] == english[name]} == {"failed.text", "refused.text"}
    assert [name for name in english if told[name][-1:] in ".…" and english[name][-1:] not in ".…"] == []


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_letters_of_two_alphabets_never_stand_in_one_word(language):
    latin = set(string.ascii_letters)
    words = "".join(sign if sign.isalpha() else " " for sign in " ".join(flat(language).values())).split()
    assert [word for word in words if latin & set(word) and set(word) - latin] == []


def test_every_refusal_that_a_code_can_meet_is_told_by_the_form():
    told = {kind.code for kind in RedemptionRefusal.__subclasses__()}
    assert told <= texts_en.REFUSALS.keys()
    assert texts_en.REFUSALS.keys() <= refusals.BY_CODE.keys()
    assert errors.CodeVoided.code in told


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "30 April 2027"), ("uk", "30 квітня 2027 р."), ("ru", "30 апреля 2027 г.")]
)
def test_a_date_is_written_as_the_language_writes_it(language, expected):
    assert Texts(language).day(dt.date(2027, 4, 30)) == expected
    assert expected in Texts(language).refusal("code_expired", {"good_until": "2027-04-30"}, "")[1]


@pytest.mark.parametrize("wanted", ["uk", "uk-UA", "UK", "uk_UA.UTF-8"])
def test_a_language_is_known_by_any_of_its_names(wanted):
    assert texts(wanted).language == "uk"


def test_the_language_of_the_environment_is_taken_and_english_where_it_is_not_spoken(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert texts().language == "ru"
    assert texts("de").language == "en"


def test_a_refusal_without_its_facts_or_unknown_to_this_version_is_told_in_the_server_s_words():
    assert Texts("uk").refusal("code_expired", {}, "Said by the server.")[1] == "Said by the server."
    assert Texts("uk").refusal("moon_in_wrong_phase", {}, "Said by the server.")[1] == "Said by the server."
    assert Texts("uk").refusal("code_expired", {"good_until": "2027-99-99"}, "")[1].count("2027-99-99") == 1
