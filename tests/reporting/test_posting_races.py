"""Workers who post at the same moment, and one that is killed in the middle, on PostgreSQL."""

import threading
from typing import cast

import psycopg
import pytest
from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from prolong_server import db
from prolong_server.channel import postings
from prolong_server.models.reporting import ALL, Expiry, Mark, Total
from prolong_server.operations import invariants
from prolong_server.rules import errors
from tests import vendor
from tests.crowd import together
from tests.room import opened
from tests.waiting import PATIENCE

LATER = 60


@pytest.fixture(autouse=True)
def house(postgres_url):
    """A vendor with some facts to post; whatever happens, the sums are those of the facts."""
    with opened(postgres_url):
        shop = vendor.found()
        for days in range(0, 40, 4):
            vendor.order(shop, 3, vendor.called(days))
            vendor.license_(days, dealer=shop.dealer)
        yield
        assert invariants.check() == []


def sums() -> dict[str, int]:
    with Session(db.db.engine) as session:
        summed = select(Total.metric, func.sum(Total.value)).where(Total.dealer_id != ALL)
        found = session.execute(summed.group_by(Total.metric))
        return {metric.value: int(value) for metric, value in found}


def count(table) -> int:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def post_all() -> None:
    while postings.post(vendor.called(LATER)):
        pass


def test_eight_workers_at_once_post_every_fact_once():
    together([post_all] * 8)
    post_all()
    assert sums() == {"issued": 30, "ordered": 30_000, "due": 10}
    assert count(Expiry) == 10


def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_and_is_made_up_for(postgres_url):
    outcome: list[object] = []
    app = cast(LocalProxy[Flask], current_app)._get_current_object()

    def work() -> None:
        with app.app_context():
            try:
                outcome.append(postings.post(vendor.called(LATER)))
            except errors.TryAgain as told:
                outcome.append(told)

    with db.db.engine.connect() as holder:
        holder.exec_driver_sql("LOCK TABLE expiries IN ACCESS EXCLUSIVE MODE")
        worker = threading.Thread(target=work)
        worker.start()
        kill_who_waits(postgres_url)
        worker.join(PATIENCE)
        holder.rollback()
    assert isinstance(outcome[0], errors.TryAgain)
    assert (count(Total), count(Expiry), count(Mark)) == (0, 0, 0)
    post_all()
    assert sums() == {"issued": 30, "ordered": 30_000, "due": 10}


WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def kill_who_waits(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        while not connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({WAITING}) waiting").fetchall():
            continue
