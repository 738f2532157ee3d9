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
from benchmarks.stage import Stage, number, opened, serving
from tests import proxies

TIMES = 5
FLOOD_SECONDS = 10.0
CONNECTIONS = 1000
RECOVERY_SECONDS = 10.0
#: Beside the flood, whose generator tells no status apart: so many requests a second whose every answer is looked at.
PROBES = Plan(64, FLOOD_SECONDS, rate=100.0)


#: The same server behind HAProxy as the documentation sets it up.
BEHIND = "behind HAProxy: "


@dataclass(frozen=True, slots=True)
class Share:
    """Requests for the storms, and for the probes beside the flood."""

    stock: Stock
    probes: Stock


@dataclass(frozen=True, slots=True)
class Flood:
    """What the flood, the probes beside it and the watch on the server's health have told."""

    tally: Tally
    probes: dict[str, Any]
    beats: list[Beat]


def run(pairs: int, rounds: int, seconds: float) -> Findings:
    """Measure the capacity, flood the server, let it rest, measure again; the same behind a proxy; and reconcile."""
    account, behind = Account(), Series()
    with opened() as stage:
        own_share, share_behind = _seeded(stage, pairs)
        with serving(stage.environment, WORKERS) as served:
            own = _tried(served.port, own_share, rounds, seconds, account)
            if proxies.is_installed():
                with proxies.proxied(served.port, stage.folder) as front:
                    behind = _tried(front, share_behind, rounds, seconds, account)
        print("  " + account.reconcile(number(stage, REDEEMED)), flush=True)
        how = {"pairs": pairs, "capacity_rounds": rounds, "seconds": seconds, "workers": WORKERS, "times": TIMES}
        how |= {"flood_connections": CONNECTIONS, "flood_seconds": FLOOD_SECONDS}
        proxy = {"haproxy": proxies.version()} if proxies.is_installed() else {}
        figures = _figures(own, "") + (_figures(behind, BEHIND) if proxies.is_installed() else ())
        return Findings("overload", how | proxy | {"postgresql": postgres_described(stage.postgres)}, figures)


def _seeded(stage: Stage, pairs: int) -> list[Share]:
    """What the server is asked by itself, and behind the proxy."""
    ways = 2 if proxies.is_installed() else 1
    whole = seeding.stocked(stage, seeding.founded(stage), ways * pairs)
    seeding.settle(stage)
    most = int(PROBES.rate * PROBES.seconds) + PROBES.connections
    ends = [pairs, ways * pairs]
    return [
        Share(replace(whole, spent=end - pairs, count=end - most), replace(whole, spent=end - most, count=end))
        for end in ends
    ]


def _tried(port: int, share: Share, rounds: int, seconds: float, account: Account) -> Series:
    series, stock, plan = Series(), share.stock, Plan(PEAK, seconds)
    account.enter(storm(port, stock, WARM_UP))
    for _ in range(rounds):
        series.add(capacity=account.enter(storm(port, stock, plan)).per_second)
    capacity = statistics.median(series.of("capacity"))
    kept = rounds * int(capacity * (seconds + 1))
    _flooded(port, replace(stock, count=stock.count - kept), share.probes, capacity, account, series)
    time.sleep(RECOVERY_SECONDS)
    afterwards = replace(stock, spent=stock.count - kept)
    for _ in range(rounds):
        after = account.enter(storm(port, afterwards, plan))
        series.add(after=after.per_second / capacity, refused_after=after.refused)
    return series


def _flooded(port: int, stock: Stock, probes: Stock, capacity: float, account: Account, series: Series) -> None:
    rate = TIMES * capacity
    plan = Plan(CONNECTIONS, min(FLOOD_SECONDS, stock.left / rate), rate)
    flood = _flood(port, stock, probes, plan)
    account.enter(flood.tally)
    account.enter(load.own_tally(flood.probes))
    _note(series, flood, capacity, plan)
    offered, goodput, p99 = series.last("offered", "goodput", "p99_503")
    print(
        f"  capacity {capacity:.0f}/s, offered {offered:.1f} times that, goodput {goodput:.2f} of it, "
        f"turned away after {p99:.0f} ms, statuses of the probes {_statuses(flood.probes)}",
        flush=True,
    )


def _flood(port: int, stock: Stock, probes: Stock, plan: Plan) -> Flood:
    watched = replace(PROBES, seconds=plan.seconds)
    with health.watched(port) as beats:
        probing = load.own_started(port, probes, watched)
        flooding = load.started(port, stock, plan)
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


def _figures(series: Series, way: str) -> tuple[Figure, ...]:
    of = series.of
    return (
        Figure(way + "capacity: redemptions at 64 connections", of("capacity"), "/s"),
        Figure(way + "requests offered, to the capacity", of("offered")),
        Figure(way + "goodput, to the capacity", of("goodput"), at_least=0.90),
        Figure(way + "share of the flood turned away", of("refused")),
        Figure(way + "p99 of a 503 (of all answers where there is none)", of("p99_503"), "ms", at_most=100),
        Figure(way + "503 without `Retry-After`", of("bare"), at_most=0),
        Figure(way + "probes answered neither 201 nor 503", of("others"), at_most=0),
        Figure(way + "probes without an answer", of("lost"), at_most=0),
        Figure(way + "p99 of a 201 meanwhile", of("p99_201"), "ms"),
        Figure(way + "`/healthz` meanwhile: failures", of("sick"), at_most=0),
        Figure(way + "`/healthz` meanwhile: the slowest", of("beat"), "ms"),
        Figure(way + "share of the machine that the generators took", of("generator")),
        Figure(way + "10 s later: speed to the capacity", of("after"), at_least=0.90),
        Figure(way + "10 s later: requests turned away", of("refused_after"), at_most=0),
    )
