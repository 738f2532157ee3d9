"""A WSGI application that tells what it was asked, for granian's own WSGI and for the bridge."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from prolong_server.cli.bridge import Bridge


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


bridged = Bridge(wsgi, 4, lambda _: None)
