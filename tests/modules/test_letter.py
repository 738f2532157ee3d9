"""The letter of a request: it states every datum in each language, stays on its pages, and is the same every time."""

import io
import logging
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import segno
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from prolong_server.modules import letter_texts as texts
from prolong_server.modules import paper
from prolong_server.modules.letter import Letter, write
from prolong_server.operations.speech import say
from prolong_server.rules.languages import Language
from prolong_server.rules.module_facts import LicenseMove, MoveData
from prolong_server.rules.module_words import FilesHeld, MoveKind
from tests.rules.moving import NEW, OLD, OTHER, move, places, request

REQUEST = "trq_0c8e5sk4r9b2f"
DAY = date(2026, 11, 28)
COMPANY = "ТОВ «Об’єднання “Їжак і Ґава”» / Horizon Ltd"
MILLIMETER = 72 / 25.4
REPLACEMENTS = (MoveKind.REPLACE_LOST, MoveKind.REPLACE_BROKEN)
OTHERS = (MoveKind.TRANSFER, MoveKind.MERGE, MoveKind.REDISTRIBUTE)
in_every_language = pytest.mark.parametrize("language", Language)
hostile = (
    st.text(max_size=300)
    | st.text(max_size=4).map(lambda text: text * 400)
    | st.sampled_from(
        [
            "",
            "\x00\x1e\x1e",
            "{nb}{company}{page}%s",
            "**bold** __line__ <b>",
            "\u202etxt",
            "\ud800",
            "Ж\u0301",
            "W" * 3000,
        ]
    )
)
spoken = st.text(alphabet="АБВҐЄІЇЁяєїabcXYZ0189’'ʼ-«»№ ", min_size=1, max_size=60)


def letter(kind=MoveKind.TRANSFER, language=Language.EN, **changes):
    stated = {"company": COMPANY, "return_modules": True} | changes
    return Letter(language, REQUEST, "Vendor & Partners", DAY, request(kind, **stated))


def empty_paper():
    return paper.Paper(code=REQUEST, foot=("-", "-"), day=DAY, language="en")


def read(one):
    return PdfReader(io.BytesIO(write(one)))


def close(text):
    """A text without its blanks, for lines break where they must."""
    return "".join(text.split())


def told(one):
    return close("".join(page.extract_text() for page in read(one).pages))


def says(one, sentence, **facts):
    return close(say(one.language, sentence, **facts)) in told(one)


@in_every_language
@pytest.mark.parametrize("kind", MoveKind)
def test_every_datum_stands_in_the_letter_in_each_language(kind, language):
    one = letter(kind, language)
    text = told(one)
    modules = [place.module for move in one.data.licenses for place in (*move.origins, *move.targets)]
    names = [name for move in one.data.licenses for name in (move.license_key, move.software)]
    lacking = [datum for datum in (COMPANY, one.vendor, REQUEST, *modules, *names) if close(datum) not in text]
    assert lacking == []
    subject = say(language, texts.SUBJECTS[kind])
    assert close(subject) in text
    labels = (texts.POSITION, texts.SIGNATURE, texts.NAME, texts.DATE, texts.STAMP, texts.LETTERHEAD)
    assert [label for label in labels if close(say(language, label)) not in text] == []


@in_every_language
def test_seats_are_listed_by_module_and_added_up(language):
    one = letter(MoveKind.MERGE, language)
    text = told(one)
    assert close(f"{OLD} 5 {NEW} 5") in text
    assert close(f"{OTHER} 1 {NEW} 1") in text
    assert close(say(language, texts.TOTAL, licenses=2, before=6, after=6)) in text


@in_every_language
def test_a_redistribution_states_its_order_with_each_module_and_its_seats(language):
    one = letter(MoveKind.REDISTRIBUTE, language)
    assert says(one, texts.ORDER)
    assert close(f"{OLD} 5 {OLD} 2 {NEW} 3") in told(one)
    assert not says(letter(MoveKind.TRANSFER, language), texts.ORDER)


@in_every_language
@pytest.mark.parametrize("kind", REPLACEMENTS)
def test_a_replacement_gives_notice_with_the_number_pledges_non_use_and_asks_for_the_act(kind, language):
    one = letter(kind, language)
    facts = {"company": COMPANY, "origins": OLD, "targets": NEW}
    assert says(one, texts.REQUESTS[kind], **facts)
    assert says(one, texts.NON_USE_REPLACED, origins=OLD)
    assert says(one, texts.ENCLOSURE)
    assert says(one, texts.ACT_NEEDED)


