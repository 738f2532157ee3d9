"""The canonical form of an event and its link, on which every later verification rests."""

import json
import math
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import chains

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)


def test_the_link_of_an_event_is_the_hash_of_the_one_before_and_of_its_canonical_json():
    event = {"position": 1, "actor": "system", "after": {"b": 1.0, "a": "Київ"}, "before": None}
    text = b'{"actor":"system","after":{"a":"\\u041a\\u0438\\u0457\\u0432","b":1},"before":null,"position":1}'
    assert chains.canonical(event) == text
    assert chains.link(chains.GENESIS, event) == sha256(bytes(32) + text).digest()


def test_the_order_of_keys_says_nothing():
    assert chains.canonical({"a": {"x": 1, "y": 2}, "b": 3}) == chains.canonical({"b": 3, "a": {"y": 2, "x": 1}})


@pytest.mark.parametrize(("one", "other"), [(1.0, 1), (1e20, 10**20), (-0.0, 0), (100.0, 100)])
def test_a_whole_number_is_the_same_however_it_was_written(one, other):
    assert chains.canonical({"a": [one]}) == chains.canonical({"a": [other]})


@pytest.mark.parametrize(
    ("one", "other"), [(1, "1"), (True, 1), (None, "null"), (None, 0), (0.1, 0.10000001), ("é", "e\u0301"), ([], {})]
)
def test_what_is_not_the_same_has_another_form(one, other):
    assert chains.canonical({"a": one}) != chains.canonical({"a": other})


@pytest.mark.parametrize("value", [math.nan, math.inf, b"bytes", object()])
def test_what_is_no_json_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        chains.canonical({"a": value})


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_the_form_survives_being_written_and_read_as_json(event):
    assert chains.canonical(json.loads(json.dumps(event))) == chains.canonical(event)


def test_the_hash_before_counts():
    assert chains.link(chains.GENESIS, {"a": 1}) != chains.link(b"\1" * 32, {"a": 1})
