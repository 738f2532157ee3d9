"""Every rule of a redemption by its own table of cases: what it refuses, with which facts, and what it lets pass."""

from datetime import date, timedelta

import pytest

from prolong_server.rules import renewal
from prolong_server.rules.answers import Replay
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
from tests.rules.questions import LICENSE, RENEWAL, TODAY, ask

ONE_DAY = timedelta(days=1)


def code_of(answer):
    return None if answer is None else answer.code


def fields_of(answer):
    return answer.fields


def helps_to_buy(answer):
    return answer.solved_by_purchase


def test_nothing_speaks_against_the_renewal_that_the_other_tests_change():
    assert renewal.judge(RENEWAL, renewal.REDEMPTION) is None


class TestIsARenewalCode:
    @pytest.mark.parametrize(
        ("kind", "refusal"), [(CodeKind.RENEWAL, None), (CodeKind.ACTIVATION, "not_a_renewal_code")]
    )
    def test_an_activation_code_is_refused_at_the_redemption_form(self, kind, refusal):
        assert code_of(renewal.is_a_renewal_code(ask(code={"kind": kind}))) == refusal


class TestSandboxStaysApart:
    @pytest.mark.parametrize(
        ("code", "held", "refusal"),
        [(False, False, None), (True, True, None), (True, False, "test_code"), (False, True, "test_code")],
    )
    def test_sandbox_and_live_do_not_mix(self, code, held, refusal):
        facts = ask(code={"test": code}, held={"test": held})
        assert code_of(renewal.sandbox_stays_apart(facts)) == refusal

    @pytest.mark.parametrize("test", [True, False])
    def test_without_a_license_there_is_nothing_to_mix(self, test):
        assert renewal.sandbox_stays_apart(ask(code={"test": test}, held=None)) is None


class TestSamePairGetsItsReceipt:
    def test_the_same_pair_gets_the_first_receipt(self):
        facts = ask(code={"spent": Spent(LICENSE.id, reversed=False), "state": CodeState.REDEEMED})
        assert renewal.same_pair_gets_its_receipt(facts) is Replay.RECEIPT

    def test_the_receipt_is_given_for_ever_whatever_has_become_of_license_code_and_product(self):
        facts = ask(
            today=date(2090, 1, 1),
            code={"spent": Spent(LICENSE.id, reversed=False), "state": CodeState.REDEEMED, "good_until": TODAY},
            held={"status": LicenseStatus.REVOKED, "machines": 3, "seats": 1},
            form={"product": "another", "product_version": "0.1"},
        )
        assert renewal.judge(facts, renewal.REDEMPTION) is Replay.RECEIPT

    @pytest.mark.parametrize("state", [CodeState.REDEEMED, CodeState.REVERSED])
    def test_a_reversed_redemption_of_the_same_pair_is_refused(self, state):
        facts = ask(code={"spent": Spent(LICENSE.id, reversed=True), "state": state})
        assert code_of(renewal.same_pair_gets_its_receipt(facts)) == "redemption_reversed"

    @pytest.mark.parametrize(
        "facts",
        [
            RENEWAL,
            ask(code={"spent": Spent(LICENSE.id + 1, reversed=False)}),
            ask(code={"spent": Spent(LICENSE.id + 1, reversed=True)}),
            ask(code={"spent": Spent(LICENSE.id, reversed=False)}, held=None),
        ],
        ids=["unspent", "another license", "another license, reversed", "unknown license"],
    )
    def test_no_other_pair_is_told_of_the_receipt(self, facts):
        assert renewal.same_pair_gets_its_receipt(facts) is None


class TestCodeIsUnspent:
    @pytest.mark.parametrize(
        ("state", "refusal"),
        [
            (CodeState.ISSUED, None),
            (CodeState.VOIDED, None),
            (CodeState.REDEEMED, "code_already_redeemed"),
            (CodeState.REVERSED, "code_already_redeemed"),
        ],
    )
    def test_a_code_works_once_and_a_reversed_one_stays_spent(self, state, refusal):
        assert code_of(renewal.code_is_unspent(ask(code={"state": state}))) == refusal

    @pytest.mark.parametrize("taken_back", [False, True])
    @pytest.mark.parametrize("held", [{}, None], ids=["another license", "unknown license"])
    def test_with_any_other_key_the_whole_judgement_is_that_the_code_was_used(self, taken_back, held):
        spent = {"spent": Spent(LICENSE.id + 1, taken_back), "state": CodeState.REDEEMED}
        answer = renewal.judge(ask(code=spent, held=held), renewal.REDEMPTION)
        assert code_of(answer) == "code_already_redeemed"


