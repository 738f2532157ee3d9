"""What rate limits cost: the same server with and without them, in turn, every request from an address of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks import seeding
from benchmarks.figures import Figure, Findings, Series
from benchmarks.load import Plan, Tally, storm
from benchmarks.machine import postgres_described
from benchmarks.reconciliation import Account
from benchmarks.redemption import PEAK, REDEEMED, WARM_UP, WORKERS
from benchmarks.stage import end, free_port, number, opened, serving

_SERVERS = ("redis-server", "valkey-server")


def run(pairs: int, rounds: int, seconds: float) -> Findings:
    """Seed, and measure both servers in turn, the limits counted in Redis where it is installed; then reconcile."""
    series, account = Series(), Account()
    with ExitStack() as stack:
        stage = stack.enter_context(opened())
        stock = seeding.stocked(stage, seeding.founded(stage), pairs)
        seeding.settle(stage)
        counted = stack.enter_context(_counted())
        # The address of a request is what it says it was forwarded for.
        off = stage.environment | {"PROLONG_TRUSTED_PROXIES": "1"}
        on = {name: value for name, value in off.items() if name != "PROLONG_RATE_LIMITS"} | counted
        free, limited = (stack.enter_context(serving(settings, WORKERS)).port for settings in (off, on))
        for port in (free, limited):
            account.enter(storm(port, stock, WARM_UP))
        for turn in range(1, rounds + 1):
            without, limits = (account.enter(storm(port, stock, Plan(PEAK, seconds))) for port in (free, limited))
            _note(series, turn, without, limits)
        print("  " + account.reconcile(number(stage, REDEEMED)), flush=True)
        how: dict[str, object] = {
            "pairs": pairs,
            "rounds": rounds,
            "seconds": seconds,
            "workers": WORKERS,
            "connections": PEAK,
        }
        how |= {"counted_in": "Redis" if "PROLONG_REDIS_URL" in counted else "each process"}
        return Findings("limits", how | {"postgresql": postgres_described(stage.postgres)}, _figures(series))


def _note(series: Series, turn: int, off: Tally, on: Tally) -> None:
    if on.refused:
        raise RuntimeError(f"{on.refused} requests were refused, so what limits cost cannot be told.")
    series.add(off=off.per_second, on=on.per_second, cost=(1 - on.per_second / off.per_second) * 100)
    print(f"  round {turn}: off {off.per_second:.0f}/s, on {on.per_second:.0f}/s", flush=True)


@contextmanager
def _counted() -> Iterator[dict[str, str]]:
    """Where limits are counted: the setting of a Redis of our own on loopback, where one is installed."""
    program = next(filter(None, map(shutil.which, _SERVERS)), None)
    if program is None:
        yield {}
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="prolong-bench-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            time.sleep(0.5)
            yield {"PROLONG_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        finally:
            end(process)


def _figures(series: Series) -> tuple[Figure, ...]:
    return (
        Figure("redemptions with limits off", series.of("off"), "/s"),
        Figure("redemptions with limits on", series.of("on"), "/s"),
        Figure("what the limits cost", series.of("cost"), "%", at_most=5),
    )