@pytest.mark.parametrize("kind", OTHERS)
def test_the_other_kinds_speak_of_no_act(kind):
    assert not says(letter(kind), texts.ENCLOSURE)
    assert not says(letter(kind), texts.ACT_NEEDED)


@in_every_language
@pytest.mark.parametrize("pledged", [True, False])
def test_what_was_pledged_is_stated_and_nothing_else(language, pledged):
    one = letter(MoveKind.TRANSFER, language, non_use=pledged, return_modules=pledged)
    assert says(one, texts.NON_USE) is pledged
    assert says(one, texts.RETURN, origins=OLD) is pledged


@in_every_language
def test_a_broken_module_is_always_to_be_returned(language):
    assert says(letter(MoveKind.REPLACE_BROKEN, language, return_modules=False), texts.RETURN_BROKEN, origins=OLD)


@in_every_language
@pytest.mark.parametrize(
    ("held", "sentence"), [(FilesHeld.ALL, texts.FILES_ALL), (FilesHeld.NONE_HELD, texts.FILES_NONE)]
)
def test_the_statement_about_the_license_files_is_the_one_that_was_made(language, held, sentence):
    one = letter(MoveKind.TRANSFER, language, files_held=held)
    found = [text for text in (texts.FILES_ALL, texts.FILES_NONE) if says(one, text)]
    assert found == [sentence]


@pytest.mark.parametrize("kind", MoveKind)
def test_a_draft_that_states_nothing_yet_is_a_letter_with_blanks(kind):
    one = Letter(Language.UK, REQUEST, "", DAY, MoveData(kind, "", "", ()))
    assert len(read(one).pages) == 1
    assert "________________" in told(one)


def test_five_hundred_licenses_go_over_pages_with_the_heads_of_the_table_and_the_foot_on_each():
    many = tuple(move(key=f"KEY-{number:04}", origins=((f"M-{number % 50}", 2),)) for number in range(500))
    pages = [close(page.extract_text()) for page in read(letter(MoveKind.MERGE, licenses=many)).pages]
    assert len(pages) > 10
    for number, page in enumerate(pages, start=1):
        assert f"Page{number}of{len(pages)}" in page
        assert close(f"Request {REQUEST}, filled in on November 28, 2026") in page
        assert ("KEY-" in page) is ("LicensenumberFromModule" in page)
    text = "".join(pages)
    assert [one.license_key for one in many if one.license_key not in text] == []


def test_a_license_on_fifty_modules_goes_over_pages_too():
    modules = [(f"MODULE-{number:04}", 1) for number in range(120)]
    one = letter(MoveKind.MERGE, licenses=(move(origins=modules, targets=((NEW, 120),)),))
    text = told(one)
    assert [serial for serial, _ in modules if text.count(serial) < 2] == []


@pytest.mark.parametrize("licenses", range(1, 40, 3))
def test_the_signature_never_stands_on_a_page_without_the_end_of_the_text(licenses):
    many = tuple(move(key=f"KEY-{number}") for number in range(licenses))
    pages = [close(page.extract_text()) for page in read(letter(licenses=many)).pages]
    signed = [page for page in pages if "Signature" in page]
    assert len(signed) == 1
    assert close(texts.FILES_NONE) in signed[0]
    assert close(texts.WHAT_NEXT.format(request=REQUEST)) in signed[0]


def test_the_same_letter_is_the_same_bytes_in_another_process_with_another_order_of_sets():
    program = (
        "import hashlib; from tests.rules.moving import request; from prolong_server.modules import letter as room; "
        "from prolong_server.rules.languages import Language; from datetime import date; "
        "one = room.Letter(Language.UK, 'trq_1', 'Vendor', date(2026, 11, 28), request()); "
        "print(hashlib.sha256(room.write(one)).hexdigest())"
    )
    root = Path(__file__).parents[2]
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    told = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
    ).stdout.strip()
    assert told == sha256(write(Letter(Language.UK, "trq_1", "Vendor", DAY, request()))).hexdigest()


def test_the_day_of_a_letter_is_part_of_it_and_the_hour_of_writing_is_not():
    one = letter(MoveKind.MERGE)
    with time_machine.travel("2031-05-04 03:02:01+00:00"):
        later = write(one)
    assert later == write(one)
    assert later != write(replace(one, day=date(2026, 11, 29)))


