"""Of two refusals that both apply, the earlier one in the rules' order of precedence is the answer, for every pair."""

import inspect
import itertools
import re
from datetime import timedelta
from typing import Any

import pytest

from prolong_server.rules import renewal
from prolong_server.rules.answers import Replay, Rule
from prolong_server.rules.facts import Facts, Spent
from prolong_server.rules.vocabulary import CodeKind, CodeState, LicenseClass, LicenseStatus, RenewalBasis
from tests.rules import test_activation_rules, test_renewal
from tests.rules.questions import ACTIVATION, LICENSE, RENEWAL, TODAY, ask

Table = dict[Rule, tuple[str | Replay, dict[str, Any]]]

ONE_DAY = timedelta(days=1)
YEAR = timedelta(days=366)

# One breach of each rule, in the order in which the specification names them, with the answer it names.
SHARED: Table = {
    renewal.code_is_unspent: ("code_already_redeemed", {"code": {"state": CodeState.REDEEMED}}),
    renewal.code_is_not_voided: ("code_voided", {"code": {"state": CodeState.VOIDED}}),
    renewal.code_is_within_its_shelf_life: ("code_expired", {"code": {"good_until": TODAY - ONE_DAY}}),
}
PERIOD: Table = {renewal.period_is_allowed: ("period_not_allowed", {"edition": {"periods": ()}})}
OUTDATED: Table = {renewal.product_is_up_to_date: ("product_outdated", {"form": {"product_version": "9.2"}})}
OTHER_FORM: Table = {renewal.products_are_the_same: ("product_mismatch", {"form": {"product": "firewall"}})}

REDEMPTION: Table = {
    renewal.is_a_renewal_code: ("not_a_renewal_code", {"code": {"kind": CodeKind.ACTIVATION}}),
    renewal.sandbox_stays_apart: ("test_code", {"code": {"test": True}}),
    renewal.same_pair_gets_its_receipt: (
        "redemption_reversed",
        {"code": {"spent": Spent(LICENSE.id, reversed=True)}},
    ),
    **SHARED,
    renewal.license_is_known: ("license_not_found", {"held": None}),
    **OTHER_FORM,
    renewal.license_was_activated: ("license_not_activated", {"held": {"activated": False}}),
    renewal.license_is_not_revoked: ("license_revoked", {"held": {"status": LicenseStatus.REVOKED}}),
    renewal.license_is_not_suspended: ("license_suspended", {"held": {"status": LicenseStatus.SUSPENDED}}),
    renewal.class_is_renewable: ("promo_not_renewable", {"held": {"license_class": LicenseClass.PROMO}}),
    renewal.editions_are_the_same: ("edition_mismatch", {"held": {"edition": "business"}}),
    **PERIOD,
    renewal.window_is_open: ("renewal_window_closed", {"held": {"expires_on": TODAY - 90 * ONE_DAY}}),
    renewal.is_not_too_far_ahead: ("too_far_ahead", {"product": {"max_advance_years": 0}}),
    renewal.is_not_wasted: (
        "would_not_extend",
        {"product": {"renewal_basis": RenewalBasis.FROM_NOW}, "held": {"expires_on": TODAY + 3 * YEAR}},
    ),
    renewal.seats_are_equal: ("seat_count_mismatch", {"code": {"seats": 2}}),
    renewal.code_is_from_the_country: ("territory_mismatch", {"code": {"territories": frozenset({"PL"})}}),
    **OUTDATED,
    renewal.machine_belongs_to_the_license: ("machine_not_registered", {"held": {"machines": 3}}),
}
CODE_ALONE: Table = {
    rule: REDEMPTION[rule]
    for rule in (renewal.is_a_renewal_code, *SHARED, *OTHER_FORM, *PERIOD, renewal.product_is_up_to_date)
}
ACTIVATIONS: Table = {
    renewal.is_an_activation_code: ("renewal_code_cannot_activate", {"code": {"kind": CodeKind.RENEWAL}}),
    renewal.sandbox_stays_apart: ("test_code", {"held": {"test": True, "machines": 3}}),
    renewal.same_machine_gets_its_activation: (
        Replay.ACTIVATION,
        {"held": {"machine_registered": True, "machines": 3}},
    ),
    renewal.another_machine_takes_a_free_seat: (Replay.ANOTHER_MACHINE, {"held": {"machines": 2}}),
    **SHARED,
    **OTHER_FORM,
    **PERIOD,
    renewal.customer_is_in_the_territory: ("territory_mismatch", {"country": "PL"}),
    **OUTDATED,
}
TABLES: dict[str, tuple[Facts, tuple[Rule, ...], Table]] = {
    "redemption": (RENEWAL, renewal.REDEMPTION, REDEMPTION),
    "code alone": (ask(held=None), renewal.CODE_ALONE, CODE_ALONE),
    "activation": (ACTIVATION, renewal.ACTIVATION, ACTIVATIONS),
}
NEEDS_LICENSE = [rule for rule in REDEMPTION if rule not in {*CODE_ALONE, renewal.license_is_known}]
CANNOT_MEET = (
    *(frozenset({renewal.license_is_known, rule}) for rule in NEEDS_LICENSE),
    frozenset({renewal.code_is_unspent, renewal.code_is_not_voided}),
    frozenset({renewal.license_is_not_revoked, renewal.license_is_not_suspended}),
    # The window closes after the last day, and whatever is counted from a later day ends later.
    frozenset({renewal.window_is_open, renewal.is_not_wasted}),
)
RULES = dict.fromkeys(itertools.chain(renewal.REDEMPTION, renewal.CODE_ALONE, renewal.ACTIVATION))
PAIRS = [
    pytest.param(facts, rules, table, *pair, id=f"{name}: {pair[0].__name__}, {pair[1].__name__}")
    for name, (facts, rules, table) in TABLES.items()
    for pair in itertools.combinations(table, 2)
    if frozenset(pair) not in CANNOT_MEET
]


