import pytest

from loadtests import seed, settings, stock
from loadtests.stock import NothingLeft, Stock
from prolong_server.rules import codes


def held() -> Stock:
    return Stock("shield", "1.0", "home", ["A", "B"], ["K1", "K2"], ["X"], ["V"], "plt_x")


def test_each_pair_is_taken_once():
    found = held()
    assert [found.take(), found.take()] == [0, 1]
    with pytest.raises(NothingLeft):
        found.take()


def test_a_stock_comes_back_from_its_file_which_nobody_else_may_read(tmp_path):
    file = tmp_path / "stock.json"
    stock.write(file, held())
    assert stock.read(file) == held()
    assert file.stat().st_mode & 0o077 == 0


def test_a_missing_stock_is_told_with_what_makes_one(tmp_path):
    with pytest.raises(SystemExit, match=r"python -m loadtests\.seed"):
        stock.read(tmp_path / "none.json")


def test_no_code_of_a_stock_is_shown_by_its_description():
    assert "'A'" not in repr(held())


def test_a_guessers_code_is_well_formed():
    code = seed.unknown_code()
    assert codes.show(codes.read(code).symbols) == code


def test_a_threshold_that_is_no_number_is_named(monkeypatch):
    monkeypatch.setenv("PROLONG_LOAD_MAX_ERRORS", "few")
    with pytest.raises(SystemExit, match="PROLONG_LOAD_MAX_ERRORS"):
        settings.read()