class TestCodeIsNotVoided:
    @pytest.mark.parametrize(("state", "refusal"), [(CodeState.ISSUED, None), (CodeState.VOIDED, "code_voided")])
    def test_a_voided_code_is_refused(self, state, refusal):
        assert code_of(renewal.code_is_not_voided(ask(code={"state": state}))) == refusal


class TestCodeIsWithinItsShelfLife:
    @pytest.mark.parametrize(
        ("good_until", "refusal"),
        [(None, None), (TODAY + ONE_DAY, None), (TODAY, None), (TODAY - ONE_DAY, "code_expired")],
    )
    def test_a_code_is_good_through_its_last_day(self, good_until, refusal):
        answer = renewal.code_is_within_its_shelf_life(ask(code={"good_until": good_until}))
        assert code_of(answer) == refusal

    def test_the_refusal_names_the_last_day(self):
        answer = renewal.code_is_within_its_shelf_life(ask(code={"good_until": TODAY - ONE_DAY}))
        assert fields_of(answer) == {"good_until": TODAY - ONE_DAY}


class TestLicenseIsKnown:
    def test_a_renewal_never_creates_a_license(self):
        assert code_of(renewal.license_is_known(ask(held=None))) == "license_not_found"
        assert renewal.license_is_known(RENEWAL) is None


class TestProductsAreTheSame:
    @pytest.mark.parametrize(
        ("form", "code", "held", "refusal"),
        [
            ("antivirus", "antivirus", {}, None),
            ("antivirus", "antivirus", None, None),
            ("firewall", "antivirus", {}, "product_mismatch"),
            ("firewall", "antivirus", None, "product_mismatch"),
            ("antivirus", "firewall", {}, "product_mismatch"),
            ("antivirus", "antivirus", {"product": "firewall"}, "product_mismatch"),
            ("firewall", "firewall", {}, "product_mismatch"),
            ("no such product", "antivirus", {}, "product_mismatch"),
        ],
    )
    def test_form_code_and_license_name_one_product(self, form, code, held, refusal):
        facts = ask(form={"product": form}, product={"code": code}, held=held)
        assert code_of(renewal.products_are_the_same(facts)) == refusal


class TestLicenseWasActivated:
    @pytest.mark.parametrize(("activated", "refusal"), [(True, None), (False, "license_not_activated")])
    def test_a_license_that_was_never_activated_cannot_be_renewed(self, activated, refusal):
        assert code_of(renewal.license_was_activated(ask(held={"activated": activated}))) == refusal


class TestLicenseIsNotRevoked:
    @pytest.mark.parametrize("status", LicenseStatus)
    def test_only_a_revoked_license_is_refused_as_revoked(self, status):
        expected = "license_revoked" if status is LicenseStatus.REVOKED else None
        assert code_of(renewal.license_is_not_revoked(ask(held={"status": status}))) == expected


class TestLicenseIsNotSuspended:
    @pytest.mark.parametrize("status", LicenseStatus)
    def test_only_a_suspended_license_is_refused_as_suspended(self, status):
        expected = "license_suspended" if status is LicenseStatus.SUSPENDED else None
        assert code_of(renewal.license_is_not_suspended(ask(held={"status": status}))) == expected


class TestClassIsRenewable:
    @pytest.mark.parametrize(
        ("license_class", "refusal"),
        [
            (LicenseClass.STANDARD, None),
            (LicenseClass.PROMO, "promo_not_renewable"),
            (LicenseClass.NFR, "nfr_not_renewable"),
            (LicenseClass.TRIAL, "trial_not_renewable"),
        ],
    )
    def test_promo_partner_and_trial_licenses_cannot_be_renewed_and_a_purchase_helps(self, license_class, refusal):
        answer = renewal.class_is_renewable(ask(held={"license_class": license_class}))
        assert code_of(answer) == refusal
        assert answer is None or helps_to_buy(answer)


class TestEditionsAreTheSame:
    @pytest.mark.parametrize(
        ("held", "code", "refusal"),
        [("home", "home", None), ("home", "business", "edition_mismatch"), ("business", "home", "edition_mismatch")],
    )
    def test_code_and_license_name_one_edition(self, held, code, refusal):
        answer = renewal.editions_are_the_same(ask(held={"edition": held}, edition={"code": code}))
        assert code_of(answer) == refusal
        assert answer is None or fields_of(answer) == {"edition_of_license": held, "edition_of_code": code}


