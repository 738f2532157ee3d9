"""Sentences, days and numbers in a person's language, where no web request says which."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from prolong_server.rules.languages import Language

_FOLDER: Final = Path(__file__).parent.parent / "translations"


def say(language: Language, sentence: str, **facts: object) -> str:
    """An English sentence in another language, its `{names}` filled in: days in long form, whole numbers as written."""
    told = {name: _spoken(language, fact) for name, fact in facts.items()}
    return str(_catalog(language).gettext(sentence)).format(**told)


def _spoken(language: Language, fact: object) -> object:
    if isinstance(fact, date):
        # Mail programs know the usual space that does not break, and not all of them the narrow one.
        return format_date(fact, "long", locale=language.value).replace("\u202f", "\u00a0")
    return format_decimal(fact, locale=language.value) if isinstance(fact, int) else fact


@lru_cache(maxsize=len(Language))
def _catalog(language: Language) -> NullTranslations:
    return Translations.load(_FOLDER, [language.value])
