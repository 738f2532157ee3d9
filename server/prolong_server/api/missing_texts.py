"""What a transfer request lacks, in the words of whoever reads it (M2)."""

from collections.abc import Iterable

from flask_babel import gettext

from prolong_server.rules.missing import Missing


def sentences(lacking: Iterable[Missing]) -> list[str]:
    """Each thing as a sentence in the language of the request."""
    return [gettext(one.sentence).format(**one.fields) for one in lacking]


def codes(lacking: Iterable[Missing]) -> list[str]:
    """Each thing as a word for programs, in the same order."""
    return [one.code for one in lacking]
