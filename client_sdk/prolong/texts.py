"""The sentences of the registration form in the person's language, and how it writes dates."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prolong import texts_en, texts_ru, texts_uk

LANGUAGES: Mapping[str, Any] = {"en": texts_en, "uk": texts_uk, "ru": texts_ru}
_STOPS = re.compile(r"(\d [рг]\.)\.")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Texts:
    """All sentences of one language: `en`, `uk` or `ru`."""

    language: str = "en"

    def say(self, name: str, **facts: object) -> str:
        """The sentence `name` filled with facts, dates written out; KeyError when a fact that it names is missing."""
        return self._fill(LANGUAGES[self.language].SENTENCES[name], facts)

    def refusal(self, code: str, facts: Mapping[str, object], detail: str) -> tuple[str, str, str]:
        """What a refusal is, what it means and what to do next; `detail` is what the server said, for want of facts."""
        known = LANGUAGES[self.language].REFUSALS.get(code)
        if known is None:
            return self.say("refused.title"), detail, self.say("refused.next")
        title, meaning, advice = known
        try:
            return title, self._fill(meaning, facts), advice
        except KeyError:
            return title, detail, advice

    def day(self, day: dt.date) -> str:
        """A date as the language writes it, such as 30 April 2027."""
        spoken = LANGUAGES[self.language]
        return str(spoken.DAY.format(day=day.day, month=spoken.MONTHS[day.month - 1], year=day.year))

    def years(self, number: int) -> str:
        """A period in years."""
        name = f"years.{number}"
        return self.say(name if name in LANGUAGES[self.language].SENTENCES else "years.n", n=number)

    def _fill(self, text: str, facts: Mapping[str, object]) -> str:
        filled = text.format_map({name: self._shown(fact) for name, fact in facts.items()})
        # A date ends in an abbreviation, whose full stop is that of the sentence as well.
        return _STOPS.sub(r"\1", filled)

    def _shown(self, fact: object) -> str:
        day = _day(fact) if isinstance(fact, str) and _DAY.fullmatch(fact) else fact
        return self.day(day) if isinstance(day, dt.date) else str(fact)


def texts(language: str | None = None) -> Texts:
    """The sentences in `language` (`uk`, `uk-UA`, `uk_UA.UTF-8`), by default the environment's; else English."""
    wanted = language or next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "en")
    first = re.split("[-_.@]", wanted)[0].lower()
    return Texts(first if first in LANGUAGES else "en")


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