@in_every_language
def test_the_document_says_its_day_its_language_and_its_subject(language):
    pdf = read(letter(MoveKind.MERGE, language))
    assert pdf.metadata.creation_date == datetime(2026, 11, 28, tzinfo=UTC)
    assert pdf.metadata.title == say(language, texts.SUBJECTS[MoveKind.MERGE])
    assert pdf.trailer["/Root"]["/Lang"] == language.value
    assert pdf.metadata.author is None


def test_the_typeface_is_embedded_in_part_and_may_be():
    pdf = read(letter(language=Language.UK))
    fonts = [font.get_object() for font in pdf.pages[0]["/Resources"]["/Font"].values()]
    assert [font["/BaseFont"].partition("+")[2] for font in fonts] == ["LiberationSerif", "LiberationSerifBold"]
    assert all("/FontFile2" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts)
    assert len(write(letter(language=Language.UK))) < 60_000
    assert "SIL OPEN FONT LICENSE" in (Path(paper.__file__).parent / "fonts" / "LICENSE").read_text("utf-8")


def test_each_page_has_a_qr_code_that_says_the_request_and_nothing_else():
    many = tuple(move(key=f"KEY-{number}") for number in range(60))
    expected = [[bool(dark) for dark in row] for row in segno.make_qr(REQUEST, error="m").matrix]
    pages = read(letter(licenses=many)).pages
    assert len(pages) > 1
    for page in pages:
        (found,) = page.images
        assert dark_squares(found.image, len(expected)) == expected


def dark_squares(image, count):
    size = image.width / count
    gray = image.convert("L")
    return [
        [gray.getpixel((int((x + 0.5) * size), int((y + 0.5) * size))) < 128 for x in range(count)]
        for y in range(count)
    ]


def test_nothing_of_a_letter_is_written_into_a_log(caplog):
    with caplog.at_level(logging.WARNING):
        write(letter(company="漢字 😀 \u202e عربي"))
    assert caplog.records == []


@given(hostile, hostile, hostile, hostile, st.sampled_from(MoveKind), st.sampled_from(Language))
@settings(max_examples=25, deadline=None)
def test_hostile_words_never_break_a_letter_nor_leave_its_pages(company, software, key, serial, kind, language):
    licenses = (LicenseMove(key, software, places([(serial, 3)]), places([(NEW, 10**9)])),)
    one = Letter(language, REQUEST, company, DAY, request(kind, company=company, licenses=licenses))
    outside = [text for page in read(one).pages for text in beyond_the_margins(page)]
    assert outside == []


def test_the_search_for_text_beyond_the_margins_finds_it():
    with empty_paper() as sheet:
        sheet.text(190, 100, "This runs over the right margin")
        sheet.text(30, 290, "This stands below the foot")
        (page,) = PdfReader(io.BytesIO(bytes(sheet.output()))).pages
    assert len(beyond_the_margins(page)) == 2


def beyond_the_margins(page):
    """The texts of a page that begin or end outside of its margins, in millimeters."""
    found: list[tuple[str, float, float]] = []

    def visit(text, cm, tm, font, size):
        shown = " ".join(text.split())
        if not shown or not size:
            return
        measure.set_font("letter", size=size)
        left, bottom = tm[4] / MILLIMETER, tm[5] / MILLIMETER
        inside = left >= 24.9 and left + measure.get_string_width(shown) <= 198.6 and 8 <= bottom <= 283
        found.extend([] if inside else [(shown, left, bottom)])

    with empty_paper() as measure:
        page.extract_text(visitor_text=visit)
    return found


@given(spoken, spoken, st.sampled_from(Language))
@settings(max_examples=15, deadline=None)
def test_words_of_the_three_languages_are_shown_sign_by_sign(company, software, language):
    text = told(letter(language=language, company=company, licenses=(move(software=software),)))
    assert close(company) in text
    assert close(software) in text


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("a\x00b\tc\r\nd", "a b c d"),
        ("\u202eevil\u200b\u00ad", "evil"),
        ("漢 😀", "□ □"),
        ("и\u0306", "й"),
        ("\ud800x", "x"),
        ("  ", ""),
        ("П’ять м'ячів", "П’ять м'ячів"),
    ],
)
def test_signs_that_cannot_be_printed_are_left_out_or_shown_as_a_box(given_text, shown):
    with empty_paper() as sheet:
        assert sheet.printable(given_text) == shown
