"""The rules that only an activation knows, each by its table of cases; those it shares are in test_renewal."""

import pytest

from prolong_server.rules import renewal
from prolong_server.rules.answers import Replay
from prolong_server.rules.vocabulary import CodeKind, CodeState, LicenseStatus, Territory
from tests.rules.questions import ACTIVATION, ask
from tests.rules.test_renewal import code_of

SPENT = {"state": CodeState.REDEEMED}


def test_nothing_speaks_against_the_activation_that_the_other_tests_change():
    assert renewal.judge(ACTIVATION, renewal.ACTIVATION) is None


class TestIsAnActivationCode:
    @pytest.mark.parametrize(
        ("kind", "refusal"), [(CodeKind.ACTIVATION, None), (CodeKind.RENEWAL, "renewal_code_cannot_activate")]
    )
    def test_a_renewal_code_is_refused_at_the_activation_form(self, kind, refusal):
        assert code_of(renewal.is_an_activation_code(ask(ACTIVATION, code={"kind": kind}))) == refusal


class TestSameMachineGetsItsActivation:
    def test_the_same_machine_gets_the_first_answer_though_every_seat_is_taken(self):
        facts = ask(ACTIVATION, code=SPENT, held={"machine_registered": True, "machines": 3})
        assert renewal.judge(facts, renewal.ACTIVATION) is Replay.ACTIVATION

    def test_the_first_answer_is_given_again_whatever_has_become_of_the_license(self):
        facts = ask(ACTIVATION, code=SPENT, held={"machine_registered": True, "status": LicenseStatus.SUSPENDED})
        assert renewal.judge(facts, renewal.ACTIVATION) is Replay.ACTIVATION

    def test_an_unspent_code_has_no_first_answer(self):
        assert renewal.same_machine_gets_its_activation(ACTIVATION) is None

    def test_another_machine_does_not_get_the_first_answer(self):
        assert renewal.same_machine_gets_its_activation(ask(ACTIVATION, held={"machines": 1})) is None


class TestAnotherMachineTakesAFreeSeat:
    @pytest.mark.parametrize(("machines", "expected"), [(0, Replay.ANOTHER_MACHINE), (2, Replay.ANOTHER_MACHINE)])
    def test_another_machine_joins_the_same_license_while_seats_are_free(self, machines, expected):
        facts = ask(ACTIVATION, code=SPENT, held={"machines": machines})
        assert renewal.judge(facts, renewal.ACTIVATION) is expected

    def test_when_every_seat_is_taken_the_code_was_used_before(self):
        facts = ask(ACTIVATION, code=SPENT, held={"machines": 3})
        assert renewal.another_machine_takes_a_free_seat(facts) is None
        assert code_of(renewal.judge(facts, renewal.ACTIVATION)) == "code_already_redeemed"

    def test_an_unspent_code_has_no_seats_yet(self):
        assert renewal.another_machine_takes_a_free_seat(ACTIVATION) is None


class TestCustomerIsInTheTerritory:
    @pytest.mark.parametrize(
        ("territory", "country", "refusal"),
        [
            (Territory.DEALER_COUNTRY, "UA", None),
            (Territory.DEALER_COUNTRY, "MD", None),
            (Territory.DEALER_COUNTRY, "PL", "territory_mismatch"),
            (Territory.DEALER_COUNTRY, None, "territory_mismatch"),
            (Territory.ANY, "PL", None),
        ],
    )
    def test_the_country_of_the_customer_decides(self, territory, country, refusal):
        facts = ask(ACTIVATION, edition={"territory": territory}, country=country)
        assert code_of(renewal.customer_is_in_the_territory(facts)) == refusal
