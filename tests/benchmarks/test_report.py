"""The documentation says what the results say."""

import xml.etree.ElementTree as ET
from datetime import date

import pytest

from benchmarks import __main__ as program
from benchmarks import plot, report, results
from benchmarks.figures import Figure, Findings
from benchmarks.results import Result

MACHINE = {
    "processor": "Two cores",
    "cores": 2,
    "memory_gib": 24,
    "system": "Linux 6",
    "python": "3.11",
    "granian": "2",
    "sqlalchemy": "2.1",
    "load_generator": "wrk",
    "load_average_before": 0.1,
    "commit": "abc",
}
FIGURES = (Figure("speed", (0.5, 0.7, 0.6), at_least=0.6), Figure("wait `now`", (20.0,), "ms", at_most=15))
HOW = {"rounds": 3, "postgresql": {"server_version": "18.4", "fsync": "on"}}
RESULT = Result(Findings("sqlite", HOW, FIGURES), MACHINE, date(2026, 11, 28))
PAGE = "# P\n\n<!-- measured: sqlite -->\nold\n<!-- end -->\n\n<!-- measured: growth -->\n<!-- end -->\n"


def test_the_page_tells_what_the_results_tell():
    page = report.PAGE.read_text("utf-8")
    assert report.rendered(page, results.read(results.FOLDER)) == page


def test_the_picture_shows_what_the_results_tell():
    assert report.PICTURE.read_text("utf-8") == plot.drawn(results.read(results.FOLDER).values())


@pytest.mark.parametrize("part", program.PARTS)
def test_every_part_has_its_place_in_the_page(part):
    assert f"<!-- measured: {part} -->" in report.PAGE.read_text("utf-8")


def test_a_result_comes_back_from_its_file(tmp_path):
    results.write(tmp_path, RESULT)
    assert results.read(tmp_path) == {"sqlite": RESULT}


def test_a_table_names_the_machine_the_settings_and_what_was_missed():
    page = report.rendered(PAGE, {"sqlite": RESULT})
    assert "old" not in page
    assert "Two cores, 2 cores, 24 GiB" in page
    assert "PostgreSQL 18.4: `fsync` on" in page
    assert "| speed | at least 0.600 | 0.600 (0.500 to 0.700) | met |" in page
    assert "| wait `now` | at most 15.0 ms | 20.0 ms | **missed** |" in page
    assert "Not measured yet: `make bench BENCH='--only growth'`." in page


def test_the_picture_has_a_line_for_every_wish_and_is_well_formed():
    drawn = plot.drawn([RESULT])
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert drawn.count("<circle") == 2


@pytest.mark.parametrize(
    ("figure", "times"),
    [
        (Figure("speed", (0.3,), at_least=0.6), 0.5),
        (Figure("wait", (30.0,), at_most=15), 0.5),
        (Figure("faults", (0.0,), at_most=0), 1.0),
        (Figure("faults", (9.0,), at_most=0), 0.25),
        (Figure("speed", (99.0,), at_least=1), 4.0),
    ],
)
def test_what_is_worse_than_wanted_lies_left_of_the_middle(figure, times):
    assert plot.advantage(figure, figure.median) == times
