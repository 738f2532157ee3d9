"""Which pages of other sites a browser lets ask here (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

A page may call what the registration form calls, if its origin is among the `web_origins` of a product. A browser's
question beforehand names no product, so any product's origin will do; what may be left out of a form is judged by the
product's own. No cookie plays a part, so no answer allows credentials.

The origins are read anew for each request that has an `Origin`, so that a change governs at once in every process;
a request without one costs nothing. What is answered before they were read, or while the database is away, goes by
what this process read last: then only a 429 or a 503 is told, and the page can read when to come back.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from flask import Flask, Request, Response, current_app, g
from werkzeug.exceptions import HTTPException

from prolong_server.licensing import web_origins
from prolong_server.rules.errors import TryAgain

FROM_PAGES: Final = frozenset(
    {"redemptions.redeem", "redemptions.check", "activations.activate", "validations.validate", "products.show"}
)
MAX_AGE_SECONDS: Final = 600
_MAY_SEND: Final = "Content-Type, Accept, Accept-Language"
_MAY_READ: Final = "Idempotent-Replayed, Retry-After, X-Request-Id"


@dataclass(slots=True)
class Known:
    """The allowed origins as this process read them last."""

    origins: frozenset[str] = frozenset()


def register(app: Flask) -> None:
    """Give the application its memory of the origins."""
    app.extensions["prolong_origins"] = Known()


def preflight(asked: Request) -> Response | None:
    """The answer to a browser's question whether a page may ask; None if this request is no such question."""
    if asked.method != "OPTIONS" or "HTTP_ORIGIN" not in asked.environ:
        return None
    method = asked.headers.get("Access-Control-Request-Method")
    if method is None or _operation(asked, method) not in FROM_PAGES:
        return None
    with suppress(TryAgain):
        _read()
    return _permission(asked, method)


def admit(asked: Request) -> None:
    """Read which origins are allowed, if a page asks for what pages may ask; TryAgain. Refuses nobody: browsers do."""
    if asked.endpoint in FROM_PAGES and "HTTP_ORIGIN" in asked.environ:
        _read()


def tell(asked: Request, response: Response) -> None:
    """Let the page that asked read the answer, refusal or not, if its origin is allowed."""
    if asked.method == "OPTIONS" or asked.endpoint not in FROM_PAGES:
        return
    response.headers.add("Vary", "Origin")
    if origin := _allowed(asked):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _MAY_READ


def _operation(asked: Request, method: str) -> str | None:
    # One address may have a rule for each of its methods, and OPTIONS matches but the first of them.
    try:
        adapter = current_app.create_url_adapter(asked)
        return str(adapter.match(method=method)[0]) if adapter else None
    except HTTPException:
        return None


def _permission(asked: Request, method: str) -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    response.vary.add("Origin")
    if origin := _allowed(asked):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = method
        response.headers["Access-Control-Allow-Headers"] = _MAY_SEND
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE_SECONDS)
    return response


def _read() -> None:
    g.origins = _known().origins = web_origins.allowed()


def _allowed(asked: Request) -> str | None:
    origin = asked.environ.get("HTTP_ORIGIN")
    if origin is None:
        return None
    return origin if origin in g.get("origins", _known().origins) else None


def _known() -> Known:
    known: Known = current_app.extensions["prolong_origins"]
    return known
