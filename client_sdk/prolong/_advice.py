"""What to do next, in one sentence for each refusal and each other error; filled with what the server told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from string import Formatter
from typing import Any

from prolong.contacts import Support

LANGUAGES = ("en", "uk", "ru")


def after(kinds: tuple[type, ...], language: str) -> str:
    """The advice for an error whose class has this method resolution order."""
    spoken = _spoken(language)
    return str(next((spoken.AFTER[kind.__name__] for kind in kinds if kind.__name__ in spoken.AFTER), spoken.LATER))


def repeat(language: str) -> str:
    """The advice for an order in doubt."""
    return str(_spoken(language).REPEAT)


def about(code: str, fields: Mapping[str, Any], support: Support | None, language: str) -> str:
    """The advice for a refusal: by its code, and where only people can help or the code is new, whom to call."""
    spoken = _spoken(language)
    # Several sentences for one code: the first whose every field was told is taken.
    fitting = (text for text in spoken.ABOUT.get(code, ()) if all(fields.get(name) for name in _names(text)))
    text = next(fitting, None)
    if text is None:
        return _call(support, spoken)
    return str(text.format(**{name: _told(fields[name]) for name in _names(text)}))


def _spoken(language: str) -> Any:
    """The sentences of a language (`uk`, `uk-UA`, `uk, en;q=0.5`); of English where it is not spoken."""
    first = re.split("[-_.@,;]", language)[0].strip().lower()
    return import_module(f"prolong.advice_{first if first in LANGUAGES else 'en'}")


def _call(support: Support | None, spoken: Any) -> str:
    known = [] if support is None else [one for one in (support.name, support.phone, support.email, support.url) if one]
    return str(spoken.CALL.format(whom=", ".join(known)) if known else spoken.CALL_SUPPORT)


def _names(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
