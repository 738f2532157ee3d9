"""Redemptions over HTTP against PostgreSQL itself, in turn: speed, waiting, processor time, log, statements, memory."""

import time
from dataclasses import dataclass

from benchmarks import meters, pgbench, seeding
from benchmarks.figures import Figure, Findings, Series
from benchmarks.load import Plan, Tally, storm
from benchmarks.machine import postgres_described
from benchmarks.meters import LogBytes
from benchmarks.reconciliation import Account
from benchmarks.seeding import Stock
from benchmarks.stage import Served, Stage, number, opened, serving

WORKERS = 2
PEAK = 64
LEVELS = (PEAK, 8, 1)
WARM_UP = Plan(16, 3)
REDEEMED = "SELECT count(*) FROM redemptions r JOIN licenses l ON l.id = r.license_id WHERE license_key LIKE 'WEB-%'"


@dataclass(frozen=True, slots=True)
class Bench:
    """The stage with a server on it, what it spends, what the clients saw, and what was measured so far."""

    stage: Stage
    served: Served
    stock: Stock
    account: Account
    series: Series


def run(pairs: int, rounds: int, seconds: float) -> Findings:
    """Seed, warm up, measure in rounds of pgbench and server in turn, count statements, and reconcile."""
    with opened() as stage:
        stock = _seeded(stage, pairs)
        with serving(stage.environment, WORKERS) as served:
            bench = Bench(stage, served, stock, Account(), Series())
            bench.account.enter(storm(served.port, stock, WARM_UP))
            pgbench.one_statement(stage, 1)
            for turn in range(1, rounds + 1):
                _round(bench, turn, seconds)
            texts = _statements(bench)
            memory = meters.peak_megabytes(served.pid)
        print("  " + bench.account.reconcile(number(stage, REDEEMED)), flush=True)
        how = {"pairs": pairs, "rounds": rounds, "seconds": seconds, "workers": WORKERS}
        return Findings(
            "redemption", how | {"postgresql": postgres_described(stage.postgres)}, _figures(bench, texts, memory)
        )


def _seeded(stage: Stage, pairs: int) -> Stock:
    began = time.perf_counter()
    made = seeding.founded(stage)
    stock = seeding.stocked(stage, made, pairs)
    pgbench.prepare(stage, made, pairs * 3 // 2)
    seeding.settle(stage)
    print(
        f"  {pairs} pairs for the server, {pairs * 3 // 2} for pgbench, in {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return stock


def _round(bench: Bench, turn: int, seconds: float) -> None:
    series = bench.series
    series.add(c=pgbench.one_statement(bench.stage, seconds).per_second)
    series.add(peak=_peak(bench, seconds).per_second)
    series.add(separate=pgbench.separate_statements(bench.stage, seconds).per_second)
    for connections in LEVELS:
        tally = bench.account.enter(
            storm(bench.served.port, bench.stock, Plan(connections, seconds / 2, is_timed=True))
        )
        rate, p50, p99 = (f"{name}_{connections}" for name in ("rate", "p50", "p99"))
        series.add(**{rate: tally.per_second, p50: tally.p50, p99: tally.p99})
    c, separate, peak, python, database = series.last("c", "separate", "peak", "python", "database")
    series.add(to_c=peak / c, to_separate=peak / separate)
    print(
        f"  round {turn}: c {c:.0f}/s, separate {separate:.0f}/s, Prolong {peak:.0f}/s = {peak / c:.2f} c, "
        f"CPU {python:.2f} + {database:.2f} ms",
        flush=True,
    )


def _peak(bench: Bench, seconds: float) -> Tally:
    stage, pids = bench.stage, (bench.served.pid, meters.postmaster(bench.stage))
    before, begin = [meters.cpu_seconds(pid) for pid in pids], meters.log_position(stage)
    tally = bench.account.enter(storm(bench.served.port, bench.stock, Plan(PEAK, seconds)))
    spent = [meters.cpu_seconds(pid) - early for pid, early in zip(pids, before, strict=True)]
    _costs(bench.series, tally, spent, meters.log_bytes(stage, begin, meters.log_position(stage)))
    return tally


def _costs(series: Series, tally: Tally, seconds: list[float], log: LogBytes) -> None:
    # What was under way at the end was carried out all the same.
    done = tally.created + tally.unanswered
    python, database = (1000 * spent / done for spent in seconds)
    series.add(python=python, database=database, generator=1000 * tally.cpu / done, refused=tally.refused)
    series.add(log=(log.records + log.pages) / done, records=log.records / done)


def _statements(bench: Bench) -> tuple[float, float]:
    """Statements for each redemption at the peak: all of them, and those that do something."""
    with meters.statements(bench.stage) as texts:
        tally = bench.account.enter(storm(bench.served.port, bench.stock, Plan(PEAK, 1)))
    return len(texts) / tally.sent, len(meters.without_frames(texts)) / tally.sent


def _figures(bench: Bench, statements: tuple[float, float], memory: float) -> tuple[Figure, ...]:
    of = bench.series.of
    return (
        Figure("`c`: one statement by pgbench, 16 clients", of("c"), "/s"),
        Figure("separate statements by pgbench, 16 clients", of("separate"), "/s"),
        Figure("redemptions at 64 connections", of("peak"), "/s"),
        Figure("at 64 connections, to `c`", of("to_c"), at_least=0.60),
        Figure("at 64 connections, to separate statements", of("to_separate"), at_least=0.90),
        Figure("processor time of Python for one", of("python"), "ms", at_most=0.45),
        Figure("processor time of PostgreSQL for one", of("database"), "ms", at_most=0.15),
        Figure("processor time of the load generator for one", of("generator"), "ms"),
        Figure("redemptions at 8 connections", of("rate_8"), "/s"),
        Figure("redemptions at 1 connection", of("rate_1"), "/s"),
        Figure("p50 at 1 connection", of("p50_1"), "ms"),
        Figure("p99 at 1 connection", of("p99_1"), "ms"),
        Figure("p50 at 8 connections", of("p50_8"), "ms"),
        Figure("p99 at 8 connections", of("p99_8"), "ms", at_most=15),
        Figure("p50 at 64 connections", of("p50_64"), "ms"),
        Figure("p99 at 64 connections", of("p99_64"), "ms", at_most=50),
        Figure("write-ahead log for one", of("log"), "B", at_most=1000),
        Figure("of it records, without the whole pages after a checkpoint", of("records"), "B"),
        Figure("statements for one, `BEGIN` and `COMMIT` included", (statements[0],)),
        Figure("statements for one that read or write", (statements[1],)),
        Figure("peak memory of the largest worker", (memory,), "MB"),
        Figure("requests turned away in a round", of("refused")),
    )
