"""`prolong orders …`: what a dealer does from a terminal or a script.

The token is taken from `PROLONG_TOKEN` or a file, and codes from standard input or a file, never from an argument:
arguments stand in the shell's history and in the list of processes.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import itertools
import json
import os
import sys
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prolong import cli_terminal, codes
from prolong.dealer import Dealer
from prolong.dealer_results import CodeStatus, Order, Voiding
from prolong.errors import OutcomeUnknown

if TYPE_CHECKING:
    import httpx

Run = Callable[[argparse.Namespace, Dealer], int]


def add(commands: Any) -> None:  # argparse does not export the type of what add_subparsers returns.
    """Add the command to those of `prolong`."""
    told = "Order codes, download, confirm and void them (for dealers)."
    orders = commands.add_parser("orders", help=told, description=told)
    actions = orders.add_subparsers(required=True, metavar="ACTION")
    _place_options(_action(actions, place))
    _action(actions, list_).add_argument("--limit", type=int, default=50, help="at most so many (default: %(default)s)")
    _order(_action(actions, show))
    _order(_action(actions, download)).add_argument("file", metavar="FILE", help="a .csv, .json or .xlsx file")
    _order(_action(actions, confirm))
    chosen = _order(_action(actions, void)).add_mutually_exclusive_group(required=True)
    chosen.add_argument("--all", action="store_true", help="all that are unspent")
    chosen.add_argument("--codes", metavar="FILE", help="these, one a line; - reads standard input")
    _action(actions, status)


def run(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Carry out an action and return the exit code."""
    with Dealer(options.server, _token(options.token_file), timeout=options.timeout, transport=transport) as dealer:
        done: int = options.act(options, dealer)
    return done


def place(options: argparse.Namespace, dealer: Dealer) -> int:
    """Order codes; repeat a lost order with the idempotency key that is told."""
    names = ("kind", "product", "edition", "period_years", "seats", "quantity", "reference", "shelf_life_days")
    # Made here, so that it is known whatever happens to the call.
    key = options.idempotency_key or str(uuid.uuid4())
    try:
        made = dealer.order(**{name: getattr(options, name) for name in names}, idempotency_key=key)
    except (OutcomeUnknown, KeyboardInterrupt) as error:
        text = str(error) or "Stopped. It is not known whether the order was placed."
        _complain(options, {"code": "OutcomeUnknown", "detail": text, "idempotency_key": key})
        _say(f"{text}\nRepeat the same command with --idempotency-key {key}", sys.stderr)
        return 1
    return _tell(options, made, _order_lines(made))


def list_(options: argparse.Namespace, dealer: Dealer) -> int:
    """List the orders, the newest first."""
    found = list(itertools.islice(dealer.orders(), max(0, options.limit)))
    return _tell(options, {"orders": found}, [_order_line(order) for order in found])


def show(options: argparse.Namespace, dealer: Dealer) -> int:
    """Show one order."""
    found = dealer.show(options.order)
    return _tell(options, found, _order_lines(found))


def download(options: argparse.Namespace, dealer: Dealer) -> int:
    """Write the codes of an order to a file that only you can read."""
    target = Path(options.file)
    shown = sys.stderr.isatty() and not options.json
    dealer.download(options.order, target, _progress if shown else None)
    if shown:
        _say("", sys.stderr)
    size = target.stat().st_size
    facts = {"order": options.order, "file": str(target), "bytes": size}
    lines = [f"{target}: {size} bytes. Keep it safe, then: prolong orders confirm {options.order}"]
    return _tell(options, facts, lines)


def confirm(options: argparse.Namespace, dealer: Dealer) -> int:
    """Confirm that the codes are safely kept: the vendor's list is destroyed."""
    done = dealer.confirm(options.order)
    return _tell(options, done, _order_lines(done))


def void(options: argparse.Namespace, dealer: Dealer) -> int:
    """Take back unspent codes; their price is credited. 0 only if all that were named are voided."""
    done = dealer.void(options.order, "all" if options.all else _codes(options.codes))
    _tell(options, _voiding_facts(done), _voiding_lines(done))
    return 1 if done.not_voided and not options.all else 0


def status(options: argparse.Namespace, dealer: Dealer) -> int:
    """Tell what has become of a code; it is asked for, or read from standard input."""
    found = dealer.status(cli_terminal.here(plain=True).ask("Code:"))
    return _tell(options, found, _status_lines(found))


