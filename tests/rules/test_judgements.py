"""The whole judgement over facts of every kind: it always answers, and what it lets pass keeps every promise."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prolong_server.rules import calendar, renewal, versions
from prolong_server.rules.answers import Replay
from prolong_server.rules.errors import Refusal
from prolong_server.rules.facts import Spent
from prolong_server.rules.vocabulary import (
    CodeKind,
    CodeState,
    EditionKind,
    LicenseClass,
    LicenseStatus,
    MachineCheck,
    RenewalBasis,
    Territory,
)
from tests.rules.questions import ACTIVATION, RENEWAL, ask

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "renewal_dates.json").read_text("utf-8"))

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
numbers = st.sampled_from(["9.2", "9.10", "10", "9.10.0", "1!2", "9.10rc1"])
products = st.sampled_from(["antivirus", "antivirus", "antivirus", "firewall"])
counts = st.integers(1, 4)
countries = st.sampled_from(["UA", "MD", "PL"])
ANY_CHANGE = {
    "form": {"product": products, "product_version": st.none() | numbers, "machine_named": st.booleans()}
    | {"trusted_origin": st.booleans()},
    "product": {"code": products, "latest_version": numbers, "minimum_renewal_version": st.none() | numbers}
    | {"renewal_basis": st.sampled_from(RenewalBasis), "renewal_grace_months": st.integers(0, 3)}
    | {"max_advance_years": st.integers(0, 20), "machine_check": st.sampled_from(MachineCheck)},
    "edition": {"code": st.sampled_from(["home", "business"]), "kind": st.sampled_from(EditionKind)}
    | {"periods": st.lists(st.integers(0, 4), max_size=4).map(tuple), "territory": st.sampled_from(Territory)},
    "code": {"kind": st.sampled_from(CodeKind), "license_class": st.sampled_from(LicenseClass)}
    | {"period_years": st.integers(0, 4), "seats": counts, "territories": st.frozensets(countries)}
    | {"test": st.booleans(), "state": st.sampled_from(CodeState), "good_until": st.none() | days}
    | {"spent": st.none() | st.builds(Spent, st.integers(6, 8), st.booleans())},
    "held": {"product": products, "edition": st.sampled_from(["home", "business"])}
    | {"license_class": st.sampled_from(LicenseClass), "status": st.sampled_from(LicenseStatus), "seats": counts}
    | {"country": countries, "expires_on": days | st.just(date.max), "activated": st.booleans()}
    | {"test": st.booleans(), "machine_registered": st.booleans(), "machines": st.integers(0, 4)},
}
PARTS = {part: st.fixed_dictionaries({}, optional=fields) for part, fields in ANY_CHANGE.items()}
everything = st.fixed_dictionaries(
    {},
    optional={
        "today": days,
        "country": st.none() | countries,
        **{part: st.fixed_dictionaries({}, optional=fields) for part, fields in ANY_CHANGE.items() if part != "held"},
        "held": st.none() | st.fixed_dictionaries({}, optional=ANY_CHANGE["held"]),
    },
)
# Few changes leave the renewal possible, and possible renewals are what is to be examined.
one_part = st.one_of([st.fixed_dictionaries({part: changes}) for part, changes in PARTS.items()])
slightly_later = st.fixed_dictionaries({"today": days, "held": st.fixed_dictionaries({"expires_on": days})})


@given(everything, st.sampled_from([RENEWAL, ACTIVATION]))
def test_a_judgement_always_answers(changes, base):
    facts = ask(base, **changes)
    for rules in (renewal.REDEMPTION, renewal.CODE_ALONE, renewal.ACTIVATION):
        answer = renewal.judge(facts, rules)
        assert answer is None or isinstance(answer, Refusal | Replay)


@given(everything | one_part | slightly_later)
@example({})
def test_what_a_redemption_lets_pass_breaks_no_rule(changes):
    facts = ask(RENEWAL, **changes)
    if renewal.judge(facts, renewal.REDEMPTION) is not None:
        return
    code, held, product = facts.code, facts.held, facts.code.product
    after = renewal.renewed_until(facts)
    assert held.expires_on < after <= calendar.add_years(facts.today, product.max_advance_years)
    assert facts.today <= calendar.add_months(held.expires_on, product.renewal_grace_months)
    assert code.kind is CodeKind.RENEWAL
    assert code.state not in {CodeState.REDEEMED, CodeState.REVERSED, CodeState.VOIDED}
    assert code.good_until is None or facts.today <= code.good_until
    assert {facts.form.product, product.code, held.product} == {"antivirus"}
    assert (code.edition.code, code.seats, code.test) == (held.edition, held.seats, held.test)
    assert held.activated
    assert held.status is LicenseStatus.ACTIVE
    assert held.license_class is LicenseClass.STANDARD
    assert code.period_years in {1, 2, 3}
    assert code.period_years in code.edition.periods
    assert code.period_years < 3 or code.edition.kind is EditionKind.BUSINESS
    assert code.edition.territory is Territory.ANY or held.country in code.territories
    _came_from_a_machine_and_a_version_that_may_renew(facts)


def _came_from_a_machine_and_a_version_that_may_renew(facts):
    form, held, product = facts.form, facts.held, facts.code.product
    wanted = product.minimum_renewal_version or product.latest_version
    version = form.product_version
    assert form.trusted_origin if version is None else versions.is_at_least(version, wanted)
    counted = product.machine_check is MachineCheck.REGISTERED and form.machine_named
    assert not counted or held.machine_registered or held.machines < held.seats
    assert form.machine_named or form.trusted_origin or held.machine_registered or not _counts(product)


def _counts(product):
    return product.machine_check is MachineCheck.REGISTERED


@given(everything | one_part)
@example({})
def test_what_an_activation_lets_pass_creates_a_license_of_the_right_product_and_country(changes):
    facts = ask(ACTIVATION, **changes)
    if renewal.judge(facts, renewal.ACTIVATION) is not None:
        return
    code = facts.code
    assert code.kind is CodeKind.ACTIVATION
    assert code.state not in {CodeState.REDEEMED, CodeState.REVERSED, CodeState.VOIDED}
    assert code.edition.offers(code.period_years)
    assert code.edition.territory is Territory.ANY or facts.country in code.territories
    assert facts.form.product == code.product.code
    assert facts.license is None or facts.license.machines >= facts.license.seats


@pytest.mark.parametrize("basis", RenewalBasis)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['expires_on']}+{case['period_years']}y-{case['case']}")
def test_the_shared_examples_of_dates_are_judged_as_they_say(case, basis):
    # The examples are of dates alone: some lie further ahead than the six years of a product's default (R17).
    facts = ask(
        today=date.fromisoformat(case["today"]),
        held={"expires_on": date.fromisoformat(case["expires_on"])},
        code={"period_years": case["period_years"]},
        edition={"kind": EditionKind.BUSINESS, "periods": (1, 2, 3)},
        product={"renewal_basis": basis, "max_advance_years": 7},
    )
    answer = renewal.judge(facts, renewal.REDEMPTION)
    expected = case.get("refusal") or case.get(f"{basis}_refusal")
    assert getattr(answer, "code", answer) == expected
    assert expected or renewal.renewed_until(facts) == date.fromisoformat(case[basis])
