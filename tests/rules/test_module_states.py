"""The states of a request and of a Module: what is allowed, what leads where, and what is for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import module_states
from prolong_server.rules.errors import StateChanged
from prolong_server.rules.module_states import after, allowed_from, reported
from prolong_server.rules.module_words import Action, ModuleEvent, ModuleState, RequestState

OVER = {RequestState.REJECTED, RequestState.WITHDRAWN, RequestState.COMPLETED}
# The diagram of the rules, every arrow of it; the return of an approval to review is for scans that changed.
ARROWS = {
    ("draft", "submit", "submitted"),
    ("submitted", "review", "in_review"),
    ("in_review", "request_information", "needs_information"),
    ("needs_information", "submit", "in_review"),
    ("in_review", "approve", "approved"),
    ("in_review", "reject", "rejected"),
    ("needs_information", "reject", "rejected"),
    ("draft", "withdraw", "withdrawn"),
    ("submitted", "withdraw", "withdrawn"),
    ("in_review", "withdraw", "withdrawn"),
    ("needs_information", "withdraw", "withdrawn"),
    ("approved", "review", "in_review"),
    ("approved", "execute", "executed"),
    ("executed", "await_return", "awaiting_return"),
    ("executed", "complete", "completed"),
    ("awaiting_return", "complete", "completed"),
}
STAYING = {
    "edit": {"draft", "needs_information"},
    "attach": {"draft", "submitted", "in_review", "needs_information", "approved"},
    "record_payment": {"submitted", "in_review", "needs_information", "approved"},
    "override_limit": {"in_review", "approved"},
    "record_return": {"awaiting_return"},
}


def test_the_arrows_are_those_of_the_diagram_and_no_others():
    found = {
        (state.value, action.value, told.value)
        for state in RequestState
        for action in Action
        if isinstance(told := after(state, action), RequestState) and told is not state
    }
    assert found == ARROWS


@pytest.mark.parametrize("action", STAYING)
def test_what_changes_no_state_is_allowed_in_these_states_only(action):
    assert allowed_from(Action(action)) == STAYING[action]
    assert {after(RequestState(state), Action(action)) for state in STAYING[action]} == STAYING[action]


def test_a_review_is_begun_anew_when_scans_have_changed():
    assert after(RequestState.IN_REVIEW, Action.REVIEW) is RequestState.IN_REVIEW


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("action", Action)
def test_an_action_is_refused_with_the_state_exactly_where_it_is_not_allowed(state, action):
    told = after(state, action)
    assert isinstance(told, StateChanged) is (state not in allowed_from(action))
    if isinstance(told, StateChanged):
        assert told.fields == {"state": state.value}


@pytest.mark.parametrize("state", sorted(OVER))
def test_what_is_over_is_over_for_ever(state):
    assert [action for action in Action if isinstance(after(state, action), RequestState)] == []


@given(st.lists(st.sampled_from(Action), max_size=30))
def test_nothing_is_executed_that_was_not_approved_after_its_last_review(actions):
    state, passed = RequestState.DRAFT, []
    for action in actions:
        told = after(state, action)
        if isinstance(told, RequestState):
            state = told
            passed.append(action)
    if Action.EXECUTE in passed:
        decisions = [one for one in passed[: passed.index(Action.EXECUTE)] if one in {Action.REVIEW, Action.APPROVE}]
        assert decisions[-1] is Action.APPROVE
        assert passed.count(Action.EXECUTE) == 1


@pytest.mark.parametrize(("outstanding", "state"), [(True, "awaiting_return"), (False, "completed")])
def test_a_request_awaits_the_last_return_and_is_then_completed(outstanding, state):
    assert module_states.settled(outstanding=outstanding) == state


@pytest.mark.parametrize("event", [ModuleEvent.LOST, ModuleEvent.BROKEN])
def test_a_report_of_loss_or_damage_marks_a_module_reported(event):
    assert reported(ModuleState.IN_SERVICE, event) is ModuleState.REPORTED
    assert reported(ModuleState.REPORTED, event) is ModuleState.REPORTED


@pytest.mark.parametrize("event", ModuleEvent)
def test_out_of_service_is_for_ever(event):
    assert reported(ModuleState.OUT_OF_SERVICE, event) is ModuleState.OUT_OF_SERVICE


def test_one_that_turns_up_does_not_come_back_into_service():
    assert reported(ModuleState.REPORTED, ModuleEvent.FOUND) is ModuleState.REPORTED


def test_only_what_was_reported_can_be_found():
    told = reported(ModuleState.IN_SERVICE, ModuleEvent.FOUND)
    assert isinstance(told, StateChanged)
    assert told.fields == {"state": "in_service"}


@pytest.mark.parametrize("state", ModuleState)
def test_a_module_that_came_back_as_it_had_to_is_free_again_and_any_other_stays_as_it_is(state):
    free = ModuleState.IN_SERVICE if state is ModuleState.AWAITING_RETURN else state
    assert reported(state, ModuleEvent.RETURNED) is free


def test_a_module_that_gets_lost_on_its_way_back_is_reported():
    assert reported(ModuleState.AWAITING_RETURN, ModuleEvent.LOST) is ModuleState.REPORTED