class TestPeriodIsAllowed:
    @pytest.mark.parametrize(
        ("kind", "periods", "years", "refusal"),
        [
            (EditionKind.HOME, (1, 2), 1, None),
            (EditionKind.HOME, (1, 2), 2, None),
            (EditionKind.HOME, (1, 2), 3, "period_not_allowed"),
            (EditionKind.HOME, (1, 2, 3), 3, "period_not_allowed"),
            (EditionKind.BUSINESS, (1, 2, 3), 3, None),
            (EditionKind.BUSINESS, (1, 3), 2, "period_not_allowed"),
            (EditionKind.BUSINESS, (1, 2), 3, "period_not_allowed"),
            (EditionKind.BUSINESS, (0, 1, 4), 4, "period_not_allowed"),
            (EditionKind.BUSINESS, (0, 1, 4), 0, "period_not_allowed"),
            (EditionKind.HOME, (), 1, "period_not_allowed"),
        ],
    )
    def test_a_period_is_listed_by_the_edition_and_three_years_are_for_business(self, kind, periods, years, refusal):
        facts = ask(edition={"kind": kind, "periods": periods}, code={"period_years": years})
        assert code_of(renewal.period_is_allowed(facts)) == refusal


class TestWindowIsOpen:
    @pytest.mark.parametrize(
        ("expires_on", "months", "today", "refusal"),
        [
            (date(2026, 1, 31), 1, date(2020, 1, 1), None),
            (date(2026, 1, 31), 1, date(2026, 1, 31), None),
            (date(2026, 1, 31), 1, date(2026, 2, 28), None),
            (date(2026, 1, 31), 1, date(2026, 3, 1), "renewal_window_closed"),
            (date(2024, 1, 31), 1, date(2024, 2, 29), None),
            (date(2024, 1, 31), 1, date(2024, 3, 1), "renewal_window_closed"),
            (date(2026, 1, 31), 0, date(2026, 1, 31), None),
            (date(2026, 1, 31), 0, date(2026, 2, 1), "renewal_window_closed"),
            (date(2026, 1, 31), 3, date(2026, 4, 30), None),
            (date(2026, 1, 31), 3, date(2026, 5, 1), "renewal_window_closed"),
        ],
    )
    def test_the_last_day_of_the_grace_is_included_and_the_next_is_too_late(self, expires_on, months, today, refusal):
        facts = ask(today=today, held={"expires_on": expires_on}, product={"renewal_grace_months": months})
        assert code_of(renewal.window_is_open(facts)) == refusal

    def test_the_refusal_names_both_days_and_a_purchase_helps(self):
        answer = renewal.window_is_open(ask(today=date(2026, 9, 1)))
        assert fields_of(answer) == {"expires_on": date(2026, 7, 1), "renewable_until": date(2026, 8, 1)}
        assert helps_to_buy(answer)


class TestIsNotTooFarAhead:
    @pytest.mark.parametrize(
        ("expires_on", "years", "most", "refusal"),
        [
            (date(2031, 6, 15), 1, 6, None),
            (date(2031, 6, 16), 1, 6, "too_far_ahead"),
            (date(2030, 6, 15), 2, 6, None),
            (date(2030, 6, 16), 2, 6, "too_far_ahead"),
            (date(2026, 6, 15), 1, 1, None),
            (date(2026, 6, 16), 1, 1, "too_far_ahead"),
            (date(9999, 12, 31), 1, 6, "too_far_ahead"),
        ],
    )
    def test_codes_may_be_stacked_up_to_the_years_of_the_product_from_today(self, expires_on, years, most, refusal):
        facts = ask(held={"expires_on": expires_on}, code={"period_years": years}, product={"max_advance_years": most})
        assert code_of(renewal.is_not_too_far_ahead(facts)) == refusal

    def test_the_refusal_names_the_day_reached_and_the_last_day_allowed(self):
        answer = renewal.is_not_too_far_ahead(ask(held={"expires_on": date(2032, 1, 1)}))
        assert fields_of(answer) == {"expires_on_after": date(2033, 1, 1), "latest_expires_on": date(2032, 6, 15)}


class TestIsNotWasted:
    @pytest.mark.parametrize(
        ("basis", "expires_on", "refusal"),
        [
            (RenewalBasis.FROM_EXPIRY, date(2030, 1, 1), None),
            (RenewalBasis.FROM_NOW_IF_EXPIRED, date(2030, 1, 1), None),
            (RenewalBasis.FROM_NOW, date(2027, 6, 13), None),
            (RenewalBasis.FROM_NOW, date(2027, 6, 14), "would_not_extend"),
            (RenewalBasis.FROM_NOW, date(2027, 6, 15), "would_not_extend"),
        ],
    )
    def test_the_new_last_day_is_later_than_the_old_one(self, basis, expires_on, refusal):
        facts = ask(held={"expires_on": expires_on}, product={"renewal_basis": basis})
        answer = renewal.is_not_wasted(facts)
        assert code_of(answer) == refusal
        assert answer is None or fields_of(answer) == {"expires_on": expires_on}


