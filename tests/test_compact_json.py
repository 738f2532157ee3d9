"""JSON is written as Python's own library would write it, only sooner."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prolong_server import compact_json
from prolong_server.rules.vocabulary import LicenseClass

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@settings(deadline=None)
@given(VALUES)
@example(2**64)
@example({"largest": 2**63 - 1, "beyond": -(2**63) - 1})
@example({1: "a key that is no text"})
def test_what_is_written_is_read_back_by_the_library_as_what_its_own_text_is(value):
    assert json.loads(compact_json.written(value)) == json.loads(json.dumps(value))


@given(st.recursive(PLAIN.filter(lambda one: not isinstance(one, float)), st.lists, max_leaves=5))
def test_but_for_fractions_it_is_the_same_text(value):
    assert compact_json.written(value).decode() == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_members_stay_in_their_order_and_words_of_the_contract_are_texts():
    assert compact_json.written({"b": LicenseClass.STANDARD, "a": 1}) == b'{"b":"standard","a":1}'


def test_half_a_pair_of_utf_16_is_told_as_a_question_mark():
    assert compact_json.written({"\ud800": ["a\udfff"]}) == b'{"?":["a?"]}'


@pytest.mark.parametrize("value", [date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), object(), {1, 2}, b"bytes"])
def test_what_is_no_json_is_refused_and_in_a_line_of_the_log_told_by_its_name(value):
    with pytest.raises(TypeError):
        compact_json.written({"value": value})
    assert json.loads(compact_json.line({"value": value})) == {"value": repr(value)}
