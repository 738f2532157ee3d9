"""The Ukrainian and Russian sentences are whole, current, and compiled as they stand."""

import string

import pytest
from babel.messages.catalog import Catalog
from babel.support import Translations

from prolong_server.rules import errors
from tools import translations

SENTENCE = errors.CodeExpired.sentence
LANGUAGES = pytest.mark.parametrize("language", translations.TRANSLATED)


def catalog_with(text, **changes):
    catalog = Catalog("uk")
    for message in translations.read("uk"):
        catalog.add(message.id, message.string)
    catalog.delete(text)
    if changes:
        catalog.add(text, **changes)
    return catalog


def test_all_that_refusals_say_is_to_be_translated():
    told = translations.messages()
    assert {errors.CodeVoided.title, errors.CodeVoided.sentence, *errors.CodeMalformed.hints.values()} <= set(told)
    assert len(told) == len(set(told)) > 2 * len(errors.__all__) - 10


@LANGUAGES
def test_every_sentence_is_translated_with_its_names_and_without_a_doubt(language):
    assert translations.faults(translations.read(language)) == []


@LANGUAGES
def test_no_sentence_is_kept_that_nobody_says_any_more(language):
    assert {message.id for message in translations.read(language) if message.id} == set(translations.messages())


@LANGUAGES
def test_what_programs_read_is_what_translators_wrote(language):
    kept = translations.path(language).with_suffix(".mo").read_bytes()
    assert kept == translations.compiled(translations.read(language))


@LANGUAGES
def test_a_translation_speaks_another_language_and_ends_like_its_sentence(language):
    spoken = Translations.load(translations.FOLDER, [language])
    for text in translations.messages():
        told = spoken.gettext(text)
        assert told != text
        assert told.endswith(".") == text.endswith(".")


@LANGUAGES
def test_letters_of_two_alphabets_never_stand_in_one_word(language):
    latin = set(string.ascii_letters)
    for message in translations.read(language):
        words = "".join(sign if sign.isalpha() else " " for sign in str(message.string)).split() if message.id else []
        assert [word for word in words if latin & set(word) and set(word) - latin] == []


@LANGUAGES
def test_updating_a_catalog_that_is_current_changes_nothing(language, tmp_path):
    before = translations.path(language).read_bytes()
    copy = translations.path(language, tmp_path)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(before)
    translations.update(language, tmp_path)
    assert copy.read_bytes() == before
    assert copy.with_suffix(".mo").exists()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, "not translated"),
        ({"string": ""}, "not translated"),
        ({"string": "До {good_until}.", "flags": ["fuzzy"]}, "doubtful"),
        ({"string": "Цей день минув."}, "other {names}"),
        ({"string": "До {good_until}, не до {expires_on}."}, "other {names}"),
    ],
)
def test_a_fault_of_a_catalog_is_told_with_its_sentence(changes, fault):
    assert translations.faults(catalog_with(SENTENCE, **changes)) == [f"{fault}: {SENTENCE}"]
