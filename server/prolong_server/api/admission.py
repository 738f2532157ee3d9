"""How many requests a worker works on at a time; the rest is turned away before anything of it is read (503).

Who is turned away costs little and is told at once, so that a storm of any size leaves the threads to those who are in.
Health and metrics are outside: they answer throughout. What is said is kept for a second in each language.
"""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from flask import Flask
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from prolong_server import compact_json
from prolong_server.api import calls, hot_paths, problems
from prolong_server.api.metrics import TURNED_AWAY
from prolong_server.rules import errors
from prolong_server.rules.languages import Language

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FLAG: Final = "prolong.turned_away"
_KEPT_SECONDS: Final = 1.0
_PLACE: Final = b"place-of-the-request-id"
_HEADERS: Final = (
    ("Content-Type", problems.MEDIA_TYPE),
    ("Retry-After", str(problems.RETRY_SECONDS)),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Vary", "Origin"),
)
_STATUS: Final = f"{HTTPStatus.SERVICE_UNAVAILABLE:d} {HTTPStatus.SERVICE_UNAVAILABLE.phrase}"


class Headers(Protocol):
    """The headers of a request by their names in lower case."""

    def get(self, key: str) -> str | None:
        """The first value; None where there is none."""

    def __contains__(self, key: str) -> bool:
        """Whether there is one."""


class Begun(Protocol):
    """A request of which nothing but its head has come, as the server's protocol (RSGI) gives it."""

    method: str
    path: str

    @property
    def headers(self) -> Headers:
        """Its headers."""


class Refusal(NamedTuple):
    """What a request is told that finds no place."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Admission:
    """WSGI in front of the application: at most `most` requests under /v1, and `hot` more of the hot paths, are inside.

    The hot paths have places of their own, for they occupy no thread.
    """

    def __init__(self, app: Flask, most: int, hot: int) -> None:
        self._app = app
        self._inside: WSGIApplication = app.wsgi_app
        self._places, self._hot_places = deque(range(most)), deque(range(hot))
        self._kept: dict[str, tuple[float, bytes]] = {}
        app.extensions["prolong_admission"] = self

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let the request in if there is a place, else turn it away."""
        if not environ["PATH_INFO"].startswith("/v1/"):
            return self._inside(environ, start_response)
        places = self._places_of(environ)
        try:
            place = places.pop()
        except IndexError:
            return self._turn_away(environ, start_response)
        try:
            return self._inside(environ, start_response)
        finally:
            places.append(place)

    def refusal(self, begun: Begun) -> Refusal | None:
        """What a request is told of which nothing but its head has come; None for one that may find a place.

        A page is left to the application, which knows what its browser must be told; so is who comes when what is said
        has to be put together anew, for which the database may be asked.
        """
        # A place that is free now may be gone when the request comes in.
        if self._places and self._hot_places:
            return None
        headers = begun.headers
        if not begun.path.startswith("/v1/") or "origin" in headers:
            return None
        length = hot_paths.announced(headers.get("content-length"), is_chunked="transfer-encoding" in headers)
        if self._hot_places if hot_paths.is_short_and_hot(begun.method, begun.path, length) else self._places:
            return None
        said = self._kept_for(headers.get("accept-language") or "")
        return None if said is None else _refusal(said, headers.get("x-request-id") or "")

    def _places_of(self, environ: "WSGIEnvironment") -> deque[int]:
        return self._hot_places if hot_paths.is_hot(environ) else self._places

    def _turn_away(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "HTTP_ORIGIN" in environ:
            # A page can read the answer only with headers that the application adds; its entrance turns it away.
            TURNED_AWAY.inc()
            return self._inside(environ | {FLAG: True}, start_response)
        refusal = _refusal(self._said(environ), environ.get("HTTP_X_REQUEST_ID", ""))
        start_response(_STATUS, refusal.headers)
        return [refusal.body]

    def _kept_for(self, accepted: str) -> bytes | None:
        until, body = self._kept.get(_language(accepted), (0.0, b""))
        return body if monotonic() < until else None

    def _said(self, environ: "WSGIEnvironment") -> bytes:
        accepted = environ.get("HTTP_ACCEPT_LANGUAGE", "")
        body = self._kept_for(accepted)
        if body is None:
            language = _language(accepted)
            asked = environ | {"HTTP_ACCEPT_LANGUAGE": language, "prolong.request_id": _PLACE.decode()}
            with self._app.request_context(asked):
                body = compact_json.written(problems.document(errors.TryAgain()))
            self._kept[language] = (monotonic() + _KEPT_SECONDS, body)
        return body


def _refusal(said: bytes, given: str) -> Refusal:
    TURNED_AWAY.inc()
    name = calls.request_name(given)
    body = said.replace(_PLACE, name.encode())
    headers = [*_HEADERS, ("X-Request-Id", name), ("Content-Length", str(len(body)))]
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers, body)


def admission_of(app: Flask) -> Admission:
    """The admission of an application."""
    found: Admission = app.extensions["prolong_admission"]
    return found


@lru_cache(maxsize=256)
def _language(accepted: str) -> str:
    spoken = [language.value for language in Language]
    return parse_accept_header(accepted, LanguageAccept).best_match(spoken, default="en") or "en"
