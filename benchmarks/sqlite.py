"""Redemptions a second on SQLite, every one of them on the disk before it is answered."""

from sqlalchemy import text

from benchmarks import seeding
from benchmarks.figures import Figure, Findings, Series
from benchmarks.load import Plan, storm
from benchmarks.reconciliation import Account
from benchmarks.seeding import Stock
from benchmarks.stage import Site, embedded, serving
from prolong_server import db

LEVELS = (64, 8)
_FULL = 2


def run(pairs: int, rounds: int, seconds: float) -> Findings:
    """Seed through the services, warm up, measure each level in turn, and reconcile."""
    series, account = Series(), Account()
    with embedded() as site:
        stock = _stocked(site, pairs)
        with serving(site.environment, 1) as served:
            account.enter(storm(served.port, stock, Plan(16, 1)))
            for turn in range(1, rounds + 1):
                for connections in LEVELS:
                    tally = account.enter(storm(served.port, stock, Plan(connections, seconds, is_timed=True)))
                    series.add(**{f"s{connections}": tally.per_second, f"p99_{connections}": tally.p99})
                print(f"  round {turn}: {series.last('s64')[0]:.0f}/s at 64 connections", flush=True)
        print("  " + account.reconcile(_number(site, "SELECT count(*) FROM redemptions")), flush=True)
    return Findings("sqlite", {"pairs": pairs, "rounds": rounds, "seconds": seconds, "workers": 1}, _figures(series))


def _stocked(site: Site, pairs: int) -> Stock:
    if _number(site, "PRAGMA synchronous") != _FULL:
        raise RuntimeError("SQLite does not run with synchronous=FULL, so its speed would mean nothing.")
    made = seeding.founded(site)
    keys = seeding.keys_of("WEB", pairs)
    with site.app.app_context():
        seeding.import_licenses(seeding.caller(site), keys)
    codes = list(seeding.codes_of(site, seeding.order(site, made, pairs)))
    return seeding.written(site.folder / "requests", codes, keys)


def _number(site: Site, question: str) -> int:
    with site.app.app_context(), db.transaction() as connection:
        return int(connection.execute(text(question)).scalar_one())


def _figures(series: Series) -> tuple[Figure, ...]:
    return (
        Figure("redemptions at 64 connections", series.of("s64"), "/s", at_least=1500),
        Figure("redemptions at 8 connections", series.of("s8"), "/s"),
        Figure("p99 at 64 connections", series.of("p99_64"), "ms"),
        Figure("p99 at 8 connections", series.of("p99_8"), "ms"),
    )
