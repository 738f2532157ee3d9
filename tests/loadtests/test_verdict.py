from loadtests import verdict
from loadtests.settings import Thresholds
from loadtests.verdict import Measured

THRESHOLDS = Thresholds(errors=0.01, milliseconds=200)
GOOD = Measured("redeemer: redeem", 100, 1, 200.0)


def test_a_load_within_its_thresholds_is_good():
    assert verdict.judge([GOOD], 0, THRESHOLDS) == []
    assert verdict.told([]) == "Verdict: good."


def test_one_double_spend_is_too_many():
    assert verdict.judge([GOOD], 1, THRESHOLDS) == ["1 codes were spent twice."]


def test_too_many_errors_and_each_slow_journey_are_named():
    reasons = verdict.judge([GOOD, Measured("dealer: order", 100, 2, 201.0)], 0, THRESHOLDS)
    assert reasons == [
        "1.50% of the requests failed, 1.00% at most were to.",
        "dealer: order: p95 201 ms, 200 at most.",
    ]
    assert verdict.told(reasons).startswith("Verdict: not good.\n  1.50%")


def test_a_load_that_asked_nothing_has_shown_nothing():
    assert verdict.judge([], 0, THRESHOLDS) == ["Nothing was asked, so nothing was shown."]
