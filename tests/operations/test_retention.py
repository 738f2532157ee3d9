"""What is kept for a time is gone after it: by a job, in bounded batches, and not a moment early."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import sealed_codes
from prolong_server.models.channel import SealedChunk
from prolong_server.models.operations import AuditEvent, KeptAnswer
from prolong_server.operations import idempotency
from tests import vendor
from tests.room import NOW, save


def answer(number: int, age: timedelta) -> KeptAnswer:
    return KeptAnswer(
        token_id=number, route="orders.place", key="k", request_digest=bytes(32), created_at=NOW - age, status=201
    )


def count(column) -> int:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.count(column))) or 0


@pytest.mark.parametrize(("age", "left"), [(timedelta(days=30), 1), (timedelta(days=30, seconds=1), 0)])
def test_an_answer_is_kept_for_thirty_days_and_no_longer(room, age, left):
    save(answer(1, age))
    assert idempotency.purge(vendor.called()) == 1 - left
    assert count(KeptAnswer.token_id) == left


def test_old_answers_go_in_batches_until_none_is_left(room):
    with Session(db.db.engine) as session, session.begin():
        old = timedelta(days=31)
        session.add_all([answer(number, old) for number in range(idempotency.PURGED_AT_ONCE + 3)])
    done = [idempotency.purge(vendor.called()) for _ in range(3)]
    assert done == [idempotency.PURGED_AT_ONCE, 3, 0]


def test_overdue_lists_go_in_batches_each_with_one_event(room):
    shop = vendor.found()
    orders = sealed_codes.DESTROYED_AT_ONCE + 2
    for _ in range(orders):
        vendor.order(shop)
    assert sealed_codes.destroy_overdue(vendor.called(days=29)) == 0
    done = [sealed_codes.destroy_overdue(vendor.called(days=30)) for _ in range(3)]
    assert done == [sealed_codes.DESTROYED_AT_ONCE, 2, 0]
    assert count(SealedChunk.number) == 0
    with Session(db.db.engine) as session:
        told = session.scalar(select(func.count()).where(AuditEvent.action == "order.codes_destroyed"))
    assert told == orders
