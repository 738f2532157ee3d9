"""Five times more requests than the server can carry out: what it still does, how it turns the rest away, and after."""

import json
import statistics
import time
from dataclasses import dataclass, replace
from typing import Any

from benchmarks import health, load, meters, seeding
from benchmarks.figures import Figure, Findings, Series
from benchmarks.health import Beat
from benchmarks.load import Plan, Tally, quantile, storm
from benchmarks.machine import postgres_described
from benchmarks.reconciliation import Account
from benchmarks.redemption import PEAK, REDEEMED, WARM_UP, WORKERS
from benchmarks.seeding import Stock
from benchmarks.stage import Served, Stage, number, opened, serving

TIMES = 5
FLOOD_SECONDS = 10.0
CONNECTIONS = 1000
RECOVERY_SECONDS = 10.0
#: Beside the flood, whose generator tells no status apart: so many requests a second whose every answer is looked at.
PROBES = Plan(64, FLOOD_SECONDS, rate=100.0)


@dataclass(frozen=True, slots=True)
class Flood:
    """What the flood, the probes beside it and the watch on the server's health have told."""

    tally: Tally
    probes: dict[str, Any]
    beats: list[Beat]


def run(pairs: int, rounds: int, seconds: float) -> Findings:
    """Measure the capacity, flood the server, let it rest, measure again; and reconcile."""
    series, account = Series(), Account()
    with opened() as stage:
        stock, probes = _seeded(stage, pairs)
        with serving(stage.environment, WORKERS) as served:
            account.enter(storm(served.port, stock, WARM_UP))
            for _ in range(rounds):
                series.add(capacity=account.enter(storm(served.port, stock, Plan(PEAK, seconds))).per_second)
            capacity = statistics.median(series.of("capacity"))
            kept = int(capacity * (seconds + 1))
            _flooded(served, replace(stock, count=stock.count - kept), probes, capacity, account, series)
            time.sleep(RECOVERY_SECONDS)
            after = account.enter(storm(served.port, replace(stock, spent=stock.count - kept), Plan(PEAK, seconds)))
            series.add(after=after.per_second / capacity, refused_after=after.refused)
        print("  " + account.reconcile(number(stage, REDEEMED)), flush=True)
        how = {"pairs": pairs, "capacity_rounds": rounds, "seconds": seconds, "workers": WORKERS, "times": TIMES}
        how |= {"flood_connections": CONNECTIONS, "flood_seconds": FLOOD_SECONDS}
        return Findings("overload", how | {"postgresql": postgres_described(stage.postgres)}, _figures(series))


def _seeded(stage: Stage, pairs: int) -> tuple[Stock, Stock]:
    whole = seeding.stocked(stage, seeding.founded(stage), pairs)
    seeding.settle(stage)
    most = int(PROBES.rate * PROBES.seconds) + PROBES.connections
    return replace(whole, count=pairs - most), replace(whole, spent=pairs - most)


def _flooded(served: Served, stock: Stock, probes: Stock, capacity: float, account: Account, series: Series) -> None:
    rate = TIMES * capacity
    plan = Plan(CONNECTIONS, min(FLOOD_SECONDS, stock.left / rate), rate)
    flood = _flood(served, stock, probes, plan)
    account.enter(flood.tally)
    account.enter(load.own_tally(flood.probes))
    _note(series, flood, capacity, plan)
    offered, goodput, p99 = series.last("offered", "goodput", "p99_503")
    print(
        f"  capacity {capacity:.0f}/s, offered {offered:.1f} times that, goodput {goodput:.2f} of it, "
        f"turned away after {p99:.0f} ms, statuses of the probes {_statuses(flood.probes)}",
        flush=True,
    )


def _flood(served: Served, stock: Stock, probes: Stock, plan: Plan) -> Flood:
    watched = replace(PROBES, seconds=plan.seconds)
    with health.watched(served.port) as beats:
        probing = load.own_started(served.port, probes, watched)
        flooding = load.started(served.port, stock, plan)
        tally = load.finished(flooding, stock)
        told = json.loads(load.waited(probing)[0])
    return Flood(tally, told, beats)


def _note(series: Series, flood: Flood, capacity: float, plan: Plan) -> None:
    tally, times = flood.tally, flood.probes["milliseconds"]
    refusals = times.get("503", [])
    answers = sum(map(len, times.values()))
    others = answers - len(refusals) - len(times.get("201", []))
    created = tally.created + len(times.get("201", []))
    series.add(offered=(tally.sent + flood.probes["taken"]) / tally.seconds / capacity)
    series.add(goodput=created / tally.seconds / capacity, refused=tally.refused / max(1, tally.sent))
    # Who is not turned away in time waits, and that is what counts where nobody is turned away.
    turned = refusals or sorted(time for part in times.values() for time in part)
    series.add(p99_503=quantile(turned, 0.99), p99_201=quantile(times.get("201", []), 0.99))
    series.add(bare=flood.probes["without_retry_after"], others=others, lost=flood.probes["taken"] - answers)
    series.add(sick=sum(not beat.well for beat in flood.beats), beat=max(beat.milliseconds for beat in flood.beats))
    series.add(generator=(tally.cpu + flood.probes["cpu_seconds"]) / tally.seconds / meters.processors())


def _statuses(probes: dict[str, Any]) -> dict[str, int]:
    return {status: len(times) for status, times in probes["milliseconds"].items()}


def _figures(series: Series) -> tuple[Figure, ...]:
    of = series.of
    return (
        Figure("capacity: redemptions at 64 connections", of("capacity"), "/s"),
        Figure("requests offered, to the capacity", of("offered")),
        Figure("goodput, to the capacity", of("goodput"), at_least=0.90),
        Figure("share of the flood turned away", of("refused")),
        Figure("p99 of a 503 (of all answers where there is none)", of("p99_503"), "ms", at_most=100),
        Figure("503 without `Retry-After`", of("bare"), at_most=0),
        Figure("probes answered neither 201 nor 503", of("others"), at_most=0),
        Figure("probes without an answer", of("lost"), at_most=0),
        Figure("p99 of a 201 meanwhile", of("p99_201"), "ms"),
        Figure("`/healthz` meanwhile: failures", of("sick"), at_most=0),
        Figure("`/healthz` meanwhile: the slowest", of("beat"), "ms"),
        Figure("share of the machine that the generators took", of("generator")),
        Figure("10 s later: speed to the capacity", of("after"), at_least=0.90),
        Figure("10 s later: requests turned away", of("refused_after"), at_most=0),
    )
