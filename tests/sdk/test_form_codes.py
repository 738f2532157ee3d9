"""The text of a code is judged while it is typed, as the server would judge it, and without the network."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong import codes
from prolong_server.rules import codes as servers
from prolong_server.rules.errors import CodeMalformed

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "codes.json").read_text(encoding="utf-8"))
CODE = VECTORS["codes"][0]["display"]
SPELLINGS = [(text, one) for one in VECTORS["codes"] for text in one["read_as_canonical"]]
signs = st.one_of(st.sampled_from(servers.ALPHABET + "OIlprnf- \t–−U!²①٣СЖÄ－Ｗ"), st.characters())


@pytest.mark.parametrize(("text", "code"), SPELLINGS)
def test_every_spelling_that_is_forgiven_is_shown_as_the_code_is_printed(text, code):
    found = codes.read(text)
    assert (found.state, found.symbols, found.display) == ("complete", code["canonical"], code["display"])


@pytest.mark.parametrize("case", VECTORS["marked"], ids=lambda case: case["text"])
def test_a_mark_stands_in_front_and_outside_the_groups(case):
    found = codes.read(case["text"])
    assert (found.state, found.symbols) == ("complete", case["canonical"])
    assert found.display == case["text"].upper()
    assert len(found.groups) == 5


@pytest.mark.parametrize("text", VECTORS["malformed"])
def test_no_malformed_code_is_called_complete(text):
    assert codes.read(text).state in {"empty", "incomplete", "mistyped"}


@given(st.one_of(st.text(signs, max_size=40), st.sampled_from([text for text, _ in SPELLINGS]), st.text(max_size=210)))
def test_form_and_server_agree_on_every_text(text):
    try:
        expected = servers.read(text).symbols
    except CodeMalformed:
        expected = None
    found = codes.read(text)
    assert (found.symbols if found.state == "complete" else None) == expected


@given(st.text(signs, max_size=40))
def test_what_is_shown_reads_the_same_when_it_is_read_again(text):
    once = codes.read(text)
    if once.state in {"incomplete", "complete"} and not once.symbols.startswith(("PR0", "NFR")):
        assert codes.read(once.display) == once


@given(st.text(st.sampled_from(codes.ALPHABET), min_size=24, max_size=24), st.integers(0, 24), st.data())
def test_every_single_wrong_symbol_is_caught(symbols, at, data):
    code = symbols + codes.check_symbol(symbols)
    wrong = data.draw(st.sampled_from([sign for sign in codes.ALPHABET if sign != code[at]]))
    assert codes.read(code).state == "complete"
    assert codes.read(code[:at] + wrong + code[at + 1 :]).hint == "check"


@pytest.mark.parametrize(
    ("text", "state", "hint", "group"),
    [
        ("", "empty", "", None),
        ("WXWCB-YB6", "incomplete", "", None),
        ("WXWCB-YB6WК", "mistyped", "keyboard", 1),
        ("WXWCB-YB!", "mistyped", "symbol", 1),
        (CODE + "7", "mistyped", "length", None),
        (CODE[:-1] + "H", "mistyped", "check", None),
        ("ЖЖЖЖЖ" * 8, "mistyped", "keyboard", 0),
        ("PRO-", "empty", "", None),
        ("PRO-YHP9R-0QY", "incomplete", "", None),
    ],
)
def test_a_code_on_its_way_says_how_far_it_is_and_which_group_looks_wrong(text, state, hint, group):
    found = codes.read(text)
    assert (found.state, found.hint, found.group) == (state, hint, group)


def test_no_symbol_of_a_code_shows_in_a_repr():
    assert "WXWCB" not in repr(codes.read(CODE))
