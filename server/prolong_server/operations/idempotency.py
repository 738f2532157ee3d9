"""Idempotency-Key: the answer to a creating request is kept in the very transaction that creates.

So a process that dies leaves either both or neither, and a repetition never creates a second time. The key's row is
inserted first: on PostgreSQL a concurrent twin waits for it, at most for the connection's `lock_timeout`.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from psycopg.errors import LockNotAvailable
from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from prolong_server.call import Answer, Call, Once
from prolong_server.db import transactional
from prolong_server.models.operations import KeptAnswer
from prolong_server.rules import errors

KEPT_FOR = timedelta(days=30)
PURGED_AT_ONCE = 1000
P = ParamSpec("P")
T = TypeVar("T")


class Replayed(Exception):
    """The request was carried out before; `answer` is what was said then."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


def creating(work: Callable[Concatenate[Session, Call, P], T]) -> Callable[Concatenate[Call, P], T]:
    """Like `db.transactional`, and carried out only once for one Idempotency-Key (`call.once`).

    Raises Replayed with the first answer; IdempotencyKeyReused for another body; IdempotencyResultSecret when the
    first answer held a secret; StillRunning when a twin has not finished.
    """

    @transactional
    @wraps(work)
    def run(session: Session, call: Call, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if call.once is None:
            return work(session, call, *args, **kwargs)
        row = _claim(session, call, call.once)
        result = work(session, call, *args, **kwargs)
        _keep(row, call.once, result)
        return result

    return run


@transactional
def purge(session: Session, call: Call) -> int:
    """Delete kept answers whose 30 days are over, at most PURGED_AT_ONCE; how many."""
    named = (KeptAnswer.token_id, KeptAnswer.route, KeptAnswer.key)
    over = KeptAnswer.created_at < call.now - KEPT_FOR
    batch = select(*named).where(over).order_by(KeptAnswer.created_at).limit(PURGED_AT_ONCE)
    # Asked again of each row: a key that was used anew meanwhile keeps its new answer.
    return session.connection().execute(delete(KeptAnswer).where(tuple_(*named).in_(batch), over)).rowcount


def _claim(session: Session, call: Call, once: Once) -> KeptAnswer:
    expired = KeptAnswer.created_at < call.now - KEPT_FOR
    session.execute(delete(KeptAnswer).where(*_is(once), expired))
    row = KeptAnswer(
        token_id=once.token_id,
        route=once.route,
        key=once.key,
        request_digest=once.body_digest,
        created_at=call.now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        _answer_from(session, once)
    except OperationalError as failure:
        if not isinstance(failure.orig, LockNotAvailable):
            raise
        raise errors.StillRunning from failure
    return row


def _answer_from(session: Session, once: Once) -> None:
    kept = session.execute(select(KeptAnswer).where(*_is(once))).scalar_one()
    if kept.request_digest != once.body_digest:
        raise errors.IdempotencyKeyReused
    if kept.status is None:
        raise errors.IdempotencyResultSecret
    raise Replayed(Answer(kept.status, kept.body or b""))


def _keep(row: KeptAnswer, once: Once, result: object) -> None:
    answer = once.tell(result)
    if answer is not None:
        row.status, row.body = answer.status, answer.body


def _is(once: Once) -> tuple[ColumnElement[bool], ...]:
    return (KeptAnswer.token_id == once.token_id, KeptAnswer.route == once.route, KeptAnswer.key == once.key)
