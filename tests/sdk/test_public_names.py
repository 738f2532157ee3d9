"""The names that partners build on."""

import re
from pathlib import Path

import pytest

import prolong
from prolong import refusals


def test_public_names_are_sorted_and_all_there() -> None:
    assert sorted(prolong.__all__) == prolong.__all__
    assert [name for name in prolong.__all__ if not hasattr(prolong, name)] == []


def test_every_refusal_class_is_named_after_its_code() -> None:
    for code, kind in refusals.BY_CODE.items():
        assert kind.__name__ == "".join(word.title() for word in code.split("_"))
        assert kind.__doc__


def test_the_drawn_tree_of_errors_is_the_real_one() -> None:
    drawn = set(re.findall(r"── (\w+)", prolong.errors.__doc__ or "")) - {"CodeAlreadyRedeemed", "RenewalWindowClosed"}
    named = [prolong.ProlongError, prolong.StoreError, prolong.DocumentError, prolong.errors.WebhookError]
    assert drawn == {kind.__name__ for parent in named for kind in parent.__subclasses__()}


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(prolong.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("code", sorted(refusals.BY_CODE))
def test_every_refusal_says_what_to_do_next(code: str) -> None:
    support = {"name": "Representative", "phone": "+380 44 111 11 11"}
    told = {"latest_version": "9.10", "download_url": "https://d.test", "where_to_buy": "https://buy.test", "seats": 3}
    for fields in ({}, {**told, "seats_bought": 5, "seats_of_code": 10, "missing": ["letter", "pledge"]}):
        advice = refusals.refusal({"code": code, "support": support, **fields}).advice
        assert advice
        assert "{" not in advice
        assert re.search("[.:]|https", advice)
    assert refusals.refusal({"code": code}).advice


def test_the_advice_is_made_from_what_the_server_has_told() -> None:
    def advice(code: str, **fields: object) -> str:
        return refusals.refusal({"code": code, **fields}).advice

    assert advice("product_outdated", latest_version="9.10", download_url="https://d.test") == (
        "Install version 9.10 from https://d.test, then enter the code again."
    )
    assert "9.10" in advice("product_outdated", latest_version="9.10", download_url=None)
    assert "5" in advice("seat_count_mismatch", seats_bought=5, seats_of_code=10)
    assert "https://buy.test" in advice("renewal_window_closed", where_to_buy="https://buy.test")
    assert advice("moon_in_wrong_phase", support={"name": "Olena", "phone": "+1"}) == "Call Olena, +1."
    assert advice("moon_in_wrong_phase") == "Call the vendor's support."