def _action(actions: Any, act: Run) -> argparse.ArgumentParser:
    name, about = act.__name__.strip("_"), act.__doc__
    added: argparse.ArgumentParser = actions.add_parser(name, help=about, description=about, allow_abbrev=False)
    server = os.environ.get("PROLONG_BASE_URL")
    added.add_argument("--server", metavar="URL", default=server, required=not server, help="the license server")
    added.add_argument("--token", type=_never_an_argument, help=argparse.SUPPRESS)
    added.add_argument("--token-file", metavar="FILE", help="where your token is; default: PROLONG_TOKEN")
    added.add_argument("--timeout", metavar="SECONDS", type=float, default=60.0, help="(default: %(default)s)")
    added.add_argument("--json", action="store_true", help="answer with one JSON object")
    added.set_defaults(run=run, act=act)
    return added


def _order(action: argparse.ArgumentParser) -> argparse.ArgumentParser:
    action.add_argument("order", metavar="ORDER", help="its number: ord_…")
    return action


def _place_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--kind", choices=["renewal", "activation"], required=True)
    action.add_argument("--product", required=True, help="the product's code")
    action.add_argument("--edition", required=True, help="the edition's code")
    action.add_argument("--period-years", type=int, required=True, metavar="YEARS")
    action.add_argument("--seats", type=int, required=True, help="for licenses of so many workstations")
    action.add_argument("--quantity", type=int, required=True, help="so many codes")
    action.add_argument("--reference", help="your own number of the order")
    action.add_argument("--shelf-life-days", type=int, metavar="DAYS", help="how long the codes may lie; 0 is for ever")
    action.add_argument("--idempotency-key", metavar="KEY", help="one key orders once, however often it is sent")


def _never_an_argument(_: str) -> str:
    raise argparse.ArgumentTypeError("everybody on this computer can read it here; use PROLONG_TOKEN or --token-file")


def _token(file: str | None) -> str:
    text = os.environ.get("PROLONG_TOKEN", "") if file is None else Path(file).read_text("utf-8", errors="replace")
    if not text.strip():
        raise ValueError("Name your token in PROLONG_TOKEN, or the file that it is in by --token-file.")
    return text.strip()


def _codes(file: str) -> list[str]:
    """One a line; the header of a downloaded list is passed over."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig", errors="replace")
    found = [line.strip() for line in text.splitlines() if line.strip() not in ("", "code")]
    if not found:
        raise ValueError("There are no codes in what was given: one a line.")
    return found


def _progress(done: int, total: int | None) -> None:
    of_all = "" if not total else f" of {total / 1e6:.1f}"
    percent = "" if not total else f" {done * 100 // total} %"
    _say(f"\r{done / 1e6:.1f}{of_all} MB{percent}", sys.stderr, end="")


def _order_line(order: Order) -> str:
    counts = order.counts
    bought = f"{order.quantity} x {order.product} {order.edition} {order.kind}, {order.total} {order.currency}"
    became = f"redeemed {counts.redeemed}, voided {counts.voided}"
    return f"{order.id}  {order.created_at:%Y-%m-%d}  {bought}, {order.status}, {became}"


def _order_lines(order: Order) -> list[str]:
    terms = f"years: {order.period_years}, seats: {order.seats}, each {order.unit_price} {order.currency}"
    good = [] if order.good_until is None else [f"good through {order.good_until}"]
    return [_order_line(order), terms, *good]


def _voiding_facts(done: Voiding) -> dict[str, Any]:
    # Output is kept in logs, so of a code only its first group is told; that suffices to find it.
    left = [{"first_group": _first_group(one.code), "reason": one.reason} for one in done.not_voided]
    return {"voided": done.voided, "not_voided": left, "order": done.order}


def _voiding_lines(done: Voiding) -> list[str]:
    left = [f"{_first_group(one.code)}-…: {one.reason}" for one in done.not_voided]
    return [f"Voided: {done.voided}", *left, _order_line(done.order)]


def _first_group(code: str) -> str:
    reading = codes.read(code)
    return "-".join(filter(None, (reading.mark, reading.groups[0])))


def _status_lines(found: CodeStatus) -> list[str]:
    moments = ("issued", "redeemed", "voided", "reversed")
    known = [(name, getattr(found, f"{name}_at")) for name in moments]
    return [f"{found.state}, order {found.order}", *(f"{name} {at:%Y-%m-%d %H:%M} UTC" for name, at in known if at)]


def _tell(options: argparse.Namespace, facts: object, lines: Sequence[str]) -> int:
    _say(json.dumps(facts, default=_written) if options.json else "\n".join(lines), sys.stdout)
    return 0


def _complain(options: argparse.Namespace, facts: dict[str, Any]) -> None:
    if options.json:
        _say(json.dumps(facts), sys.stdout)


def _written(value: object) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if dataclasses.is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} is not told")


def _say(text: str, stream: Any, end: str = "\n") -> None:
    if stream is not None:
        stream.write(text + end)
        stream.flush()
