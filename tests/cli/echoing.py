"""A WSGI application that tells what it was asked, for granian's own WSGI and for the bridge."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from prolong_server.cli.bridge import Bridge
from tests import waiting
from tests.cli import console


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Tell the environment, or answer in parts under /parts."""
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/parts":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return _parts(len(body))
    told = {name: value for name, value in environ.items() if name not in os.environ and isinstance(value, (str, bool))}
    text = json.dumps(told | {"body": body.decode("latin-1")}).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def _parts(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield b"%06d\n" % number


# More threads than the documented proxy lets long bodies have.
bridged = Bridge(wsgi, 20, lambda _: None)


@contextmanager
def served(interface: str, target: str) -> Iterator[int]:
    """Granian with one of these applications: its port."""
    port = console.free_port()
    command = [sys.executable, "-m", "granian", "--interface", interface, "--port", str(port), "--no-ws"]
    with subprocess.Popen([*command, f"tests.cli.echoing:{target}"], stderr=subprocess.DEVNULL) as process:
        try:
            waiting.until(lambda: console.is_listening(port))
            yield port
        finally:
            process.terminate()
