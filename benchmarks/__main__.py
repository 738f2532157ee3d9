"""`make bench`: everything that Prolong promises of its speed, measured in one run on one machine."""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import (
    growth,
    limits,
    machine,
    moves,
    orders,
    overload,
    redemption,
    report,
    reports,
    results,
    sqlite,
    stage,
)
from benchmarks.figures import Findings
from benchmarks.load import OutOfCodes
from benchmarks.reconciliation import Unreconciled
from benchmarks.results import Result
from prolong_server import clock


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what it does, how it is run with what was asked, and whether it is run unless one is named."""

    about: str
    run: Callable[[argparse.Namespace], Findings]
    usual: bool = True


PARTS = {
    "redemption": Part(
        "2 workers at 64, 8 and 1 connections, in turn with pgbench at 16 clients",
        lambda asked: redemption.run(asked.pairs, asked.rounds, asked.seconds),
    ),
    "orders": Part(
        "a large order and its download, in turn with binary COPY of the same rows",
        lambda asked: orders.run(asked.quantity, asked.rounds),
    ),
    "sqlite": Part(
        "redemptions on SQLite with synchronous=FULL",
        lambda asked: sqlite.run(asked.pairs // 4, asked.rounds, asked.seconds / 2),
    ),
    "overload": Part(
        "five times the capacity for ten seconds, and ten seconds later",
        lambda asked: overload.run(asked.pairs, 3, asked.seconds),
    ),
    "limits": Part(
        "the server with and without rate limits, in turn",
        lambda asked: limits.run(asked.pairs, asked.rounds, asked.seconds),
    ),
    "moves": Part(
        "the merge of many Modules in one transaction",
        lambda asked: moves.run(asked.rounds),
        usual=False,
    ),
    "growth": Part(
        "few and many codes, in turn",
        lambda asked: growth.run(asked.sizes, asked.rounds, asked.seconds),
        usual=False,
    ),
    "reports": Part(
        "leads and reports through the door",
        lambda asked: reports.run(asked.licenses, 3 * asked.rounds),
        usual=False,
    ),
}


def main() -> None:
    """Run the parts that were asked for, keep what they found, and bring the documentation in line with it."""
    asked = _arguments()
    stage.end_in_order_when_told()
    try:
        for name in [] if asked.report else asked.only or [name for name, part in PARTS.items() if part.usual]:
            _measure(name, asked)
    except KeyboardInterrupt:
        raise SystemExit(
            "Stopped; what was started has ended, and parts that were not done keep their last result."
        ) from None
    if asked.results == results.FOLDER:
        report.write(results.FOLDER)


def _measure(name: str, asked: argparse.Namespace) -> None:
    part, began = PARTS[name], time.perf_counter()
    described = machine.described()
    print(f"{name}: {part.about}", flush=True)
    try:
        findings = part.run(asked)
    except (OutOfCodes, Unreconciled) as worthless:
        raise SystemExit(f"  {worthless}") from None
    for figure in findings.figures:
        wanted = f"   wanted {figure.wanted}: {figure.verdict.strip('*')}" if figure.wanted else ""
        print(f"    {figure.name.replace('`', '')}: {figure.measured}{wanted}")
    file = results.write(asked.results, Result(findings, described, clock.now().date()))
    print(f"  {file.name}, after {time.perf_counter() - began:.0f} s", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="may be given more than once")
    parser.add_argument("--report", action="store_true", help="measure nothing; write the documentation's tables anew")
    parser.add_argument(
        "--pairs", type=int, default=320_000, help="codes and licenses for the server; pgbench has half as many more"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement in a round")
    parser.add_argument("--quantity", type=int, default=1_000_000, help="codes of the large order")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 5_000_000], help="codes, for growth")
    parser.add_argument("--licenses", type=int, default=1_000_000, help="and as many codes; a multiple of 2,500")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="the folder that results are kept in")
    return parser.parse_args()


if __name__ == "__main__":
    main()
