"""The command `prolong`: renew or activate a license, ask how it stands, verify a signed document, order codes.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage. With `--json` the answer is one JSON object on standard output;
questions and errors for people go to standard error. What is not given is asked for, or read line by line from standard
input, so that codes and keys need not stand in the shell's history.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from prolong import cli_orders, cli_register, cli_terminal, documents
from prolong.cli_telling import failure_facts, failure_lines, license_facts, license_lines, written
from prolong.client import Client
from prolong.errors import NoLicense, ProlongError, UnknownKey
from prolong.reading import json_object
from prolong.store import MemoryStore, Store
from prolong.texts import LANGUAGES

if TYPE_CHECKING:
    import httpx


def main(argv: Sequence[str] | None = None, *, transport: httpx.BaseTransport | None = None) -> int:
    """Run one command and return its exit code; `transport` is the seam for tests."""
    _write_everywhere(sys.stdout, sys.stderr)
    options = _parser().parse_args(argv)
    try:
        done: int = options.run(options, transport)
    except (ProlongError, OSError) as error:
        _tell_failure(error, as_json=options.json)
        return 1
    except EOFError:
        _tell_failure(EOFError("The input ended before everything that is needed was given."), as_json=options.json)
        return 2
    except ValueError as error:
        _tell_failure(error, as_json=options.json)
        return 2
    except KeyboardInterrupt:
        _say("\nStopped. Nothing is lost: what was under way is settled at the next start.", sys.stderr)
        return 1
    return done


def register(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Renew or activate a license by a code."""
    with _client(options, transport) as client:
        return cli_register.run(options, client)


def window(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Renew or activate a license by a code, in a window."""
    with _client(options, transport) as client:
        return cli_register.window(options, client)


def status(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Ask the server how a license stands; 0 only if the product may work."""
    with _client(options, transport) as client:
        try:
            answer = client.validate(options.license_key)
        except NoLicense:
            answer = client.validate(cli_terminal.here(plain=options.plain).ask("License key:"))
    facts = {"valid": answer.valid, "code": answer.code, "license": license_facts(answer.license)}
    _tell(facts, [answer.code, *license_lines(answer.license)], options)
    return 0 if answer.valid else 1


def verify(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """Verify a license document from a file; 0 if it is genuine, whatever the license's standing."""
    now = dt.datetime.now(dt.timezone.utc)
    found = documents.verify(_content(options.file).strip(), _keys(options, transport), now)
    standing = found.standing(now)
    moments = {"issued_at": found.issued_at, "fresh_until": found.fresh_until}
    facts = {"genuine": True, "code": standing, "seq": found.seq, **moments, "license": license_facts(found.license)}
    return _tell(facts, [f"Genuine. {standing}", *license_lines(found.license)], options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prolong", description="Renew and examine licenses.", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run in (register, window, status):
        _product_options(_command(commands.add_parser, run))
    _register_options(commands.choices["register"])
    check = _command(commands.add_parser, verify)
    check.add_argument("file", metavar="FILE", help="the license document; - reads standard input")
    source = check.add_mutually_exclusive_group(required="PROLONG_BASE_URL" not in os.environ)
    source.add_argument("--keys", metavar="FILE", help="the trusted public keys (JWKS)")
    source.add_argument("--server", metavar="URL", default=os.environ.get("PROLONG_BASE_URL"), help="fetch them here")
    cli_orders.add(commands)
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
    command.add_argument("--store", metavar="DIRECTORY", help="where the product keeps its license")
    command.add_argument("--language", choices=sorted(LANGUAGES), help="default: the environment's")
    command.add_argument("--plain", action="store_true", help="no colors and no live hints")
    command.add_argument("--license-key", help="asked for if it is needed and not kept")


def _register_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--code", help="asked for if left out, which keeps it out of the shell's history")
    command.add_argument("--yes", action="store_true", help="do not ask before the code is spent")
    command.add_argument("--name", help="for an activation: for whom")
    command.add_argument("--country", help="for an activation: two letters, such as UA")
    command.add_argument("--email", help="for an activation")
    command.add_argument("--reminders", action="store_true", help="for an activation: agree to mail before the end")


def _client(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> Client:
    named = {"product": options.product, "product_version": options.product_version, "machine": options.machine}
    store = Store(options.store) if options.store else None
    return Client(options.server, **named, store=store, transport=transport, language=options.language)


def _keys(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> Mapping[str, Any]:
    if options.keys:
        return _jwks(options.keys)
    # Whose product it is plays no part, and nothing is kept of the question.
    told: dict[str, Any] = {"product": "any", "product_version": "", "store": MemoryStore()}
    with Client(options.server, **told, transport=transport) as client:
        return client.keys()


def _jwks(file: str) -> Mapping[str, Any]:
    try:
        return json_object(json.loads(_content(file)))
    except (TypeError, ValueError):
        raise UnknownKey("The file of trusted keys is not JSON. Fetch it again from /.well-known/jwks.json.") from None


def _content(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8", errors="replace")


def _write_everywhere(*streams: TextIO | None) -> None:
    """A console or a pipe that lacks a sign must not turn what was done into an error."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _tell(facts: dict[str, Any], lines: Sequence[str], options: argparse.Namespace) -> int:
    _say(json.dumps(facts, default=written) if options.json else "\n".join(lines), sys.stdout)
    return 0


def _tell_failure(error: Exception, *, as_json: bool) -> None:
    if as_json:
        _say(json.dumps(failure_facts(error)), sys.stdout)
    _say("\n".join(failure_lines(error)), sys.stderr)


def _say(text: str, stream: TextIO | None, end: str = "\n") -> None:
    if stream is not None:
        stream.write(text + end)
        stream.flush()
