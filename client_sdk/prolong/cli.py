"""The command `prolong`: renew a license in a terminal, ask how it stands, verify a signed document.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage. With `--json` the answer is one JSON object on standard output;
questions and errors for people go to standard error. What is not given is asked for, or read line by line from standard
input, so that codes and keys need not stand in the shell's history.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import httpx
from stamina.instrumentation import LoggingOnRetryHook, set_on_retry_hooks

from prolong import documents
from prolong.client import Client
from prolong.contacts import Support
from prolong.errors import ProlongError, Refused, UnknownKey
from prolong.reading import json_object
from prolong.results import License


def main(argv: Sequence[str] | None = None, *, transport: httpx.BaseTransport | None = None) -> int:
    """Run one command and return its exit code; `transport` is the seam for tests."""
    options = _parser().parse_args(argv)
    # Where structlog is installed stamina would choose it, which prints to standard output: that is for the answer.
    set_on_retry_hooks([LoggingOnRetryHook])
    try:
        done: int = options.run(options, transport)
    except (ProlongError, OSError) as error:
        _tell_failure(error, as_json=options.json)
        return 1
    except EOFError:
        _say("The input ended before everything that is needed was given.", sys.stderr)
        return 2
    except ValueError as error:
        _say(str(error), sys.stderr)
        return 2
    return done


def register(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Renew a license by a code."""
    code = options.code or _ask("Renewal code: ")
    license_key = options.license_key or _ask("License key: ")
    with _client(options, transport) as client:
        receipt = client.redeem(code, license_key)
    lines = [f"Renewed. The license now runs through {receipt.expires_on} (before: {receipt.previous_expires_on})."]
    if receipt.replayed:
        lines = [f"This code had already renewed this license. It runs through {receipt.license.expires_on}."]
    dates = {"previous_expires_on": receipt.previous_expires_on, "expires_on": receipt.expires_on}
    facts = {"id": receipt.id, "replayed": receipt.replayed, **dates, "license": _facts(receipt.license)}
    return _tell(facts, lines, options)


def status(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Ask the server how a license stands; 0 only if the product may work."""
    license_key = options.license_key or _ask("License key: ")
    with _client(options, transport) as client:
        answer = client.validate(license_key)
    facts = {"valid": answer.valid, "code": answer.code, "license": _facts(answer.license)}
    _tell(facts, [answer.code, *_lines(answer.license)], options)
    return 0 if answer.valid else 1


def verify(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Verify a license document from a file; 0 if it is genuine, whatever the license's standing."""
    now = dt.datetime.now(dt.timezone.utc)
    found = documents.verify(_content(options.file).strip(), _keys(options, transport), now)
    standing = found.standing(now)
    moments = {"issued_at": found.issued_at, "fresh_until": found.fresh_until}
    facts = {"genuine": True, "code": standing, "seq": found.seq, **moments, "license": _facts(found.license)}
    return _tell(facts, [f"Genuine. {standing}", *_lines(found.license)], options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prolong", description="Renew and examine licenses.", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run in (register, status):
        command = _command(commands.add_parser, run)
        _product_options(command)
    commands.choices["register"].add_argument("--code", help="the renewal code; asked for if left out")
    check = _command(commands.add_parser, verify)
    check.add_argument("file", metavar="FILE", help="the license document; - reads standard input")
    source = check.add_mutually_exclusive_group(required="PROLONG_BASE_URL" not in os.environ)
    source.add_argument("--keys", metavar="FILE", help="the trusted public keys (JWKS)")
    source.add_argument("--server", metavar="URL", default=os.environ.get("PROLONG_BASE_URL"), help="fetch them here")
    return parser


def _command(
    add: Callable[..., argparse.ArgumentParser],
    run: Callable[[argparse.Namespace, httpx.BaseTransport | None], int],
) -> argparse.ArgumentParser:
    command = add(run.__name__, help=run.__doc__, description=run.__doc__)
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="answer with one JSON object")
    return command


def _product_options(command: argparse.ArgumentParser) -> None:
    server = os.environ.get("PROLONG_BASE_URL")
    command.add_argument("--server", metavar="URL", default=server, required=not server, help="the license server")
    command.add_argument("--product", required=True, help="the product's code")
    command.add_argument("--product-version", required=True, help="the installed version")
    command.add_argument("--machine", metavar="FINGERPRINT", help="default: this computer's own")
    command.add_argument("--license-key", help="asked for if left out")


def _client(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> Client:
    named = {"product": options.product, "product_version": options.product_version}
    return Client(options.server, **named, machine=options.machine, transport=transport)


def _keys(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> Mapping[str, Any]:
    if options.keys:
        return _jwks(options.keys)
    with Client(options.server, product="", product_version="", transport=transport) as client:
        return client.keys()


def _jwks(file: str) -> Mapping[str, Any]:
    try:
        return json_object(json.loads(_content(file)))
    except (TypeError, ValueError):
        raise UnknownKey("The file of trusted keys is not JSON. Fetch it again from /.well-known/jwks.json.") from None


def _content(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8", errors="replace")


def _ask(question: str) -> str:
    if sys.stdin.isatty():
        _say(question, sys.stderr, end="")
    return input().strip()


def _facts(found: License | None) -> dict[str, Any] | None:
    """What a script may see of a license: of the key only its end, because output is kept in logs."""
    if found is None:
        return None
    names = ("id", "product", "edition", "seats", "status", "expires_on", "ends_at", "renewable_until")
    return {**{name: getattr(found, name) for name in names}, "license_key_ending": found.license_key[-4:]}


def _lines(found: License | None) -> list[str]:
    if found is None:
        return []
    lines = [f"{found.product} {found.edition}, seats: {found.seats}, runs through {found.expires_on}"]
    return lines if found.renewable_until is None else [*lines, f"can be renewed through {found.renewable_until}"]


def _tell(facts: dict[str, Any], lines: Sequence[str], options: argparse.Namespace) -> int:
    _say(json.dumps(facts, default=_iso) if options.json else "\n".join(lines), sys.stdout)
    return 0


def _tell_failure(error: Exception, *, as_json: bool) -> None:
    code = error.code if isinstance(error, Refused) else type(error).__name__
    support = error.support if isinstance(error, Refused) else None
    if as_json:
        contact = None if support is None else vars(support)
        _say(json.dumps({"code": code, "detail": str(error), "support": contact}), sys.stdout)
    _say("\n".join([str(error), *_contact(support)]), sys.stderr)


def _contact(support: Support | None) -> list[str]:
    known = [] if support is None else [text for text in vars(support).values() if text]
    return [f"Contact: {', '.join(known)}"] if known else []


def _say(text: str, stream: TextIO, end: str = "\n") -> None:
    stream.write(text + end)
    stream.flush()


def _iso(moment: dt.date) -> str:
    return moment.isoformat()
