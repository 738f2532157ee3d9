"""Every rule of requests, bindings, approvals and executions by its cases, and the order in which they answer."""

import inspect
import itertools
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from prolong_server.rules import license_files, modules
from prolong_server.rules.module_facts import Binding, Module, MovedLicense, MoveLimit, Override
from prolong_server.rules.module_words import ChecklistItem, ModuleState, MoveKind
from tests.rules import test_license_files
from tests.rules.moving import (
    EVERYTHING,
    NEW,
    OLD,
    TODAY,
    approval,
    code_of,
    execution,
    fields_of,
    modules_scans,
    move,
    request,
)

REPLACEMENTS = (MoveKind.REPLACE_LOST, MoveKind.REPLACE_BROKEN)
OTHERS = (MoveKind.TRANSFER, MoveKind.MERGE, MoveKind.REDISTRIBUTE)
LIMIT = MoveLimit(allowed_count=1, policy_term_months=12)
ALONE = Override("The customer's office burned down", "per_1", None)
BOTH = replace(ALONE, confirmed_by="per_2")
TUPLES = {
    "submission": modules.SUBMISSION,
    "binding": modules.BINDING,
    "approval": modules.APPROVAL,
    "execution": modules.EXECUTION,
    "handed in": license_files.HANDED_IN,
}


def limited(limit):
    """A license that was moved today and may be moved so often."""
    return (MovedLicense("lic_1", {OLD: 5}, {NEW: 5}, (TODAY,), limit),)


RULES = [rule for rules in TUPLES.values() for rule in rules]


def binding(state=ModuleState.IN_SERVICE, **changes):
    stated: dict[str, Any] = {"license": "lic_1", "seats_of_license": 5, "bound": 2, "seats": 3}
    return Binding(**(stated | changes), module=Module(OLD, state))


def gone(serial, state=ModuleState.REPORTED):
    return (Module(serial, state),)


class TestIsComplete:
    @pytest.mark.parametrize("kind", MoveKind)
    def test_a_complete_request_may_be_submitted(self, kind):
        assert modules.is_complete(request(kind)) is None

    def test_an_incomplete_request_is_refused_and_the_refusal_says_what_is_missing(self):
        refusal = modules.is_complete(request(company="", non_use=False))
        assert code_of(refusal) == "request_incomplete"
        assert [one.code for one in fields_of(refusal)["missing"]] == ["company", "non_use"]


class TestSeatsStayTheSame:
    def test_seats_that_would_vanish_are_refused_with_the_place_of_the_license_in_the_list(self):
        licenses = (move(), move(key="KEY-2", origins=((OLD, 3),), targets=((NEW, 2),)))
        refusal = modules.seats_stay_the_same(request(licenses=licenses))
        assert code_of(refusal) == "seats_not_conserved"
        assert fields_of(refusal) == {"license": 2, "before": 3, "after": 2}

    @pytest.mark.parametrize("kind", MoveKind)
    def test_seats_that_are_only_moved_are_well(self, kind):
        assert modules.seats_stay_the_same(request(kind)) is None


class TestModuleIsKnown:
    def test_a_module_that_nobody_registered_is_refused_with_its_number(self):
        refusal = modules.module_is_known(binding(None))
        assert (code_of(refusal), fields_of(refusal)) == ("module_not_found", {"module": OLD})

    @pytest.mark.parametrize("state", ModuleState)
    def test_a_registered_one_is_known_in_whatever_state(self, state):
        assert modules.module_is_known(binding(state)) is None


class TestModuleIsInService:
    @pytest.mark.parametrize("state", [ModuleState.REPORTED, ModuleState.OUT_OF_SERVICE])
    def test_nothing_is_bound_to_a_module_that_is_reported_or_out_of_service(self, state):
        refusal = modules.module_is_in_service(binding(state))
        assert (code_of(refusal), fields_of(refusal)) == ("module_out_of_service", {"module": OLD})

    def test_a_module_in_service_may_hold_licenses(self):
        assert modules.module_is_in_service(binding()) is None


class TestSeatsAreEnough:
    @pytest.mark.parametrize(("seats", "code"), [(1, None), (3, None), (4, "seats_exceeded")])
    def test_the_seats_bound_never_exceed_those_of_the_license(self, seats, code):
        assert code_of(modules.seats_are_enough(binding(seats=seats))) == code

    def test_the_refusal_says_how_many_would_be_bound(self):
        refusal = modules.seats_are_enough(binding(seats=4))
        assert fields_of(refusal) == {"license": "lic_1", "bound": 6, "seats": 5}


