"""Redemptions out of few and out of many codes, in turn: two databases of one PostgreSQL, a server before each."""

import time
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import seeding
from benchmarks.figures import Figure, Findings, Series
from benchmarks.load import Plan, storm
from benchmarks.machine import postgres_described
from benchmarks.reconciliation import Account
from benchmarks.redemption import PEAK, REDEEMED, WORKERS
from benchmarks.seeding import Stock
from benchmarks.stage import Stage, furnished, number, serving, started
from tests import postgres

#: The share of the smallest stock that one round may spend.
_PART = 0.15


@dataclass(frozen=True, slots=True)
class Shop:
    """A database with `size` codes, and as many licenses, and the server before it."""

    size: int
    stage: Stage
    stock: Stock
    port: int
    account: Account


def run(sizes: list[int], rounds: int, seconds: float) -> Findings:
    """Seed each size, warm up, measure each in turn, and reconcile."""
    series = Series()
    with ExitStack() as stack:
        server, folder = stack.enter_context(started())
        stages = [furnished(server, folder, f"bench_{size}") for size in sizes]
        stocks = [_stocked(stage, size, min(sizes)) for stage, size in zip(stages, sizes, strict=True)]
        ports = [stack.enter_context(serving(stage.environment, WORKERS)).port for stage in stages]
        shops = [Shop(*parts, Account()) for parts in zip(sizes, stages, stocks, ports, strict=True)]
        for shop in shops:
            _storm(shop, Plan(16, seconds))
        for turn in range(1, rounds + 1):
            _round(shops, turn, seconds, series)
        for shop in shops:
            print(f"  {shop.size} codes: {shop.account.reconcile(number(shop.stage, REDEEMED))}", flush=True)
        return Findings("growth", _how(server, sizes, rounds, seconds), _figures(sizes, series))


def _stocked(stage: Stage, size: int, smallest: int) -> Stock:
    began = time.perf_counter()
    # The same number of requests for each, but drawn from all of its codes.
    stock = seeding.stocked(stage, seeding.founded(stage), size, smallest)
    seeding.settle(stage)
    print(f"  {size} codes and licenses in {time.perf_counter() - began:.0f} s", flush=True)
    return stock


def _round(shops: list[Shop], turn: int, seconds: float, series: Series) -> None:
    for shop in shops:
        series.add(**{str(shop.size): _storm(shop, Plan(PEAK, seconds))})
    rates = series.last(*(str(shop.size) for shop in shops))
    series.add(ratio=rates[-1] / rates[0])
    told = ", ".join(f"{shop.size}: {rate:.0f}/s" for shop, rate in zip(shops, rates, strict=True))
    print(f"  round {turn}: {told}, ratio {rates[-1] / rates[0]:.2f}", flush=True)


def _storm(shop: Shop, plan: Plan) -> float:
    most = int(shop.stock.count * _PART)
    return shop.account.enter(storm(shop.port, shop.stock, plan, most)).per_second


def _how(server: postgres.Postgres, sizes: list[int], rounds: int, seconds: float) -> dict[str, object]:
    how = {"sizes": sizes, "rounds": rounds, "seconds": seconds, "workers": WORKERS, "connections": PEAK}
    return how | {"postgresql": postgres_described(server)}


def _figures(sizes: list[int], series: Series) -> tuple[Figure, ...]:
    rates = [Figure(f"redemptions out of {size:,} codes", series.of(str(size)), "/s") for size in sizes]
    return (*rates, Figure("the most codes to the fewest", series.of("ratio"), at_least=0.75))
