"""Bring the catalogs of translations up to date with what the server says, compile them, and tell what is missing.

Every sentence for people stands in a refusal's class, in the table of HTTP refusals, or among those of letters and
pages, so they are asked for it, and no source is searched. The English sentence is the key; a sentence that was changed
loses its translation, visibly.
"""

import io
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import prolong_server
from prolong_server.api import LANGUAGES, problems
from prolong_server.modules import letter_texts
from prolong_server.portal import registration_texts, request_texts, texts
from prolong_server.rules import errors, letters, missing, notice_texts

FOLDER = Path(prolong_server.__file__).parent / "translations"
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
_WIDTH = 118
# Written by us, for the library's own header names hours, people and versions, which would change by themselves.
_HEADER = """\
# What Prolong tells people. Translate here, then run `make translations`, which keeps this file in order.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def messages() -> list[str]:
    """Every title and sentence that a person may be shown, in English, each once, in a lasting order."""
    pages = (*texts.SENTENCES, *registration_texts.SENTENCES, *request_texts.SENTENCES)
    moves = (*missing.SENTENCES, *notice_texts.SENTENCES, *letter_texts.SENTENCES)
    return list(dict.fromkeys([*_of_refusals(), *_of_http(), *letters.SENTENCES, *moves, *pages]))


def _of_refusals() -> Iterator[str]:
    for name in errors.__all__:
        kind = getattr(errors, name)
        if hasattr(kind, "code"):
            yield from (kind.title, kind.sentence)
    yield from errors.CodeMalformed.hints.values()
    yield from errors.ScanRefused.reasons.values()


def _of_http() -> Iterator[str]:
    for _, title, sentence in problems.HTTP_SENTENCES.values():
        yield from (title, sentence)


def path(language: str, folder: Path = FOLDER) -> Path:
    """The catalog of a language; its compiled form stands beside it and ends in .mo."""
    return folder / language / "LC_MESSAGES" / "messages.po"


def read(language: str, folder: Path = FOLDER) -> Catalog:
    """The catalog as it is kept."""
    with path(language, folder).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """The catalog as programs read it."""
    catalog.creation_date = catalog.revision_date = _SOME_DAY
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def faults(catalog: Catalog) -> list[str]:
    """What is wrong with a catalog: sentences without a translation, doubtful ones, lost or invented {names}."""
    return [f"{fault}: {text}" for text in messages() if (fault := _fault(catalog, text))]


def _fault(catalog: Catalog, text: str) -> str | None:
    message = catalog.get(text)
    if message is None or not isinstance(message.string, str) or not message.string:
        return "not translated"
    if message.fuzzy:
        return "doubtful"
    return None if _names(message.string) == _names(text) else "other {names}"


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def update(language: str, folder: Path = FOLDER) -> Catalog:
    """Write the catalog anew, with today's sentences and the translations that it has of them, and compile it."""
    kept = read(language, folder)
    catalog = Catalog(language)
    for text in messages():
        known = kept.get(text)
        catalog.add(text, known.string if known else "", flags=known.flags if known else ())
    file = path(language, folder)
    file.write_bytes(_HEADER.format(language=language).encode() + _entries(catalog))
    file.with_suffix(".mo").write_bytes(compiled(read(language, folder)))
    return catalog


def _entries(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=_WIDTH, omit_header=True)
    return file.getvalue()


def main() -> int:
    """Update every catalog; 1 if one is not whole, else 0."""
    found = [f"{language}: {fault}" for language in TRANSLATED for fault in faults(update(language))]
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
