from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prolong_server.rules import identifiers

PREFIXES = ("prd", "lic", "dlr", "ord", "rdm", "tok", "stf", "cus", "mch", "prl")

prefixes = st.sampled_from(PREFIXES)
numbers = st.integers(1, 2**63 - 1)
ordinals = st.integers(0, 2**31 - 1)


@given(prefixes, numbers)
@example("lic", 1)
@example("lic", 2**63 - 1)
def test_an_identifier_reads_back_as_its_number(prefix, number):
    assert identifiers.read(prefix, identifiers.show(prefix, number)) == number


@given(prefixes, numbers, ordinals)
@example("rdm", 1, 0)
@example("rdm", 2**63 - 1, 2**31 - 1)
def test_the_identifier_of_a_pair_reads_back_as_both_numbers(prefix, number, ordinal):
    assert identifiers.read_pair(prefix, identifiers.show_pair(prefix, number, ordinal)) == (number, ordinal)


@given(numbers)
def test_an_identifier_has_one_shape_and_needs_no_escaping_anywhere(number):
    text = identifiers.show("lic", number)
    assert len(text) == len("lic_") + 13
    assert text.removeprefix("lic_").isalnum()
    assert text == text.lower()


@given(prefixes, prefixes, numbers)
def test_an_identifier_of_another_kind_of_thing_is_not_read(wanted, given_prefix, number):
    found = identifiers.read(wanted, identifiers.show(given_prefix, number))
    assert (found is None) is (wanted != given_prefix)


@given(st.text(max_size=30) | st.text(identifiers.ALPHABET, max_size=22).map("lic_".__add__))
@example("")
@example("lic_")
@example("lic")
@example("lic_0000000000000")
@example("lic_zzzzzzzzzzzzz")
@example("lic_0000000000001\n")
@example("LIC_0000000000001")
@example("lic_000000000000O")
@example("lic_000000000000١")
def test_what_is_read_is_written_in_the_one_way_in_which_it_is_shown(text):
    number = identifiers.read("lic", text)
    assert number is None or identifiers.show("lic", number) == text
    pair = identifiers.read_pair("lic", text)
    assert pair is None or identifiers.show_pair("lic", *pair) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lic_",
        "lic_0000000000000",
        "lic_8000000000000",
        "lic_00000000000001",
        "lic_000000000001",
        "lic_0000000000001\n",
        "LIC_0000000000001",
        "lic_000000000000A",
        "lic_000000000000u",
    ],
)
def test_zero_numbers_out_of_range_other_lengths_and_other_signs_are_no_identifiers(text):
    assert identifiers.read("lic", text) is None


@pytest.mark.parametrize("tail", ["", "0000000", "2000000", "000000A", "000000\n"])
def test_a_pair_needs_both_numbers_in_range(tail):
    known = identifiers.show("rdm", 5)
    expected = (5, 0) if tail == "0000000" else None
    assert identifiers.read_pair("rdm", known + tail) == expected


@given(st.binary(min_size=8, max_size=8))
@example(bytes(8))
@example(b"\xff" * 8)
def test_a_new_number_can_be_a_primary_key_and_an_identifier(random):
    number = identifiers.new_id(lambda size: random[:size])
    assert 0 < number < 2**63
    assert identifiers.read("lic", identifiers.show("lic", number)) == number


@given(st.integers(0, 80 * 366 * 86_400), st.binary(min_size=4, max_size=4))
def test_an_ordered_number_grows_with_time_and_can_be_shown(seconds, random):
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    number = identifiers.new_ordered_id(moment, lambda size: random[:size])
    later = identifiers.new_ordered_id(moment + timedelta(seconds=1), lambda size: bytes(size))
    assert 0 < number < later < 1 << identifiers.BITS
    assert identifiers.read("ord", identifiers.show("ord", number)) == number
