import pytest

from loadtests import journal, reconciliation
from loadtests.reconciliation import Outcome, Row


def sent(pair: int) -> dict[str, object]:
    return {"pair": pair, "sent": True}


def answered(pair: int, status: int, receipt: str | None = None) -> dict[str, object]:
    return {"pair": pair, "status": status, "receipt": receipt}


def outcome(lines: list[dict[str, object]], rows: list[Row]) -> Outcome:
    return reconciliation.reconcile(reconciliation.attempts(lines), rows, {"lic_1": 1, "lic_2": 2}.get)


CONFIRMED = [sent(1), answered(1, 201, "rdm_1")]


def test_a_confirmed_redemption_and_its_row_match():
    assert outcome(CONFIRMED, [Row("rdm_1", "lic_1")]) == Outcome(1, 0, ())


def test_a_replay_of_the_same_receipt_matches():
    lines = [*CONFIRMED, sent(1), answered(1, 200, "rdm_1"), sent(1), answered(1, 0)]
    assert outcome(lines, [Row("rdm_1", "lic_1")]).problems == ()


@pytest.mark.parametrize("status", [0, 500, 503])
def test_a_row_of_a_request_whose_outcome_is_unknown_matches(status):
    assert outcome([sent(2), answered(2, status)], [Row("rdm_2", "lic_2")]) == Outcome(0, 1, ())
    assert outcome([sent(2)], [Row("rdm_2", "lic_2")]) == Outcome(0, 1, ())
    assert outcome([sent(2)], []) == Outcome(0, 0, ())


def test_a_confirmation_without_a_row_is_told():
    assert outcome(CONFIRMED, []).problems == ("pair 1 was confirmed, but no row holds it",)


@pytest.mark.parametrize("lines", [[], [sent(2), answered(2, 404)], [sent(2), answered(2, 409)]])
def test_a_row_that_no_client_can_have_caused_is_told(lines):
    told = outcome(lines, [Row("rdm_2", "lic_2")]).problems
    assert told == ("row rdm_2 was neither confirmed to a client nor left open",)


def test_two_first_receipts_and_two_different_receipts_are_double_spends():
    twice = [sent(1), sent(1), answered(1, 201, "rdm_1"), answered(1, 201, "rdm_1")]
    assert "pair 1 was redeemed more than once" in outcome(twice, [Row("rdm_1", "lic_1")]).problems
    other = [sent(1), sent(1), answered(1, 201, "rdm_1"), answered(1, 200, "rdm_9")]
    assert "pair 1 was redeemed more than once" in outcome(other, [Row("rdm_1", "lic_1")]).problems


def test_a_license_that_was_renewed_twice_is_told():
    told = outcome([*CONFIRMED, sent(1)], [Row("rdm_1", "lic_1"), Row("rdm_7", "lic_1")]).problems
    assert "license lic_1 stands in 2 rows" in told


def test_the_clients_log_comes_back_as_it_was_written_and_holds_no_code(tmp_path):
    file = tmp_path / "clients.jsonl"
    log = journal.opened(file)
    log.sent(1)
    log.answered(1, 201, "rdm_1")
    log.close()
    with file.open("a") as cut:
        cut.write('{"pair": 2, "se')
    assert list(journal.read(file)) == CONFIRMED
