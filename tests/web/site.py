"""A vendor's server with a partner's page on the same origin, over TCP, for a real browser."""

import mimetypes
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from prolong_server.licensing.license_views import LicenseView
from tests.scenes import Stage
from tests.web.sentences import COMPONENT

PARTNER_PAGE = Path(__file__).parents[2] / "client_sdk" / "examples" / "partner-page"
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'"
)
Start = Callable[[str, list[tuple[str, str]]], object]


@dataclass
class Front:
    """The WSGI door: files of the page first, the application for all else."""

    app: Flask
    pages: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path not in self.pages:
            return self.app(environ, start)  # type: ignore[arg-type]  # WSGI's own types say the same in other words.
        kind = mimetypes.guess_type(path)[0] or "text/html"
        start("200 OK", [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Security-Policy", STRICT)])
        return [self.pages[path]]


@dataclass(frozen=True)
class Site:
    """Where the page is, and the vendor behind it."""

    origin: str
    front: Front
    stage: Stage

    def code(self, **changes: Any) -> str:
        """A new code of this vendor."""
        with self.front.app.app_context():
            return self.stage.code(**changes)

    def license(self, days_left: int = 30, **changes: Any) -> LicenseView:
        """A new license of this vendor."""
        with self.front.app.app_context():
            return self.stage.license(days_left, **changes)

    def page(self, attributes: str = 'product="shield" language="en"', lang: str = "en") -> str:
        """The address of a plain page with the form and these attributes."""
        path = f"/page-{len(self.front.pages)}.html"
        self.front.pages[path] = _PLAIN.format(lang=lang, attributes=attributes).encode()
        return self.origin + path


@contextmanager
def served(app: Flask, open_stage: Callable[[str], Stage]) -> Iterator[Site]:
    """Serve the application and the pages until the block ends; `open_stage` gets the origin that may ask."""
    front = Front(app)
    server = make_server("127.0.0.1", 0, front, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    front.pages |= _files(origin)
    try:
        yield Site(origin, front, open_stage(origin))
    finally:
        server.shutdown()
        server.server_close()


def _files(origin: str) -> dict[str, bytes]:
    # The sample is for the demo's product at the demo's address.
    named = {
        f"/{path.name}": path.read_text("utf-8").replace("http://127.0.0.1:8000", origin).replace("bulwark", "shield")
        for path in PARTNER_PAGE.iterdir()
    }
    ours = {name: text.encode() for name, text in named.items()}
    return {**ours, "/prolong-registration.js": COMPONENT.read_bytes(), "/favicon.ico": b""}


_PLAIN = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>Register</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<script type="module" src="/prolong-registration.js"></script></head>
<body><main><h1>Register</h1><prolong-registration {attributes}></prolong-registration></main></body></html>
"""
