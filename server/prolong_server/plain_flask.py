"""Flask without what this application does not have, and what would be looked for at every request."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, MapAdapter
from werkzeug.wsgi import get_host

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _NoSession(SessionInterface):
    """Nobody has a session: the same empty one serves all, for nothing can be written into it."""

    _empty: Final = NullSession()

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The empty one."""
        return self._empty


class PlainFlask(Flask):
    """Flask without coroutines, sessions, subdomains and web sockets; who asks for one asks plainly (RFC 9110, 7.8)."""

    session_interface = _NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Nothing: nobody asks to be told of its end."""

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Nothing: only the extension of the database would end a session there, and nobody uses that."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds the route of a request. Raises BadHost, and NotFound for an address that begins with "//".

        The library would find what is behind them, past everything that goes by the beginning of an address.
        """
        if request is None:
            return super().create_url_adapter(request)
        environ, scheme = request.environ, request.scheme
        asked = (scheme, environ.get("HTTP_HOST"), environ["SERVER_NAME"], environ["SERVER_PORT"])
        request.host, name = _names(*asked)
        script, path, query = (_text(environ, part) for part in ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"))
        if path.startswith("//"):
            raise NotFound
        return MapAdapter(self.url_map, name, script, "", scheme, path, environ["REQUEST_METHOD"], query)


@lru_cache(maxsize=256)
def _names(scheme: str, host: str | None, server: str, port: str) -> tuple[str, str]:
    # Those who ask one service name few hosts.
    environ = {"wsgi.url_scheme": scheme, "SERVER_NAME": server, "SERVER_PORT": port}
    named = get_host(environ if host is None else environ | {"HTTP_HOST": host})
    return named, Map().bind(named).server_name


def _text(environ: "WSGIEnvironment", name: str) -> str:
    # PEP 3333 gives bytes as if they were Latin-1.
    given: str = environ.get(name, "")
    return given if given.isascii() else given.encode("latin-1").decode(errors="replace")