class TestSeatsAreEqual:
    @pytest.mark.parametrize(
        ("held", "code", "refusal"), [(3, 3, None), (3, 2, "seat_count_mismatch"), (3, 4, "seat_count_mismatch")]
    )
    def test_a_renewal_is_for_exactly_the_seats_bought_and_the_refusal_says_both(self, held, code, refusal):
        answer = renewal.seats_are_equal(ask(held={"seats": held}, code={"seats": code}))
        assert code_of(answer) == refusal
        assert answer is None or fields_of(answer) == {"seats_bought": held, "seats_of_code": code}
        assert answer is None or helps_to_buy(answer)


class TestCodeIsFromTheCountry:
    @pytest.mark.parametrize(
        ("territory", "territories", "refusal"),
        [
            (Territory.DEALER_COUNTRY, {"UA"}, None),
            (Territory.DEALER_COUNTRY, {"PL", "UA"}, None),
            (Territory.DEALER_COUNTRY, {"PL"}, "territory_mismatch"),
            (Territory.DEALER_COUNTRY, set(), "territory_mismatch"),
            (Territory.ANY, {"PL"}, None),
            (Territory.ANY, set(), None),
        ],
    )
    def test_the_policy_of_the_edition_says_whose_codes_renew_it(self, territory, territories, refusal):
        facts = ask(edition={"territory": territory}, code={"territories": frozenset(territories)})
        answer = renewal.code_is_from_the_country(facts)
        assert code_of(answer) == refusal
        assert answer is None or (fields_of(answer) == {"country": "UA"} and helps_to_buy(answer))


class TestProductIsUpToDate:
    @pytest.mark.parametrize(
        ("version", "latest", "minimum", "refusal"),
        [
            ("9.10", "9.10", None, None),
            ("9.2", "9.10", None, "product_outdated"),
            ("9.10", "9.2", None, None),
            ("10", "9.10", None, None),
            ("9.10.0", "9.10", None, None),
            ("9.2", "9.10", "9.2", None),
            ("9.1", "9.10", "9.2", "product_outdated"),
            ("9.10", "9.2", "10", "product_outdated"),
            (None, "9.10", None, "product_outdated"),
        ],
    )
    def test_versions_are_compared_as_versions(self, version, latest, minimum, refusal):
        product = {"latest_version": latest, "minimum_renewal_version": minimum}
        answer = renewal.product_is_up_to_date(ask(form={"product_version": version}, product=product))
        assert code_of(answer) == refusal
        where = "https://vendor.example/download"
        assert answer is None or fields_of(answer) == {"latest_version": latest, "download_url": where}

    @pytest.mark.parametrize(("version", "refusal"), [(None, None), ("9.10", None), ("9.2", "product_outdated")])
    def test_a_page_of_an_allowed_origin_may_leave_the_version_out_but_not_understate_it(self, version, refusal):
        facts = ask(form={"product_version": version, "trusted_origin": True})
        assert code_of(renewal.product_is_up_to_date(facts)) == refusal


class TestMachineBelongsToTheLicense:
    @pytest.mark.parametrize(
        ("machines", "registered", "refusal"),
        [(0, False, None), (2, False, None), (3, False, "machine_not_registered"), (3, True, None)],
    )
    def test_machines_register_themselves_while_seats_are_free(self, machines, registered, refusal):
        facts = ask(held={"machines": machines, "machine_registered": registered})
        answer = renewal.machine_belongs_to_the_license(facts)
        assert code_of(answer) == refusal
        assert answer is None or fields_of(answer) == {"seats": 3}

    @pytest.mark.parametrize(
        ("check", "trusted", "refusal"),
        [
            (MachineCheck.REGISTERED, False, "machine_not_registered"),
            (MachineCheck.REGISTERED, True, None),
            (MachineCheck.OFF, False, None),
            (MachineCheck.OFF, True, None),
        ],
    )
    def test_only_a_page_of_an_allowed_origin_may_leave_the_machine_out(self, check, trusted, refusal):
        form = {"machine_named": False, "trusted_origin": trusted}
        answer = renewal.machine_belongs_to_the_license(ask(form=form, product={"machine_check": check}))
        assert code_of(answer) == refusal

    def test_an_allowed_origin_does_not_help_a_machine_that_is_named_and_foreign(self):
        facts = ask(form={"trusted_origin": True}, held={"machines": 3})
        assert code_of(renewal.machine_belongs_to_the_license(facts)) == "machine_not_registered"

    def test_a_product_that_does_not_count_machines_takes_any(self):
        facts = ask(held={"machines": 3}, product={"machine_check": MachineCheck.OFF})
        assert renewal.machine_belongs_to_the_license(facts) is None