class TestScansAreAsReviewed:
    def test_scans_that_changed_since_the_review_need_a_new_one(self):
        changed = approval(scans_now=modules_scans("b" * 64))
        assert code_of(modules.scans_are_as_reviewed(changed)) == "scans_changed_since_review"

    def test_the_scans_that_were_reviewed_are_approved(self):
        assert modules.scans_are_as_reviewed(approval()) is None


class TestPapersAreThere:
    @pytest.mark.parametrize("kind", MoveKind)
    def test_a_request_whose_letter_was_taken_back_is_not_approved(self, kind):
        lacking = request(kind, attachments=frozenset())
        assert code_of(modules.papers_are_there(approval(kind, data=lacking))) == "request_incomplete"

    @pytest.mark.parametrize("kind", MoveKind)
    def test_a_whole_request_may_be_approved(self, kind):
        assert modules.papers_are_there(approval(kind)) is None


class TestReturnIsPledged:
    @pytest.mark.parametrize("kind", OTHERS)
    def test_a_return_that_was_not_pledged_is_asked_for_first(self, kind):
        assert code_of(modules.return_is_pledged(approval(kind, return_required=True))) == "return_not_pledged"

    @pytest.mark.parametrize("kind", MoveKind)
    def test_a_return_that_was_pledged_may_be_required(self, kind):
        pledged = approval(kind, data=request(kind, return_modules=True), return_required=True)
        assert modules.return_is_pledged(pledged) is None

    @pytest.mark.parametrize("kind", [kind for kind in MoveKind if kind is not MoveKind.REPLACE_BROKEN])
    def test_where_no_return_is_required_none_need_be_pledged(self, kind):
        assert modules.return_is_pledged(approval(kind)) is None

    def test_a_broken_module_is_returned_though_nobody_decided_it(self):
        unpledged = approval(data=request(MoveKind.REPLACE_BROKEN, return_modules=False))
        assert code_of(modules.return_is_pledged(unpledged)) == "return_not_pledged"


class TestChecklistIsComplete:
    @pytest.mark.parametrize("kind", MoveKind)
    @pytest.mark.parametrize("item", ChecklistItem)
    def test_each_item_of_the_kind_must_be_ticked_and_the_one_that_is_not_is_named(self, kind, item):
        refusal = modules.checklist_is_complete(approval(kind, ticked=EVERYTHING - {item}))
        if item in modules.checklist(kind, return_required=False):
            assert (code_of(refusal), fields_of(refusal)) == ("documents_not_accepted", {"lacking": [item.value]})
        else:
            assert refusal is None

    @pytest.mark.parametrize("kind", MoveKind)
    def test_what_is_lacking_is_named_in_the_order_of_the_letter(self, kind):
        refusal = modules.checklist_is_complete(approval(kind, ticked=frozenset()))
        assert fields_of(refusal)["lacking"] == list(modules.checklist(kind, return_required=False))

    @pytest.mark.parametrize("kind", OTHERS)
    def test_a_return_that_is_required_must_stand_in_the_letter(self, kind):
        ticked = EVERYTHING - {ChecklistItem.RETURN_MODULES}
        refusal = modules.checklist_is_complete(approval(kind, ticked=ticked, return_required=True))
        assert fields_of(refusal) == {"lacking": ["return_modules"]}


class TestScansAreAsApproved:
    def test_other_scans_than_the_approved_ones_are_not_executed(self):
        changed = execution(scans_now=modules_scans("b" * 64))
        assert code_of(modules.scans_are_as_approved(changed)) == "scans_changed_since_review"

    def test_the_approved_scans_are(self):
        assert modules.scans_are_as_approved(execution()) is None


class TestDocumentsAreAccepted:
    @pytest.mark.parametrize("kind", REPLACEMENTS)
    @pytest.mark.parametrize("item", [ChecklistItem.LETTERHEAD, ChecklistItem.WRITE_OFF_ACT])
    def test_a_replacement_needs_the_letter_and_the_act_accepted(self, kind, item):
        refusal = modules.documents_are_accepted(execution(kind, ticked=EVERYTHING - {item}))
        assert (code_of(refusal), fields_of(refusal)) == ("documents_not_accepted", {"lacking": [item.value]})

    @pytest.mark.parametrize("kind", OTHERS)
    def test_another_move_needs_no_act(self, kind):
        ticked = EVERYTHING - {ChecklistItem.WRITE_OFF_ACT, ChecklistItem.LOSS_OR_DAMAGE}
        assert modules.documents_are_accepted(execution(kind, ticked=ticked)) is None

    def test_a_required_return_must_have_been_accepted(self):
        ticked = EVERYTHING - {ChecklistItem.RETURN_MODULES}
        assert code_of(modules.documents_are_accepted(execution(ticked=ticked, return_required=True)))


