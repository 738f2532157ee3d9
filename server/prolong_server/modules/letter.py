"""The letter of a request, filled in from its data: a PDF for the company's letterhead (M2, M8, M10)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Final

from fpdf.enums import Align

from prolong_server.modules import letter_texts as texts
from prolong_server.modules.paper import Paper, pieces
from prolong_server.operations import speech
from prolong_server.rules.languages import Language
from prolong_server.rules.module_facts import LicenseMove, MoveData, Place
from prolong_server.rules.module_words import FilesHeld, MoveKind

_BLANK: Final = "_" * 16
_LETTERHEAD_MM: Final = 40
_WIDTHS: Final = (8, 31, 57, 25, 13, 26, 13)
_SIGNATURE_MM: Final = 58


@dataclass(frozen=True, slots=True)
class Letter:
    """A request that is to be written down: `request_id` (`trq_…`), whom it goes to, and the day of its data."""

    language: Language
    request_id: str
    vendor: str
    day: date
    data: MoveData


def write(letter: Letter) -> bytes:
    """The letter as PDF, A4, in its language. The same letter makes the same bytes; a draft leaves blanks.

    It states what M2 and M8 ask for, as far as the data do, and has room for letterhead, signature and stamp. Its only
    mark for machines is a QR code of the request's identifier, which opens nothing by itself.
    """
    day, language = letter.day, letter.language
    foot = (
        speech.say(language, texts.FOOT, request=letter.request_id, day=day),
        speech.say(language, texts.PAGE, page="{page}", pages="{pages}"),
    )
    with Paper(code=letter.request_id, foot=foot, day=day, language=language.value) as paper:
        _Writer(letter, paper).write()
        return bytes(paper.output())


class _Writer:
    """A letter on its way to paper: its facts as they are shown, and its parts in their order."""

    def __init__(self, letter: Letter, paper: Paper) -> None:
        self._language, self._data, self._paper = letter.language, letter.data, paper
        self._facts = self._facts_of(letter)

    def write(self) -> None:
        self._head()
        self._request()
        self._licenses()
        self._pledges()
        self._signature()

    def _told(self, sentence: str) -> str:
        # The sign for "number" does not stay behind at the end of a line.
        return speech.say(self._language, sentence, **self._facts).replace("№ ", "№\u00a0").replace("No. ", "No.\u00a0")

    def _facts_of(self, letter: Letter) -> dict[str, object]:
        moves = letter.data.licenses
        origins = [place for move in moves for place in move.origins]
        targets = [place for move in moves for place in move.targets]
        return {
            "company": self._paper.printable(letter.data.company) or _BLANK,
            "vendor": self._paper.printable(letter.vendor),
            "request": letter.request_id,
            "blank": _BLANK,
            "origins": self._serials(origins),
            "targets": self._serials(targets),
            "modules": self._serials([*origins, *targets]),
            "licenses": len(moves),
            "before": _seats(origins),
            "after": _seats(targets),
        }

    def _serials(self, places: Iterable[Place]) -> str:
        serials = dict.fromkeys(self._paper.printable(place.module) for place in places)
        return ", ".join(serial for serial in serials if serial) or _BLANK

    def _head(self) -> None:
        paper = self._paper
        paper.leave_free(_LETTERHEAD_MM, self._told(texts.LETTERHEAD))
        paper.say(self._told(texts.OUTGOING), below=4)
        paper.say(self._told(texts.ADDRESSEE), left=85, below=6)
        paper.say(self._told(texts.SUBJECTS[self._data.kind]), bold=True, below=5)
        paper.set_title(self._told(texts.SUBJECTS[self._data.kind]))
        paper.say(self._told(texts.SALUTATION), align=Align.C, below=4)

    def _request(self) -> None:
        self._paper.paragraph(self._told(texts.REQUESTS[self._data.kind]))
        self._paper.paragraph(self._told(texts.LIST))
        if self._data.kind is MoveKind.REDISTRIBUTE:
            self._paper.paragraph(self._told(texts.ORDER))

    def _licenses(self) -> None:
        heads = [self._told(head) for head in texts.COLUMNS]
        moves = enumerate(self._data.licenses, start=1)
        self._paper.grid(heads, _WIDTHS, [row for number, move in moves for row in self._rows(number, move)])

    def _rows(self, number: int, move: LicenseMove) -> Iterator[tuple[str, ...]]:
        """A license in as many rows as its Modules, or its longest name, take."""
        software, key = self._pieces(move.software), self._pieces(move.license_key)
        sides = (list(self._places(move.origins)), list(self._places(move.targets)))
        for first, name, part, origin, target in zip_longest([str(number)], software, key, *sides):
            yield (first or "", name or "", part or "", *(origin or ("", "")), *(target or ("", "")))

    def _places(self, places: Iterable[Place]) -> Iterator[tuple[str, str]]:
        for place in places:
            seats = "" if place.seats is None else str(place.seats)
            for piece in self._pieces(place.module):
                yield piece, seats
                seats = ""

    def _pieces(self, text: str) -> list[str]:
        return pieces(self._paper.printable(text))

    def _pledges(self) -> None:
        *others, last = (texts.TOTAL, *_pledged(self._data))
        for sentence in others:
            self._paper.paragraph(self._told(sentence))
        self._paper.last_paragraph(self._told(last), below=_SIGNATURE_MM)

    def _signature(self) -> None:
        paper, replaces = self._paper, self._data.kind.replaces
        paper.blanks([self._told(label) for label in (texts.POSITION, texts.SIGNATURE, texts.NAME)], (62, 40, 58))
        paper.blanks([self._told(texts.DATE)], (62,))
        paper.ring(self._told(texts.STAMP), left=72)
        for remark in (texts.WHAT_NEXT, *([texts.ACT_NEEDED] if replaces else [])):
            paper.note(self._told(remark))


def _seats(places: Iterable[Place]) -> int:
    return sum(place.seats or 0 for place in places)


def _pledged(data: MoveData) -> Iterator[str]:
    """What the letter guarantees and encloses, as far as the data say so (M2, M3, M8)."""
    broken = data.kind is MoveKind.REPLACE_BROKEN
    if data.non_use:
        yield texts.NON_USE_REPLACED if data.kind.replaces else texts.NON_USE
    if broken or data.return_modules:
        yield texts.RETURN_BROKEN if broken else texts.RETURN
    if data.kind.replaces:
        yield texts.ENCLOSURE
    elif data.files_held is not None:
        yield texts.FILES_ALL if data.files_held is FilesHeld.ALL else texts.FILES_NONE
