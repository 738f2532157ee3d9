"""`make load`: a server of its own on loopback, a seed, the mixed load, and the server's rows against the clients' log.

It runs where the server is installed, and locust as a program of its own environment.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import stage
from benchmarks.stage import Stage, opened, serving
from loadtests import journal, reconciliation, seed, settings, shapes, stock
from loadtests.reconciliation import Outcome, Row
from loadtests.settings import Settings
from loadtests.stock import Stock
from loadtests.web import Door

ROOT = Path(__file__).parents[1]
LOCUST = ROOT / ".venv-load" / "bin" / "locust"
PROGRAM = Path(sys.executable).with_name("prolong-server")
WORKERS = 2


def main() -> None:
    """Seed, load, reconcile, and check every invariant of the database; exit 1 where one speaks against the server."""
    stage.end_in_order_when_told()
    try:
        raise SystemExit(_run(_arguments().report))
    except KeyboardInterrupt:
        raise SystemExit("Stopped; what was started has ended.") from None


def _run(report: Path) -> int:
    if not LOCUST.exists():
        raise SystemExit("Locust is not installed in .venv-load; `make load` builds it.")
    report.mkdir(parents=True, exist_ok=True)
    chosen = replace(settings.read(), stock=report / "stock.json", log=report / "clients.jsonl")
    with opened() as site, serving(site.environment, WORKERS) as served:
        door = Door(f"http://127.0.0.1:{served.port}", _token(site))
        held = _seeded(door, chosen)
        is_good = _loaded(door, chosen, report / "report.html")
        outcome = _reconciled(door, chosen, held)
        checked = _commanded(site, "check")
    passed = is_good and checked.returncode == 0 and not outcome.problems
    print(checked.stdout + checked.stderr + _told(outcome), flush=True)
    print(f"The load test is {'passed' if passed else 'failed'}; the report: {report / 'report.html'}", flush=True)
    return 0 if passed else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    parser.add_argument("--report", type=Path, default=ROOT / "build" / "load", help="the folder of report and log")
    return parser.parse_args()


def _commanded(site: Stage, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command of the server's own program, on the database of the load test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROLONG_")}
    command, told = [str(PROGRAM), *words], kept | site.environment
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False)  # noqa: S603 - our program


def _token(site: Stage) -> str:
    added = _commanded(site, "staff", "add", "load@vendor.example", "--role", "admin", "--token")
    if added.returncode:
        raise SystemExit(f"No token could be made for the seed:\n{added.stderr}")
    return added.stdout.strip()


def _seeded(door: Door, chosen: Settings) -> Stock:
    phases = shapes.SHAPES[chosen.shape]
    pairs = shapes.pairs_for(phases, chosen.users, chosen.pace)
    print(f"{chosen.shape}: {chosen.users} users at most, {shapes.seconds_of(phases):.0f} s, {pairs} pairs", flush=True)
    held = seed.seed(door, pairs)
    stock.write(chosen.stock, held)
    return held


def _loaded(door: Door, chosen: Settings, report: Path) -> bool:
    """Run locust to its end; whether its verdict was good."""
    command = [str(LOCUST), "-f", str(ROOT / "loadtests" / "locustfile.py"), "--headless", "--host", door.base]
    command += ["--html", str(report), "--only-summary", "--stop-timeout", "30", "--loglevel", "WARNING"]
    told = {"PROLONG_LOAD_STOCK": str(chosen.stock), "PROLONG_LOAD_LOG": str(chosen.log), "PYTHONPATH": str(ROOT)}
    # Not of the terminal's group: Ctrl-C reaches this program, which ends it before the server.
    process = subprocess.Popen(command, env=os.environ | told, cwd=ROOT, start_new_session=True)  # noqa: S603 - locust
    try:
        return process.wait() == 0
    finally:
        stage.end(process)


def _reconciled(door: Door, chosen: Settings, held: Stock) -> Outcome:
    seen = reconciliation.attempts(journal.read(chosen.log))
    rows = [Row(item["id"], item["license"]) for item in door.items("/v1/redemptions")]
    return reconciliation.reconcile(seen, rows, _pair_of(door, held))


def _pair_of(door: Door, held: Stock) -> Callable[[str], int | None]:
    places = {key: place for place, key in enumerate(held.license_keys)}
    return lambda license_id: places.get(door.get(f"/v1/licenses/{license_id}")["license_key"])


def _told(outcome: Outcome) -> str:
    known = f"{outcome.confirmed} redemptions that clients were told of, {outcome.unconfirmed} rows of unknown outcome"
    if outcome.problems:
        return "\n".join(
            [f"Reconciliation: {known}. It does not match:", *(f"  {problem}" for problem in outcome.problems[:20])]
        )
    return f"Reconciliation: {known}. Every 201 is a row, and nothing was spent twice."


if __name__ == "__main__":
    main()
