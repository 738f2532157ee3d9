"""The way of a request from one state to the next: one place that judges, writes and records it."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.models.modules import TransferRequest
from prolong_server.modules import request_rows
from prolong_server.operations import audit
from prolong_server.rules import errors, module_states
from prolong_server.rules.module_words import Action, RequestState

ENDED = frozenset({RequestState.REJECTED, RequestState.WITHDRAWN, RequestState.COMPLETED})


def judge(row: TransferRequest, action: Action) -> RequestState:
    """The state that this action leads to; StateChanged, with the state as it is, where it is not allowed."""
    found = module_states.after(row.state, action)
    if isinstance(found, errors.StateChanged):
        raise found
    return found


def move(session: Session, call: Call, row: TransferRequest, to: RequestState, **told: object) -> None:
    """Bring a request that is held into another state, by one conditional update, and record it."""
    before = row.state
    as_judged = (TransferRequest.id == row.id, TransferRequest.state == before, TransferRequest.version == row.version)
    values = {"state": to, "version": row.version + 1} | (
        {"ended_at": call.now, "ended_on": call.today} if to in ENDED else {}
    )
    session.flush()
    moved = update(TransferRequest).where(*as_judged).values(values).execution_options(synchronize_session=False)
    if session.connection().execute(moved).rowcount != 1:
        raise errors.StateChanged(state=before.value)
    session.refresh(row)
    after = {"state": to} | told
    audit.record(session, call, f"transfer_request.{to}", request_rows.name(row), {"state": before}, after)
