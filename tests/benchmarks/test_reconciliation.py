import pytest

from benchmarks.load import Tally
from benchmarks.reconciliation import Account, Unreconciled


def account() -> Account:
    found = Account()
    for created, unanswered in ((90, 4), (10, 1)):
        found.enter(Tally(created + unanswered, created, 0, unanswered, 1.0, 1.0, 1.0))
    return found


@pytest.mark.parametrize("rows", [100, 103, 105])
def test_rows_between_the_answers_and_the_requests_match(rows):
    assert "every 201 is a row" in account().reconcile(rows)


@pytest.mark.parametrize("rows", [99, 106])
def test_a_missing_row_and_one_that_nobody_asked_for_make_a_measurement_worthless(rows):
    with pytest.raises(Unreconciled, match="worth nothing"):
        account().reconcile(rows)
