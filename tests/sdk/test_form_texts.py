"""Every sentence of the registration form exists in English, Ukrainian and Russian."""

import datetime as dt
import importlib
import pickle
import string

import pytest

import prolong
from prolong import refusals, texts_en
from prolong.texts import LANGUAGES, Texts, texts
from prolong_server.rules import errors
from prolong_server.rules.errors.base import RedemptionRefusal
from tests.sdk.script import CODE, LICENSE_KEY, problem
from tests.sdk.test_form import LOST, ok


def slots(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def flat(language):
    spoken = LANGUAGES[language]
    parts = {f"{code}.{at}": text for code, told in spoken.REFUSALS.items() for at, text in enumerate(told)}
    return {**spoken.SENTENCES, **parts}


def advice(language):
    spoken = importlib.import_module(f"prolong.advice_{language}")
    about = {f"{code}.{at}": text for code, told in spoken.ABOUT.items() for at, text in enumerate(told)}
    others = {"later": spoken.LATER, "repeat": spoken.REPEAT, "call": spoken.CALL, "support": spoken.CALL_SUPPORT}
    return {**spoken.AFTER, **about, **others}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_next_is_said_in_every_language_with_the_same_facts(language):
    told, english = advice(language), advice("en")
    assert told.keys() == english.keys()
    assert [name for name in english if slots(told[name]) != slots(english[name])] == []
    assert [name for name in english if told[name][-1] not in ".}"] == []
    assert (language == "en") == (told == english)
    latin = set(string.ascii_letters)
    words = "".join(sign if sign.isalpha() else " " for sign in " ".join(told.values())).split()
    assert [word for word in words if latin & set(word) and set(word) - latin] == []


def test_an_error_says_what_to_do_next_in_the_language_of_its_client(connect):
    voided, expired = problem(409, "code_voided"), problem(409, "code_expired").json()
    judged = {"kind": "renewal", "product": "lab", "edition": "b", "period_years": 1, "seats": 1, "problem": expired}
    client, _ = connect(voided, ok(judged), *[LOST] * 5, voided, language="uk")
    with pytest.raises(refusals.CodeVoided) as refused:
        client.redeem(CODE, LICENSE_KEY)
    assert client.check(CODE).problem.advice == "Попросіть у продавця інший код."
    with pytest.raises(prolong.OutcomeUnknown) as unknown:
        client.redeem(CODE, LICENSE_KEY)
    assert refused.value.advice == "Попросіть у продавця інший код."
    assert "ніколи не витрачається двічі" in unknown.value.advice
    twin = pickle.loads(pickle.dumps(refused.value))
    assert (twin.advice, twin.advice_in("ru-RU")) == (refused.value.advice, "Попросите у продавца другой код.")
    assert client.sync().settled.advice == refused.value.advice


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
    told = Texts(language).refusal("code_expired", {"good_until": "2027-04-30"}, "")[1]
    assert expected in told
    assert ".." not in told


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
