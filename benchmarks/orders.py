"""A large order against what PostgreSQL itself needs to take in the same rows, and the download of its codes."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks import meters, seeding
from benchmarks.figures import Figure, Findings, Series
from benchmarks.machine import postgres_described
from benchmarks.stage import Served, Stage, connected, opened, serving
from prolong_server.access import dealer_tokens
from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.rules.actors import Scope

_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Download:
    """A download of codes: how many, how long, and the memory of the worker before it and at its peak, in MB."""

    codes: int
    seconds: float
    before: float
    peak: float


def run(quantity: int, rounds: int) -> Findings:
    """Order, download, and COPY the same rows, in turn."""
    series = Series()
    with opened() as stage:
        dealer = seeding.founded(stage).dealer
        token = _token(stage, dealer)
        with serving(stage.environment, 1) as served:
            for turn in range(1, rounds + 1):
                _round(stage, served, token, dealer, quantity, series)
                copy, order, rate = series.last("copy", "order", "rate")
                print(f"  round {turn}: COPY {copy:.2f} s, order {order:.2f} s, download {rate:.0f}/s", flush=True)
        settings = postgres_described(stage.postgres)
    return Findings("orders", {"quantity": quantity, "rounds": rounds, "postgresql": settings}, _figures(series))


def _round(stage: Stage, served: Served, token: str, dealer: str, quantity: int, series: Series) -> None:
    placed = _placed(stage, dealer, quantity)
    order = str(placed["order"])
    download = _downloaded(served, token, order)
    if download.codes != quantity:
        raise RuntimeError(f"{download.codes} codes of {quantity} were downloaded: the numbers are worth nothing.")
    seconds, copy = float(placed["seconds"]), _copied(stage, order)
    series.add(copy=copy, order=seconds, ratio=seconds / copy, memory=float(placed["megabytes"]))
    series.add(rate=quantity / download.seconds, added=download.peak - download.before, peak=download.peak)


def _token(stage: Stage, dealer: str) -> str:
    with stage.app.app_context():
        return dealer_tokens.create(seeding.caller(stage), dealer, TokenSpec("bench", tuple(Scope)))[1]


def _placed(stage: Stage, dealer: str, quantity: int) -> dict[str, float | str]:
    # A process of its own, so that its peak of memory is the order's.
    command = [sys.executable, "-m", "benchmarks.placing", dealer, str(quantity)]
    done = subprocess.run(command, env=os.environ | stage.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The order failed ({done.returncode}):\n{done.stderr}")
    told: dict[str, float | str] = json.loads(done.stdout)
    return told


def _downloaded(served: Served, token: str, order: str) -> Download:
    meters.forget_peaks(served.pid)
    before = meters.peak_megabytes(served.pid)
    connection = HTTPConnection("127.0.0.1", served.port, timeout=120)
    began = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/csv"}
    connection.request("GET", f"/v1/orders/{order}/codes", headers=headers)
    answer, lines = connection.getresponse(), 0
    if answer.status != 200:
        raise RuntimeError(f"The download was answered {answer.status}.")
    while part := answer.read(_READ):
        lines += part.count(b"\n")
    seconds = time.perf_counter() - began
    connection.close()
    return Download(lines - 1, seconds, before, meters.peak_megabytes(served.pid))


def _copied(stage: Stage, order: str) -> float:
    """Seconds of a binary COPY of the order's rows, in their order, by the server from its own file, indexes kept."""
    rows = f"SELECT * FROM codes WHERE order_id = {seeding.number_of(order)} ORDER BY digest"
    with connected(stage) as connection:
        file = Path(stage.postgres.show("data_directory")) / "bench.copy"
        connection.execute(f"COPY ({rows}) TO '{file}' (FORMAT BINARY)")
        connection.execute("TRUNCATE sealed_chunks, codes")
        connection.execute("CHECKPOINT")
        began = time.perf_counter()
        connection.execute(f"COPY codes FROM '{file}' (FORMAT BINARY)")
        seconds = time.perf_counter() - began
        connection.execute("TRUNCATE codes")
        connection.execute("CHECKPOINT")
    return seconds


def _figures(series: Series) -> tuple[Figure, ...]:
    of = series.of
    return (
        Figure("binary COPY of the rows by PostgreSQL from its own file", of("copy"), "s"),
        Figure("the order", of("order"), "s"),
        Figure("order to COPY", of("ratio"), at_most=1.1),
        Figure("peak memory of the process that orders", of("memory"), "MB"),
        Figure("codes a second of the CSV download", of("rate"), "/s", at_least=300_000),
        Figure("memory that the download adds to the worker", of("added"), "MB", at_most=64),
        Figure("peak memory of the worker at the download", of("peak"), "MB"),
    )
