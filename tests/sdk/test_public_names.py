"""The names that partners build on."""

import re
from pathlib import Path

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
    named = [prolong.ProlongError, prolong.DocumentError]
    assert drawn == {kind.__name__ for parent in named for kind in parent.__subclasses__()}


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(prolong.__file__).parent / "py.typed").is_file()
