"""A lookup in a lane leaves it to others while PostgreSQL is at work, and comes through what becomes of its line."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from prolong_server import db, lane, lane_connections
from prolong_server.config import Settings
from prolong_server.rules import errors
from tests.loops import in_lane

APART = 0.3


def looked_up(statement: str) -> object:
    """The only value of a statement."""
    with db.lookups() as connection:
        return connection.execute(text(statement)).scalar_one()


def cut(settings: Settings, process: object) -> None:
    """End a process of the server, and wait until it is gone."""
    # A transaction would be shown what it saw first, again and again.
    with psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])
        while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [process]).fetchone():
            pass


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """The application, at whose end nobody but the pools has a connection."""
    yield app
    with app.app_context():
        assert db.connections_in_use() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_while_one_waits_for_the_database_the_next_is_served(app):
    seen: list[str] = []

    def slow() -> None:
        looked_up(f"SELECT 1 FROM pg_sleep({APART})")
        seen.append("slow")

    def quick() -> None:
        lane.blocking(lambda: None)()
        looked_up("SELECT 1")
        seen.append("quick")

    in_lane(app, slow, quick)
    assert seen == ["quick", "slow"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_however_many_ask_whether_the_server_is_ready_they_leave_lines_to_others(app):
    def ready() -> int:
        return app.test_client().get("/readyz").status_code

    many = 5 * lane.KEPT
    assert in_lane(app, *[ready] * many, lambda: looked_up("SELECT 7")) == [200] * many + [7]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_comes_back_in_many_pieces_is_read_whole(app):
    size = 20_000_000
    assert in_lane(app, lambda: looked_up(f"SELECT length(repeat('x', {size}))")) == [size]
    assert len(str(in_lane(app, lambda: looked_up(f"SELECT repeat('x', {size})"))[0])) == size


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_sent_in_many_pieces_arrives_whole(app):
    size = 20_000_000

    def sent() -> object:
        with db.lookups() as connection:
            return connection.execute(text("SELECT length(CAST(:sent AS text))"), {"sent": "x" * size}).scalar_one()

    assert in_lane(app, sent) == [size]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_error_of_a_statement_is_raised_to_who_asked_and_the_line_goes_on(app):
    def fails() -> object:
        looked_up("SELECT set_config('statement_timeout', '1', false)")
        with pytest.raises(errors.TryAgain):
            looked_up(f"SELECT 1 FROM pg_sleep({APART})")
        return looked_up("SELECT 2")

    assert in_lane(app, fails) == [2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_line_that_ends_in_the_middle_is_told_and_the_next_lookup_has_a_new_one(app, settings):
    def work() -> object:
        process = looked_up("SELECT pg_backend_pid()")
        threading.Timer(0.1, cut, [settings, process]).start()
        with pytest.raises(errors.TryAgain):
            looked_up("SELECT 1 FROM pg_sleep(20)")
        return looked_up("SELECT 3")

    assert in_lane(app, work) == [3]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_does_not_answer_is_not_waited_for_for_ever_however_often(app, monkeypatch):
    monkeypatch.setattr(lane_connections, "HUNG_SECONDS", 0.1)

    def work() -> object:
        for _ in range(2 * lane.KEPT):
            with pytest.raises(errors.TryAgain):
                looked_up("SELECT 1 FROM pg_sleep(20)")
        return looked_up("SELECT 6")

    assert in_lane(app, work) == [6]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_line_that_has_ended_while_it_was_idle_is_replaced_by_another_thread(app, settings):
    def threads_for(number: int) -> tuple[object, int]:
        before = set(threading.enumerate())
        told = looked_up(f"SELECT {number}")
        return told, sum(one.name.startswith("kept") for one in set(threading.enumerate()) - before)

    cut(settings, in_lane(app, lambda: looked_up("SELECT pg_backend_pid()"))[0])
    assert in_lane(app, lambda: threads_for(4)) == [(4, 1)]
    # With a line that lives, nobody but the lane is needed.
    assert in_lane(app, lambda: threads_for(5)) == [(5, 0)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_a_lookup_in_a_lane_is_a_plain_one(app):
    assert in_lane(app, lambda: looked_up("SELECT 1")) == [1]
