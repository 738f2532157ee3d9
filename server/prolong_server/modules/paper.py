"""The paper that letters are written on: A4, one typeface with Latin and Cyrillic, tables, lines to write on.

What people hand in is shown on one line of signs that the typeface has; nothing of it can break or leave the page.
"""

import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final, Self, cast

import segno
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

_FONTS: Final = Path(__file__).parent / "fonts"
_FAMILY: Final = "letter"
# Millimeters, as offices leave them: room for binding on the left, and for the foot with its code below.
_LEFT, _TOP, _RIGHT, _BOTTOM = 25, 15, 12, 25
_QR, _INDENT = 14, 12
_POINTS, _SMALL, _LINE = 12, 9, 5.4
_GRAY: Final = 140
# Stands for the number of pages until it is known; what people hand in never has a control character.
_PAGES: Final = "\x1e\x1e"
# A row of a table does not break over pages, so longer words go on in a row of their own.
_PIECE: Final = 160


class Paper(FPDF):
    """Pages with the same foot, written from top to bottom. The same arguments and text make the same bytes."""

    def __init__(self, *, code: str, foot: tuple[str, str], day: date, language: str) -> None:
        """One empty page. `code` is the text of the QR code; `foot` the two lines beside it, the second with {page}
        and {pages}; `day` is kept as the day on which the document was made.
        """
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._foot, self._code = foot, _qr(code)
        self.set_creation_date(datetime.combine(day, time(), tzinfo=UTC))
        self.set_lang(language)
        self.alias_nb_pages(_PAGES)
        self.set_margins(_LEFT, _TOP, _RIGHT)
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=_BOTTOM)
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(_FAMILY, style, _FONTS / f"LiberationSerif-{name}.ttf")
        self.set_font(_FAMILY, size=_POINTS)
        self.add_page()

    def __enter__(self) -> Self:
        """The paper itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files of the typeface, which the library does only for a document that was finished."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def footer(self) -> None:
        """On every page, so that each sheet of a scan says to which request it belongs."""
        top = self.h - _BOTTOM + 5
        self.image(io.BytesIO(self._code), x=_LEFT, y=top, w=_QR, h=_QR)
        self.set_font(_FAMILY, size=_SMALL)
        self.set_xy(_LEFT + _QR + 3, top + 2.5)
        self.cell(h=4.4, text=self._foot[0], new_x=XPos.LEFT, new_y=YPos.NEXT)
        self.cell(h=4.4, text=self._foot[1].format(page=self.page_no(), pages=_PAGES))

    def printable(self, text: str) -> str:
        """A text that was handed in, on one line and in signs of the typeface; a box stands for every other one."""
        return " ".join("".join(map(self._shown, unicodedata.normalize("NFC", text))).split())

    def _shown(self, sign: str) -> str:
        kind = unicodedata.category(sign)
        if kind in {"Cc", "Zs", "Zl", "Zp"}:
            return " "
        if kind in {"Cf", "Cs"}:
            return ""
        font = self.fonts[_FAMILY]
        return sign if isinstance(font, TTFFont) and ord(sign) in font.cmap else "□"

    def say(self, text: str, *, bold: bool = False, align: Align = Align.L, left: float = 0, below: float = 3) -> None:
        """Text in lines of its own, from `left` mm inside the margin on, with `below` mm left free beneath."""
        self.set_font(_FAMILY, "B" if bold else "", _POINTS)
        self.set_x(_LEFT + left)
        self.multi_cell(0, _LINE, text, align=align, new_x=XPos.LMARGIN)
        self.set_y(self.y + below)

    def paragraph(self, text: str) -> None:
        """Text whose first line is indented."""
        self.set_font(_FAMILY, size=_POINTS)
        columns = self.text_columns(text_align=Align.J, line_height=_LINE / self.font_size)
        with columns, columns.paragraph(first_line_indent=_INDENT) as paragraph:
            paragraph.write(text)
        self.set_xy(_LEFT, self.y + 2)

    def note(self, text: str, *, align: Align = Align.L) -> None:
        """A light remark for the person who holds the letter, which is no part of it."""
        self.set_font(_FAMILY, size=_SMALL)
        self.set_text_color(_GRAY)
        self.multi_cell(0, 4.2, text, align=align, new_x=XPos.LMARGIN)
        self.set_text_color(0)

    def leave_free(self, height: float, text: str) -> None:
        """A lightly marked frame, `height` mm, in which nothing is printed; `text` says what it is for."""
        below = self.y + height + 6
        self._light(dashed=True)
        self.rect(_LEFT, self.y, self.epw, height)
        self._dark()
        self.set_y(self.y + height / 2 - 2)
        self.note(text, align=Align.C)
        self.set_y(below)

    def grid(self, heads: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[str]]) -> None:
        """A table over as many pages as it needs, its heads on each; `widths` in mm."""
        self.set_font(_FAMILY, size=_SMALL)
        style = FontFace(emphasis="BOLD", fill_color=238)
        form = {"align": Align.L, "text_align": Align.L, "line_height": 4.3, "padding": (0.9, 1.1)}
        with self.table(col_widths=tuple(widths), width=sum(widths), headings_style=style, **form) as table:
            for row in (heads, *rows):
                table.row(row)
        self.set_y(self.y + 3)

    def last_paragraph(self, text: str, below: float) -> None:
        """A paragraph that stands on one page with the `below` mm that come after it, if a page has room for both."""
        self.set_font(_FAMILY, size=_POINTS)
        # A millimeter is nearly the width of a blank here, so as many stand for the indent.
        indented = "\u00a0" * _INDENT + text
        height = cast(float, self.multi_cell(0, _LINE, indented, dry_run=True, output=MethodReturnValue.HEIGHT))
        if self.will_page_break(height + below):
            self.add_page()
        self.paragraph(text)

    def blanks(self, labels: Sequence[str], widths: Sequence[float]) -> None:
        """Lines to write on, side by side, `widths` in mm, with their labels beneath."""
        top, left = self.y + 10, float(_LEFT)
        self.set_font(_FAMILY, size=_SMALL)
        for label, width in zip(labels, widths, strict=True):
            self.line(left, top, left + width, top)
            self.set_xy(left, top + 0.5)
            self.cell(w=width, h=4.2, text=label, align=Align.C)
            left += width + 6
        self.set_xy(_LEFT, top + 6)

    def ring(self, label: str, *, left: float) -> None:
        """A light ring for the stamp, `left` mm inside the margin, beside what was written last."""
        size, top = 28.0, self.y - 14
        self._light(dashed=True)
        self.ellipse(_LEFT + left, top, size, size)
        self._dark()
        self.set_xy(_LEFT + left, top + size / 2 - 2)
        self.set_text_color(_GRAY)
        self.cell(w=size, h=4, text=label, align=Align.C)
        self.set_text_color(0)
        self.set_xy(_LEFT, top + size + 3)

    def _light(self, *, dashed: bool) -> None:
        self.set_draw_color(_GRAY)
        self.set_dash_pattern(dash=1, gap=2 if dashed else 0)

    def _dark(self) -> None:
        self.set_draw_color(0)
        self.set_dash_pattern()


def pieces(text: str) -> list[str]:
    """A text in parts that each fit into a row of a table, at least one."""
    return [text[begin : begin + _PIECE] for begin in range(0, len(text), _PIECE)] or [""]


def _qr(text: str) -> bytes:
    picture = io.BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="png", scale=8, border=0)
    return picture.getvalue()
