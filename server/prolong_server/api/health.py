"""Health, readiness, metrics and public keys: what operators and verifiers ask."""

import hmac
import os
from collections.abc import Sequence

from flask import Flask, Response, request

from prolong_server import clock, compact_json, db, lane
from prolong_server.access import tokens
from prolong_server.api import calls, metrics
from prolong_server.api.replies import Whole
from prolong_server.combining import Combiner
from prolong_server.operations import keys, schema
from prolong_server.rules import actors, calendar, errors
from prolong_server.rules.permissions import PERMISSIONS


def register(app: Flask) -> None:
    """Add the addresses outside /v1."""
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)
    app.add_url_rule("/metrics", "metrics", _metrics)
    app.add_url_rule("/.well-known/jwks.json", "jwks", _jwks)


def _healthz() -> Response:
    return _json({"status": "ok"})


def _readyz() -> Response:
    if not db.kept("prolong_readiness", lambda: Combiner(_are_ready)).ask("ready?"):
        raise errors.TryAgain
    return _json({"status": "ready"})


def _are_ready(questions: Sequence[str]) -> list[bool]:
    # All who ask at the same time are told the same, so that they take one of the few connections that a lane has.
    is_current = schema.is_current if db.stands_aside() else lane.blocking(schema.is_current)
    return [is_current()] * len(questions)


def _metrics() -> Response:
    _admit_reader()
    return metrics.exposition(os.environ.get("PROMETHEUS_MULTIPROC_DIR"), clock.now())


def _admit_reader() -> None:
    house = calls.house()
    given = request.headers.get("Authorization", "").partition(" ")[2].strip()
    expected = house.settings.metrics_token
    if expected and hmac.compare_digest(given.encode(), expected.encode()):
        return
    if not given:
        raise errors.Unauthenticated
    actor = tokens.identify(given, calendar.vendor_day(clock.now(), house.settings.zone))
    actors.authorize(actor, PERMISSIONS["metrics.show"])


def _jwks() -> Response:
    response = _json(keys.jwks())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _json(body: object) -> Response:
    return Whole(compact_json.written(body), content_type="application/json")
