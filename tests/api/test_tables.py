import csv
import io
import os
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from prolong_server.api import tables

HEADER = ("name", "amount", "count", "flag", "day", "at", "nothing")
AT = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A")
ROW = ('Kyiv, "Soft"', Decimal("-980.00"), -3, True, date(2026, 3, 10), AT, None)


@pytest.fixture(autouse=True)
def _app():
    with Flask("tables").app_context():
        yield


def read_csv(response):
    return list(csv.reader(io.StringIO(response.get_data(as_text=True), newline="")))


def sheet_of(response):
    with response:
        [sheet] = load_workbook(io.BytesIO(response.get_data())).worksheets
    return sheet


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        (tables.XLSX, "xlsx"),
        ("text/csv;q=0.5, " + tables.XLSX, "xlsx"),
        ("application/json, text/csv", "json"),
        ("text/html", "json"),
    ],
)
def test_the_accept_header_chooses_and_json_is_the_default(accept, kind):
    assert tables.chosen(parse_accept_header(accept, MIMEAccept)) == kind


def test_a_csv_has_the_field_names_and_plain_cells():
    response = tables.answer("csv", "statement", HEADER, [ROW])
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="statement.csv"'
    assert response.headers["Vary"] == "Accept"
    assert read_csv(response) == [
        list(HEADER),
        ['Kyiv, "Soft"', "-980.00", "-3", "true", "2026-03-10", "2026-03-10T12:30:00Z", ""],
    ]
    assert response.get_data().count(b"\r\n") == 2


def test_a_workbook_holds_numbers_days_and_flags_as_such():
    response = tables.answer("xlsx", "statement", HEADER, [ROW])
    assert (response.content_type, response.content_length) == (tables.XLSX, len(response.get_data()))
    sheet = sheet_of(response)
    header, row = sheet.values
    assert header == HEADER
    assert row == (
        'Kyiv, "Soft"',
        -980,
        -3,
        True,
        datetime(2026, 3, 10),  # noqa: DTZ001 - a workbook knows no zones
        "2026-03-10T12:30:00Z",
        None,
    )
    assert sheet["B2"].number_format == "0.00"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula_in_either_kind_and_what_it_was_can_be_read_again(text):
    [_, [cell]] = read_csv(tables.answer("csv", "x", ["name"], [[text]]))
    assert cell == f"'{text}"
    assert tables.plain(cell) == text
    sheet = sheet_of(tables.answer("xlsx", "x", ["name"], [[text]]))
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value.startswith("'")


def test_texts_that_only_look_neutralised_are_read_as_they_are():
    assert [tables.plain(text) for text in ("'tis", "'", "", "=1", "a=1")] == ["'tis", "'", "", "=1", "a=1"]


def test_control_characters_do_not_spoil_a_workbook():
    sheet = sheet_of(tables.answer("xlsx", "x", ["name"], [["a\x00b"]]))
    assert sheet["A2"].value == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(("number", "sheets"), [(0, [0]), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_more_rows_than_a_sheet_takes_go_on_in_the_next_one(number, sheets):
    portions = tables.by_sheet(([row] for row in range(number)), 3)
    assert [len(list(portion)) for portion in portions] == sheets


def test_a_csv_is_made_as_it_is_read_and_breaks_off_with_what_its_rows_raise():
    def rows():
        yield from ([number] for number in range(5000))
        raise LookupError

    parts = tables.answer("csv", "x", ["n"], rows()).iter_encoded()
    assert next(parts).startswith(b"n\r\n0\r\n")
    with pytest.raises(LookupError):
        list(parts)


def test_a_workbook_whose_rows_fail_is_refused_whole_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows():
        yield ["a"]
        raise LookupError

    with pytest.raises(LookupError):
        tables.answer("xlsx", "x", ["n"], rows())
    assert os.listdir(tmp_path) == []


def test_a_known_length_is_announced():
    assert tables.answer("csv", "x", ["n"], [["1"]], length=6).content_length == 6


def test_a_cell_of_an_unknown_kind_is_a_fault():
    with pytest.raises(TypeError):
        tables.answer("csv", "x", ["n"], [[object()]]).get_data()