def told(answer):
    return getattr(answer, "code", answer)


@pytest.mark.parametrize("name", TABLES)
def test_the_order_of_the_rules_is_the_order_of_the_specification(name):
    _, rules, table = TABLES[name]
    assert [rule.__name__ for rule in rules] == [rule.__name__ for rule in table]


@pytest.mark.parametrize("name", TABLES)
def test_each_breach_alone_is_the_answer_of_the_whole_order(name):
    facts, rules, table = TABLES[name]
    answers = {rule: told(renewal.judge(ask(facts, **breach), rules)) for rule, (_, breach) in table.items()}
    assert answers == {rule: expected for rule, (expected, _) in table.items()}


@pytest.mark.parametrize(("facts", "rules", "table", "earlier", "later"), PAIRS)
def test_of_two_that_apply_the_earlier_is_the_answer(facts, rules, table, earlier, later):
    found = [
        both
        for first, second in ((earlier, later), (later, earlier))
        if _applies(earlier, both := _broken(facts, table, first, second)) and _applies(later, both)
    ]
    assert found, "no facts were found to which both apply"
    assert {told(renewal.judge(both, rules)) for both in found} == {table[earlier][0]}


@pytest.mark.parametrize("pair", CANNOT_MEET, ids=lambda pair: ", ".join(sorted(rule.__name__ for rule in pair)))
def test_the_pairs_left_out_cannot_apply_together(pair):
    for first, second in itertools.permutations(pair):
        both = _broken(RENEWAL, REDEMPTION, first, second)
        assert not (_applies(first, both) and _applies(second, both))


def _broken(facts, table, first, second):
    return ask(ask(facts, **table[first][1]), **table[second][1])


def _applies(rule, facts):
    try:
        return rule(facts) is not None
    except LookupError:
        return False


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_carries_its_sentence_and_its_number(rule):
    sentence = inspect.getdoc(rule) or ""
    assert re.fullmatch(r"(R\d+(, for an activation)?: )?[A-Z].*[a-z`)]\.", sentence)
    assert sentence.startswith("R") or rule is renewal.license_is_known


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_has_its_table_of_cases(rule):
    name = "Test" + rule.__name__.title().replace("_", "")
    cases = getattr(test_renewal, name, None) or getattr(test_activation_rules, name, None)
    assert cases is not None
    assert [method for method in vars(cases) if method.startswith("test_")]
