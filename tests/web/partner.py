"""Partners' sites: other origins than the server's, each with a page that has the form on it, under strict policies."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from werkzeug.serving import make_server

Start = Callable[[str, list[tuple[str, str]]], object]
# All that a page needs is its own style, and the license server for one script and for its questions.
POLICY = (
    "default-src 'none'; script-src {server}; connect-src {server}; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'"
)


@dataclass
class Partner:
    """A site of one page: its address, and what it serves there; `pasted` is what the vendor told it to paste."""

    origin: str
    server: str
    pasted: str = ""

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/":
            start("404 Not Found", [])
            return []
        policy = POLICY.format(server=self.server)
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy)])
        return [_PAGE.format(pasted=self.pasted).encode()]


@contextmanager
def open_site(server: str, host: str = "localhost") -> Iterator[Partner]:
    """Serve a partner's site until the block ends. `server` is the origin of the license server."""
    partner = Partner("", server)
    http = make_server("127.0.0.1", 0, partner, threaded=True)
    partner.origin = f"http://{host}:{http.server_port}"
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield partner
    finally:
        http.shutdown()
        http.server_close()


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Soft Kyiv</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
</head>
<body><main><h1>Renew your license</h1>
{pasted}
</main></body></html>
"""