class TestReplacementIsPaid:
    @pytest.mark.parametrize("kind", REPLACEMENTS)
    def test_a_replacement_waits_for_its_payment(self, kind):
        assert code_of(modules.replacement_is_paid(execution(kind, paid=False))) == "replacement_not_paid"
        assert modules.replacement_is_paid(execution(kind, paid=True)) is None

    @pytest.mark.parametrize("kind", OTHERS)
    def test_another_move_costs_nothing(self, kind):
        assert modules.replacement_is_paid(execution(kind, paid=False)) is None


class TestModulesAreKnown:
    @pytest.mark.parametrize("side", ["origins", "targets"])
    def test_an_unknown_module_on_either_side_is_refused_with_its_number(self, side):
        refusal = modules.modules_are_known(execution(**{side: (Module("M-9", None),)}))
        assert (code_of(refusal), fields_of(refusal)) == ("module_not_found", {"module": "M-9"})

    def test_registered_modules_are_known(self):
        assert modules.modules_are_known(execution()) is None


class TestModulesStandInService:
    @pytest.mark.parametrize("kind", MoveKind)
    @pytest.mark.parametrize("state", [ModuleState.REPORTED, ModuleState.OUT_OF_SERVICE])
    def test_nothing_moves_to_a_module_that_is_reported_or_out_of_service(self, kind, state):
        refusal = modules.modules_stand_in_service(execution(kind, targets=gone(NEW, state)))
        assert (code_of(refusal), fields_of(refusal)) == ("module_out_of_service", {"module": NEW})

    @pytest.mark.parametrize("kind", OTHERS)
    @pytest.mark.parametrize("state", [ModuleState.REPORTED, ModuleState.OUT_OF_SERVICE])
    def test_what_a_lost_module_holds_is_not_transferred_around_the_payment_of_a_replacement(self, kind, state):
        assert code_of(modules.modules_stand_in_service(execution(kind, origins=gone(OLD, state))))

    @pytest.mark.parametrize("kind", REPLACEMENTS)
    @pytest.mark.parametrize("state", ModuleState)
    def test_a_replacement_moves_what_the_old_module_holds_whatever_has_become_of_it(self, kind, state):
        assert modules.modules_stand_in_service(execution(kind, origins=gone(OLD, state))) is None


class TestLimitIsKept:
    def test_a_license_that_was_moved_too_often_is_named_with_the_limit_and_the_day(self):
        refusal = modules.limit_is_kept(execution(licenses=limited(LIMIT)))
        assert code_of(refusal) == "move_limit_reached"
        assert fields_of(refusal) == {
            "license": "lic_1",
            "allowed_count": 1,
            "policy_term_months": 12,
            "next_on": date(2027, 6, 15),
        }

    @pytest.mark.parametrize("kind", MoveKind)
    def test_moves_of_every_kind_are_limited(self, kind):
        assert code_of(modules.limit_is_kept(execution(kind, licenses=limited(LIMIT))))

    def test_without_a_limit_and_within_it_a_move_is_free(self):
        assert modules.limit_is_kept(execution(licenses=limited(None))) is None
        assert modules.limit_is_kept(execution(licenses=limited(MoveLimit(2, 12)))) is None

    @pytest.mark.parametrize(
        "override",
        [ALONE, replace(ALONE, confirmed_by=""), replace(ALONE, confirmed_by="per_1"), replace(BOTH, reason=" ")],
    )
    def test_nobody_overrides_the_limit_alone_or_without_a_reason(self, override):
        refusal = modules.limit_is_kept(execution(licenses=limited(LIMIT), override=override))
        assert code_of(refusal) == "second_person_needed"

    def test_two_people_override_it_with_a_reason(self):
        assert modules.limit_is_kept(execution(licenses=limited(LIMIT), override=BOTH)) is None

    def test_an_override_that_is_not_needed_does_no_harm(self):
        assert modules.limit_is_kept(execution(override=ALONE)) is None


class TestSeatsAreConserved:
    def test_of_several_licenses_the_one_whose_seats_change_is_named(self):
        licenses = (MovedLicense("lic_1", {OLD: 5}, {NEW: 5}), MovedLicense("lic_2", {OLD: 3}, {OLD: 1, NEW: 1}))
        refusal = modules.seats_are_conserved(execution(licenses=licenses))
        assert code_of(refusal) == "seats_not_conserved"
        assert fields_of(refusal) == {"license": "lic_2", "before": 3, "after": 2}

    def test_seats_that_are_only_moved_are_well(self):
        assert modules.seats_are_conserved(execution()) is None


@pytest.mark.parametrize(
    ("kind", "decided", "needed"),
    [(kind, decided, decided or kind is MoveKind.REPLACE_BROKEN) for kind in MoveKind for decided in (True, False)],
)
def test_a_return_is_the_representatives_decision_and_a_broken_module_is_always_returned(kind, decided, needed):
    assert modules.must_return(kind, decided=decided) is needed
    assert (ChecklistItem.RETURN_MODULES in modules.checklist(kind, return_required=decided)) is needed


