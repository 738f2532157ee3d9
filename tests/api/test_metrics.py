"""The numbers for Prometheus stay few, whatever callers send, and tell what waits for the worker."""

import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from prolong_server import clock, create_app, db
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import audit_chain
from prolong_server.operations.keys import Holder
from tests.api.filled import Filled, called, settings


def told(app: Flask) -> str:
    return app.test_client().get("/metrics", headers={"Authorization": "Bearer metrics-token-of-the-tests"}).text


def waiting(app: Flask, kind: str) -> tuple[float, float]:
    """How many of a kind wait, and the age of the oldest in seconds."""
    found = [re.search(rf'{name}{{kind="{kind}"}} (\S+)', told(app)) for name in ("waiting", "waiting_seconds")]
    count, age = (float(match[1]) for match in found if match)
    return count, age


def test_methods_that_callers_make_up_are_counted_together(app: Flask):
    client = app.test_client()
    for number in range(5):
        client.open("/healthz", method=f"BREW{number}")
    assert "BREW" not in told(app)
    assert 'prolong_requests_total{method="other",route="unknown",status="405"}' in told(app)


def test_a_method_that_a_caller_makes_up_is_not_written_into_the_log(app: Flask):
    with capture_logs() as lines:
        app.test_client().open("/v1/redemptions", method="S3CRET" * 1000)
    assert [line["method"] for line in lines] == ["other"]


def test_what_waits_for_the_worker_is_told_with_its_age_until_it_is_done(own: Flask, filled: Filled):
    with own.app_context(), Session(db.db.engine) as session, session.begin():
        session.execute(update(AuditEvent).values(at=clock.now() - timedelta(hours=1)))
    count, age = waiting(own, "audit_events")
    assert count > 10
    assert 3600 <= age < 3700
    with own.app_context():
        assert audit_chain.seal(called(own)) == count
    assert waiting(own, "audit_events") == (0, 0)


@pytest.mark.parametrize("kind", ["events", "deliveries", "mails"])
def test_nothing_waits_where_nothing_was_told(kind: str, app: Flask):
    assert waiting(app, kind) == (0, 0)


def test_the_numbers_of_the_process_are_told_while_the_database_is_away(tmp_path):
    away = replace(settings(tmp_path / "none"), database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(away, keys=Holder(away, clock.now, os.urandom))
    assert "prolong_pool_connections" in told(app)
    assert "prolong_waiting" not in told(app)
