"""The languages in which people are spoken to, and which of them a country speaks."""

from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """A language by its ISO 639-1 code; English is spoken where none is known."""

    EN = "en"
    UK = "uk"
    RU = "ru"


_OF_COUNTRIES: Final = {"UA": Language.UK, "RU": Language.RU, "BY": Language.RU, "KZ": Language.RU}


def chosen(language: str | None, country: str | None) -> Language:
    """A person's own language if it is known and spoken here, else that of the country."""
    if language in set(Language):
        return Language(language)
    return _OF_COUNTRIES.get(country or "", Language.EN)
