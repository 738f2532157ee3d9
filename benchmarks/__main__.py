"""`make bench`: redemptions and a large order as ratios to PostgreSQL itself, leads and reports in milliseconds."""

import argparse
import os
import platform

from benchmarks import moves, orders, redemption, reports, stage


def main() -> None:
    """Run the benchmarks that were asked for and print what was measured."""
    asked = _arguments()
    print(f"{platform.platform()}, {os.cpu_count()} cores; private PostgreSQL with fsync on, on a Unix socket")
    if asked.only in {"redemption", None}:
        print("Redemption: 2 workers and 16 connections against pgbench with 16 clients, one statement, prepared")
        with stage.opened() as opened:
            redemption.run(opened, asked.pairs, asked.rounds, asked.seconds)
    if asked.only in {"orders", None}:
        print(f"Order of {asked.quantity} codes against server-side binary COPY of the same rows")
        with stage.opened() as opened:
            orders.run(opened, asked.quantity, asked.rounds)
    if asked.only in {"moves", None}:
        print("The merge of many Modules, from the call to the commit")
        moves.run(asked.rounds)
    if asked.only in {"reports", None}:
        print("Leads and reports through the door, medians in milliseconds")
        reports.run(asked.licenses, 3 * asked.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=("redemption", "orders", "moves", "reports"))
    parser.add_argument(
        "--pairs", type=int, default=60_000, help="codes and licenses for the server; pgbench has 3 times as many"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--quantity", type=int, default=1_000_000)
    parser.add_argument("--licenses", type=int, default=1_000_000, help="and as many codes, for leads and reports")
    return parser.parse_args()


if __name__ == "__main__":
    main()
