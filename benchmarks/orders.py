"""A large order against what PostgreSQL itself needs to take in the same rows from a file of its own."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.stage import Stage, connected
from prolong_server.rules import identifiers
from tests import vendor


def run(stage: Stage, quantity: int, rounds: int) -> None:
    """Print the seconds of both in turn, the median of their ratios, and the memory of the process that orders."""
    with stage.app.app_context():
        dealer = vendor.found(credit="1000000000.00").dealer
    ratios = []
    for number in range(1, rounds + 1):
        placed = _placed(stage, dealer, quantity)
        yardstick = _copied(stage, str(placed["order"]))
        ratios.append(float(placed["seconds"]) / yardstick)
        print(
            f"  round {number}: COPY {yardstick:5.2f} s   order {placed['seconds']:5.2f} s   ratio {ratios[-1]:.2f}   "
            f"peak memory of the ordering process {placed['megabytes']:.0f} MB",
            flush=True,
        )
    print(f"  median of the ratios: {statistics.median(ratios):.2f} (wanted: at most 1.50, in under 100 MB)")


def _placed(stage: Stage, dealer: str, quantity: int) -> dict[str, float | str]:
    # A process of its own, so that its peak of memory is the order's.
    command = [sys.executable, "-m", "benchmarks.placing", dealer, str(quantity)]
    done = subprocess.run(command, env=os.environ | stage.environment, capture_output=True, text=True, check=True)
    told: dict[str, float | str] = json.loads(done.stdout)
    return told


def _copied(stage: Stage, order: str) -> float:
    """Seconds of a binary COPY of the order's rows, in their order, by the server from its own file, indexes kept."""
    rows = f"SELECT * FROM codes WHERE order_id = {identifiers.read('ord', order)} ORDER BY digest"
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
