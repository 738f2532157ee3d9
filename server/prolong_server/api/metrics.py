"""What operators watch: requests by route, redemptions by outcome, latency, the pool. No label names a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from time import perf_counter
from typing import Self

from flask import Request, Response, g
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client import REGISTRY as OWN
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from prolong_server import db
from prolong_server.operations import backlog
from prolong_server.operations.backlog import Waiting
from prolong_server.rules.errors import Refusal, TryAgain

REQUESTS = Counter("prolong_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "prolong_request_seconds",
    "Time from the first byte of a request to its answer, in seconds.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
OUTCOMES = Counter("prolong_outcomes_total", "Redemptions and activations by what became of them.", ["kind", "outcome"])
TURNED_AWAY = Counter("prolong_turned_away_total", "Requests told 503 because all places were taken, not read.")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
POOL = Gauge("prolong_pool_connections", "Database connections in use.", ["state"], multiprocess_mode="livesum")


@dataclass(slots=True)
class Outcome:
    """Counts what becomes of its block: the name that it sets, or the code of the refusal that it raises."""

    kind: str
    name: str = "failed"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        _outcomes(self.kind, error.code if isinstance(error, Refusal) else self.name).inc()


def begin() -> None:
    """Note when the request began."""
    g.began = perf_counter()


def seconds() -> float:
    """How long the request has taken so far."""
    return perf_counter() - float(g.get("began", perf_counter()))


def route(of: Request) -> str:
    """The template of the matched route, such as `/v1/licenses/{license}`: never the address itself."""
    return of.url_rule.rule if of.url_rule else "unknown"


def method(asked: Request) -> str:
    """The method of a request; `other` where it is none that is known."""
    # A caller may make up methods without end, of any length: a label is kept for ever, and a line of the log whole.
    return asked.method if asked.method in _METHODS else "other"


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer, and how long it took."""
    requests, took = _counters(method, route, status)
    requests.inc()
    took.observe(seconds)


@cache
def _outcomes(kind: str, name: str) -> Counter:
    return OUTCOMES.labels(kind, name)


@cache
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)


def exposition(multiprocess_dir: str | None, now: datetime) -> Response:
    """All numbers in Prometheus' text format; of all worker processes where they share a directory."""
    POOL.labels("in_use").set(db.connections_in_use())
    registry = OWN
    if multiprocess_dir:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, multiprocess_dir)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry) + _backlog(now), content_type=CONTENT_TYPE_LATEST)


def _backlog(now: datetime) -> bytes:
    # Read from the database and not counted here, because whoever does the work is another process.
    try:
        found = backlog.waiting()
    except TryAgain:
        return b""
    registry = CollectorRegistry()
    registry.register(_Waiting(found, now))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True)
class _Waiting(Collector):
    found: tuple[Waiting, ...]
    now: datetime

    def collect(self) -> Iterator[Metric]:
        """How much waits for a worker, and for how long."""
        count = GaugeMetricFamily("prolong_waiting", "Things that wait for the worker.", labels=["kind"])
        age = GaugeMetricFamily("prolong_waiting_seconds", "Age of the oldest that waits.", labels=["kind"])
        for one in self.found:
            count.add_metric([one.kind], one.count)
            age.add_metric([one.kind], (self.now - one.since).total_seconds() if one.since else 0)
        yield from (count, age)
