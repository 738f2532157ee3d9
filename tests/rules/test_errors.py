"""Every refusal: its code is its own, its sentence whole, and whoever raises it brings what the sentence names."""

import ast
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prolong_server
from prolong_server.rules import errors
from prolong_server.rules.errors import CodeMalformed, InvalidRequest, Refusal, ScanRefused

FAMILIES = {Refusal, *Refusal.__subclasses__()}
REFUSALS = [kind for name in errors.__all__ if (kind := getattr(errors, name)) not in FAMILIES]
NAMES = {kind.__name__: kind for kind in REFUSALS}
HOME = Path(prolong_server.__file__).parent
SOURCES = {
    path.relative_to(HOME).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in HOME.rglob("*.py")
    if "errors" not in path.relative_to(HOME).parts
}

OF_THE_RULES = """
period_not_allowed renewal_window_closed code_already_redeemed machine_not_registered product_outdated
seat_count_mismatch renewal_code_cannot_activate license_not_activated not_a_renewal_code promo_not_renewable
nfr_not_renewable trial_not_renewable territory_mismatch renewal_price_not_preferential product_mismatch
edition_mismatch license_suspended license_revoked code_voided code_expired too_far_ahead would_not_extend
redemption_reversed test_code
"""
OF_THE_CONTRACT = """
code_not_found license_not_found invalid_request code_malformed idempotency_key_reused still_running
idempotency_result_secret try_again credit_exceeded no_price dealer_suspended codes_no_longer_available
"""
SOLVED_BY_A_PURCHASE = """
renewal_window_closed seat_count_mismatch promo_not_renewable nfr_not_renewable trial_not_renewable territory_mismatch
"""


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def sentences(kind):
    hints = CodeMalformed.hints.values() if kind is CodeMalformed else ()
    return [kind.sentence, *hints, *(ScanRefused.reasons.values() if kind is ScanRefused else ())]


def named(node):
    """The refusal that an expression names, as `errors.NotFound` or `NotFound`."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    return NAMES.get(name)


def makings():
    """Every place that makes a refusal: where, which, and the names of the fields it gives."""
    for where, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (kind := named(node.func)):
                yield f"{where}:{node.lineno}", kind, {keyword.arg for keyword in node.keywords}
            elif isinstance(node, ast.Raise) and node.exc is not None and (kind := named(node.exc)):
                yield f"{where}:{node.lineno}", kind, set()


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_has_a_code_a_title_and_sentences(kind):
    assert kind.code.replace("_", "").isalpha()
    assert kind.code == kind.code.lower()
    assert kind.title[0].isupper()
    assert kind.title[-1].isalpha()
    for sentence in sentences(kind):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert len(sentence.split()) > 8, "a sentence says what happened, what it means and what to do next"


def test_no_two_refusals_share_a_code_a_title_or_a_sentence():
    for told in ("code", "title", "sentence"):
        assert len({getattr(kind, told) for kind in REFUSALS}) == len(REFUSALS), told


def test_every_class_of_refusal_can_be_imported_from_the_package():
    found, waiting = set(), [Refusal]
    while waiting:
        kind = waiting.pop()
        found |= {kind.__name__} if kind.__module__.startswith(errors.__name__) else set()
        waiting += kind.__subclasses__()
    assert found == set(errors.__all__)
    assert errors.__all__ == sorted(errors.__all__)


def test_the_tree_at_the_top_names_every_refusal():
    drawn = {
        word for line in errors.__doc__.splitlines() if "── " in line for word in [line.split("── ")[1].split()[0]]
    }
    assert drawn | {"Refusal"} == set(errors.__all__)


def test_every_code_that_the_rules_and_the_contract_name_exists():
    codes = {kind.code for kind in REFUSALS}
    assert set(f"{OF_THE_RULES} {OF_THE_CONTRACT}".split()) - codes == set()


def test_exactly_the_refusals_of_r2_r8_r10_and_r11_are_solved_by_a_purchase():
    assert {kind.code for kind in REFUSALS if kind.solved_by_purchase} == set(SOLVED_BY_A_PURCHASE.split())


def test_every_refusal_is_made_somewhere():
    told = {
        kind
        for where, tree in SOURCES.items()
        if not where.startswith("api/problems")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and (kind := named(node))
    }
    assert set(REFUSALS) - told == set()


def test_whoever_makes_a_refusal_gives_every_field_that_its_sentence_names():
    lacking = {where: placeholders(kind.sentence) - given for where, kind, given in makings()}
    assert {where: names for where, names in lacking.items() if names} == {}


def test_the_search_for_makings_finds_those_of_the_rules():
    found = {kind for where, kind, _ in makings() if where.startswith("rules/renewal")}
    assert {errors.RenewalWindowClosed, errors.SeatCountMismatch, errors.NotARenewalCode} <= found


@given(st.data())
def test_a_sentence_takes_fields_of_any_value(data):
    kind = data.draw(st.sampled_from(REFUSALS))
    odd = (
        st.none() | st.integers() | st.dates() | st.text() | st.sampled_from(["{", "}", "{0}", "{a.b}", "%s", "%(x)s"])
    )
    fields = {name: data.draw(odd) for name in placeholders(kind.sentence)}
    told = kind.sentence.format(**fields)
    assert all(str(value) in told for value in fields.values())


@pytest.mark.parametrize("kind", REFUSALS)
def test_placeholders_are_plain_names(kind):
    for sentence in sentences(kind):
        parts = [part[1:] for part in string.Formatter().parse(sentence) if part[1] is not None]
        assert all(str(name).isidentifier() and not form and not conversion for name, form, conversion in parts)
        assert "%" not in sentence


@pytest.mark.parametrize("hint", CodeMalformed.hints)
def test_a_malformed_code_is_explained_by_its_hint(hint):
    assert CodeMalformed(hint).message == CodeMalformed.hints[hint]
    assert CodeMalformed(hint).fields == {"hint": hint}


@pytest.mark.parametrize("hint", [None, "", "another"])
def test_a_malformed_code_without_a_known_hint_is_explained_all_the_same(hint):
    assert CodeMalformed(hint).message == CodeMalformed.sentence


def test_an_invalid_request_carries_what_is_wrong_by_field():
    assert InvalidRequest({"seats": ["Write a whole number."]}).fields == {
        "errors": {"seats": ["Write a whole number."]}
    }


def test_a_refusal_shows_its_code_and_no_field_when_it_is_logged():
    assert str(errors.CodeExpired(good_until="2026-01-01")) == "code_expired"
    assert "2026" not in repr(errors.CodeExpired(good_until="2026-01-01"))
