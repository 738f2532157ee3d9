import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import versions

numbers = st.lists(st.integers(0, 9999), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("version", "minimum"),
    [
        ("9.10", "9.2"),
        ("9.2", "9.2"),
        ("9.2.0", "9.2"),
        ("10", "9.99"),
        ("9.2.1", "9.2"),
        ("12.0", "12.0rc1"),
        ("v9.2", "9.2"),
    ],
)
def test_a_version_that_is_new_enough_passes(version, minimum):
    assert versions.is_at_least(version, minimum)


@pytest.mark.parametrize(("version", "minimum"), [("9.2", "9.10"), ("9.1.99", "9.2"), ("9.2rc1", "9.2"), ("9", "10")])
def test_an_older_version_does_not_pass(version, minimum):
    assert not versions.is_at_least(version, minimum)


@given(numbers, numbers)
def test_versions_compare_number_by_number(one, other):
    width = max(len(one), len(other))
    padded = [part + [0] * (width - len(part)) for part in (one, other)]
    assert versions.is_at_least(".".join(map(str, one)), ".".join(map(str, other))) == (padded[0] >= padded[1])


@pytest.mark.parametrize(
    "text", ["", "latest", "9.2 final build", "9..2", "٩.٢", "²", "1." * 32 + "1", "9.2\x00", "1" * 65]
)
def test_what_is_no_version_is_refused(text):
    with pytest.raises(ValueError, match="version"):
        versions.parse(text)
    with pytest.raises(ValueError, match="version"):
        versions.is_at_least("9.2", text)


@given(st.text(st.sampled_from("0129.vrcabpost-_+!*ٱ٣\n "), max_size=80))
def test_any_text_either_is_a_short_version_or_a_value_error(text):
    try:
        version = versions.parse(text)
    except ValueError:
        return
    assert len(text) <= versions.MAX_LENGTH
    assert versions.parse(str(version)) == version
