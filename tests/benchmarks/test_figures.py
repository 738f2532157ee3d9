import pytest

from benchmarks import figures
from benchmarks.figures import Figure, Findings, Series


def test_a_figure_is_judged_by_its_median_not_by_its_best_round():
    assert Figure("speed", (0.5, 0.55, 0.9), at_least=0.6).met is False
    assert Figure("speed", (0.1, 0.6, 0.7), at_least=0.6).met is True
    assert Figure("cost", (0.1, 0.16, 0.17), "ms", at_most=0.15).met is False
    assert Figure("cost", (0.15,), "ms", at_most=0.15).met is True
    assert Figure("memory", (3.0,), "MB").met is None


def test_a_figure_tells_its_median_and_its_spread():
    figure = Figure("p99", (12.04, 11.0, 14.0), "ms", at_most=15)
    assert (figure.measured, figure.wanted, figure.verdict) == ("12.0 ms (11.0 to 14.0)", "at most 15.0 ms", "met")
    assert Figure("refused", (0, 0)).measured == "0"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.5174, "0.517"), (1.649, "1.65"), (12.34, "12.3"), (12345.6, "12,346")]
)
def test_a_number_is_shown_with_the_digits_that_say_something(value, text):
    assert figures.shown(value) == text


def test_findings_come_back_from_their_document_as_they_were():
    found = Findings(
        "sqlite", {"rounds": 2}, (Figure("speed", (1500.2, 1600.0), "/s", at_least=1500), Figure("n", (1,)))
    )
    assert figures.read(found.document()) == found


def test_a_series_keeps_its_rounds_in_order():
    series = Series()
    series.add(c=1.0)
    series.add(c=2.0, d=3.0)
    assert (series.of("c"), series.last("c", "d")) == ((1.0, 2.0), [2.0, 3.0])