def test_the_checklist_of_a_redistribution_has_its_order_and_that_of_a_replacement_its_documents():
    lists = {kind: modules.checklist(kind, return_required=False) for kind in MoveKind}
    with_order = {kind for kind in MoveKind if ChecklistItem.ORDER_OF_REDISTRIBUTION in lists[kind]}
    with_act = {
        kind for kind in MoveKind if {ChecklistItem.WRITE_OFF_ACT, ChecklistItem.LOSS_OR_DAMAGE} <= {*lists[kind]}
    }
    assert (with_order, with_act) == ({MoveKind.REDISTRIBUTE}, {*REPLACEMENTS})


# One breach of each rule, in the order of its tuple, with the answer.
BROKEN_EXECUTIONS = {
    modules.scans_are_as_approved: ("scans_changed_since_review", {"scans_now": modules_scans("b" * 64)}),
    modules.documents_are_accepted: ("documents_not_accepted", {"ticked": frozenset()}),
    modules.replacement_is_paid: ("replacement_not_paid", {"paid": False}),
    modules.modules_are_known: ("module_not_found", {"origins": gone(OLD, None)}),
    modules.modules_stand_in_service: ("module_out_of_service", {"targets": gone(NEW)}),
    modules.limit_is_kept: ("move_limit_reached", {"licenses": limited(LIMIT)}),
    modules.seats_are_conserved: (
        "seats_not_conserved",
        {"licenses": (MovedLicense("lic_1", {OLD: 5}, {}, (TODAY,)),)},
    ),
}
BROKEN_APPROVALS = {
    modules.papers_are_there: ("request_incomplete", {"data": request(MoveKind.MERGE, attachments=frozenset())}),
    modules.scans_are_as_reviewed: ("scans_changed_since_review", {"scans_now": modules_scans("b" * 64)}),
    modules.return_is_pledged: ("return_not_pledged", {"return_required": True}),
    modules.checklist_is_complete: ("documents_not_accepted", {"ticked": frozenset()}),
}
TABLES: dict[str, tuple[Any, Any, Any]] = {
    "execution": (execution(MoveKind.REPLACE_LOST), modules.EXECUTION, BROKEN_EXECUTIONS),
    "approval": (approval(MoveKind.MERGE), modules.APPROVAL, BROKEN_APPROVALS),
}
PAIRS = [
    pytest.param(facts, rules, table, *pair, id=f"{name}: {pair[0].__name__} before {pair[1].__name__}")
    for name, (facts, rules, table) in TABLES.items()
    for pair in itertools.combinations(table, 2)
]


@pytest.mark.parametrize("name", TABLES)
def test_nothing_speaks_against_what_the_other_tests_break(name):
    facts, rules, table = TABLES[name]
    assert modules.judge(facts, rules) is None
    assert tuple(table) == rules


@pytest.mark.parametrize(("facts", "rules", "table", "earlier", "later"), PAIRS)
def test_of_two_breaches_the_earlier_rule_answers(facts, rules, table, earlier, later):
    first, second = table[earlier][1], table[later][1]
    shared = {name: first[name] + second[name] for name in first.keys() & second.keys() if name == "licenses"}
    both = replace(facts, **(first | second | shared))
    assert earlier(both) is not None
    assert later(both) is not None
    assert code_of(modules.judge(both, rules)) == table[earlier][0]


def test_an_incomplete_request_is_told_before_its_seats_are_counted():
    lopsided = request(company="", licenses=(move(targets=((NEW, 1),)),))
    assert [rule(lopsided) is not None for rule in modules.SUBMISSION] == [True, True]
    assert code_of(modules.judge(lopsided, modules.SUBMISSION)) == "request_incomplete"


def test_an_unknown_module_is_told_before_what_else_speaks_against_a_binding():
    assert code_of(modules.judge(binding(None, seats=9), modules.BINDING)) == "module_not_found"
    assert code_of(modules.judge(binding(ModuleState.REPORTED, seats=9), modules.BINDING)) == "module_out_of_service"
    assert code_of(modules.judge(binding(seats=9), modules.BINDING)) == "seats_exceeded"
    assert modules.judge(binding(), modules.BINDING) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_carries_its_sentence_and_its_number(rule):
    assert re.fullmatch(r"M\d+(, judged early)?: [A-Z].*[a-z`]\.", inspect.getdoc(rule) or "")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_has_its_table_of_cases(rule):
    name = "Test" + rule.__name__.title().replace("_", "")
    cases = globals().get(name) or getattr(test_license_files, name, None)
    assert cases is not None, name
    assert [method for method in vars(cases) if method.startswith("test_")]
