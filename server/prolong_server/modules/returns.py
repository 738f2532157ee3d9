"""Modules that customers have to give back: recorded as received, listed and reminded of when they are late (M5)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.modules import ModuleReturn, TransferRequest
from prolong_server.modules import notices, registry, request_rows, request_states, request_views
from prolong_server.modules.request_views import RequestView
from prolong_server.operations import audit
from prolong_server.rules import errors, module_states
from prolong_server.rules.module_words import Action, ModuleEvent, RequestState

BATCH: Final = 100
_DAYS_BETWEEN_REMINDERS: Final = 7


@db.transactional
def record(session: Session, call: Call, ref: str, module: str) -> RequestView:
    """Record that a Module came back; with the last one the request is completed. Again: unchanged.

    NotFound, ModuleNotFound, StateChanged, InvalidRequest for a Module that this request does not have to give back.
    """
    row = request_rows.find(session, call, ref, lock=True)
    found = registry.find(session, module, lock=True)
    waiting = session.get(ModuleReturn, (row.id, found.id))
    if waiting is None or waiting.received_at is None:
        request_states.judge(row, Action.RECORD_RETURN)
    if waiting is None:
        raise errors.InvalidRequest({"module": ["This request does not have to give this Module back."]})
    if waiting.received_at is None:
        registry.note(session, call, found, ModuleEvent.RETURNED)
        receive(session, call, row, found.id)
    return request_views.view(session, call, row)


def receive(session: Session, call: Call, row: TransferRequest, module_id: int) -> None:
    """Note for a request that is held that a Module has come back, and complete it with the last one."""
    waiting = session.get_one(ModuleReturn, (row.id, module_id))
    waiting.received_at, waiting.received_by = call.now, audit.actor_name(call.actor)
    session.flush()
    _settle(session, call, row)


@db.transactional
def remind(session: Session, call: Call) -> int:
    """Remind the customers and the representatives of a batch of late Modules, once a week; how many requests."""
    late = exists().where(
        ModuleReturn.request_id == TransferRequest.id,
        ModuleReturn.received_at.is_(None),
        ModuleReturn.due_on < call.today,
    )
    before = call.today - timedelta(days=_DAYS_BETWEEN_REMINDERS)
    due = or_(TransferRequest.reminded_on.is_(None), TransferRequest.reminded_on <= before)
    chosen = select(TransferRequest).where(TransferRequest.state == RequestState.AWAITING_RETURN, late, due)
    batch = chosen.order_by(TransferRequest.id).limit(BATCH)
    rows = session.scalars(batch.with_for_update(skip_locked=True)).all()
    for row in rows:
        notices.remind(session, call, row)
        row.reminded_on = call.today
    return len(rows)


def _settle(session: Session, call: Call, row: TransferRequest) -> None:
    waiting = exists().where(ModuleReturn.request_id == row.id, ModuleReturn.received_at.is_(None))
    outstanding = bool(session.scalar(select(waiting)))
    if module_states.settled(outstanding=outstanding) is RequestState.COMPLETED:
        request_states.move(session, call, row, request_states.judge(row, Action.COMPLETE))
        notices.tell(session, call, row)
