"""The states of requests and of Modules, and what leads from one to another.

draft → submitted → in_review ⇄ needs_information → approved | rejected | withdrawn
approved → executed → (awaiting_return →) completed
"""

from typing import Final

from prolong_server.rules.errors import StateChanged
from prolong_server.rules.module_words import Action, ModuleEvent, ModuleState, RequestState

_DRAFT, _SUBMITTED, _IN_REVIEW, _NEEDS, _APPROVED, _REJECTED, _WITHDRAWN, _EXECUTED, _AWAITING, _COMPLETED = (
    RequestState
)

# What is not named here is not allowed. Data are changed only while they are the customer's to write; scans may still
# come later, for a review and an approval bind those that were looked at: others need a review again.
TRANSITIONS: Final[dict[Action, dict[RequestState, RequestState]]] = {
    Action.EDIT: {_DRAFT: _DRAFT, _NEEDS: _NEEDS},
    Action.ATTACH: {state: state for state in (_DRAFT, _SUBMITTED, _IN_REVIEW, _NEEDS, _APPROVED)},
    Action.SUBMIT: {_DRAFT: _SUBMITTED, _NEEDS: _IN_REVIEW},
    Action.WITHDRAW: dict.fromkeys((_DRAFT, _SUBMITTED, _IN_REVIEW, _NEEDS), _WITHDRAWN),
    Action.REVIEW: dict.fromkeys((_SUBMITTED, _IN_REVIEW, _APPROVED), _IN_REVIEW),
    Action.REQUEST_INFORMATION: {_IN_REVIEW: _NEEDS},
    Action.APPROVE: {_IN_REVIEW: _APPROVED},
    Action.REJECT: {_IN_REVIEW: _REJECTED, _NEEDS: _REJECTED},
    Action.RECORD_PAYMENT: {state: state for state in (_SUBMITTED, _IN_REVIEW, _NEEDS, _APPROVED)},
    Action.OVERRIDE_LIMIT: {state: state for state in (_IN_REVIEW, _APPROVED)},
    Action.EXECUTE: {_APPROVED: _EXECUTED},
    Action.AWAIT_RETURN: {_EXECUTED: _AWAITING},
    Action.RECORD_RETURN: {_AWAITING: _AWAITING},
    Action.COMPLETE: {_EXECUTED: _COMPLETED, _AWAITING: _COMPLETED},
}

_IN_SERVICE, _REPORTED, _TO_RETURN, _OUT = ModuleState
# What is out of service stays so. A Module that came back as it had to is the vendor's again, and may be given out.
_EVENTS: Final[dict[ModuleEvent, dict[ModuleState, ModuleState]]] = {
    ModuleEvent.LOST: dict.fromkeys((_IN_SERVICE, _REPORTED, _TO_RETURN), _REPORTED) | {_OUT: _OUT},
    ModuleEvent.BROKEN: dict.fromkeys((_IN_SERVICE, _REPORTED, _TO_RETURN), _REPORTED) | {_OUT: _OUT},
    ModuleEvent.FOUND: {_REPORTED: _REPORTED, _OUT: _OUT},
    ModuleEvent.RETURNED: {_IN_SERVICE: _IN_SERVICE, _REPORTED: _REPORTED, _TO_RETURN: _IN_SERVICE, _OUT: _OUT},
}


def after(state: RequestState, action: Action) -> RequestState | StateChanged:
    """The state of a request after an action, or the refusal where the state does not allow it."""
    return TRANSITIONS[action].get(state) or StateChanged(state=state.value)


def allowed_from(action: Action) -> frozenset[RequestState]:
    """The states in which an action is allowed, for the condition of an update."""
    return frozenset(TRANSITIONS[action])


def settled(*, outstanding: bool) -> RequestState:
    """M5: A request stays `awaiting_return` until the last old Module is recorded as received; then it is completed."""
    return _AWAITING if outstanding else _COMPLETED


def reported(state: ModuleState, event: ModuleEvent) -> ModuleState | StateChanged:
    """M9: A report marks a Module `reported`; out of service is for ever; one that turns up must still be returned."""
    return _EVENTS[event].get(state) or StateChanged(state=state.value)
