"""Flask without what this application does not have, and what would be looked for at every request."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wsgi import get_host

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

F = TypeVar("F", bound=Callable[..., Any])
# The request itself: Flask's stand-in for it looks it up anew at every use, of which there would be fifty.
asked: Final[Callable[[], Request]] = request._get_current_object  # type: ignore[attr-defined] # noqa: SLF001 - as its guide


class _NoSession(SessionInterface):
    """Nobody has a session: the same empty one serves all, for nothing can be written into it."""

    _empty: Final = NullSession()

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The empty one."""
        return self._empty


class _Adapter(MapAdapter):
    """Finds routes, and remembers which addresses are the whole of one: there are no more of them than routes."""

    def __init__(self, fixed: dict[tuple[str, str], Rule], *args: Any) -> None:
        super().__init__(*args)
        self._fixed = fixed

    def match(self, *args: Any, **kwargs: Any) -> Any:
        """As the library's. Raises NotFound, MethodNotAllowed, RequestRedirect."""
        if args or kwargs != {"return_rule": True}:
            return super().match(*args, **kwargs)
        wanted = self.default_method.upper(), self.path_info
        if (rule := self._fixed.get(wanted)) is not None:
            return rule, {}
        found = super().match(return_rule=True)
        if not found[0].arguments:
            self._fixed[wanted] = found[0]
        return found


class PlainFlask(Flask):
    """Flask without coroutines, sessions, subdomains and web sockets; who asks for one asks plainly (RFC 9110, 7.8)."""

    session_interface = _NoSession()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fixed: dict[tuple[str, str], Rule] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func

    def preprocess_request(self) -> ResponseReturnValue | None:
        """What is to be done before a request, the first answer to which is the answer; nobody rewrites its address."""
        for function in _functions(self.before_request_funcs):
            answer: ResponseReturnValue | None = self.ensure_sync(function)()
            if answer is not None:
                return answer
        return None

    def process_response(self, response: Response) -> Response:
        """What is to be done after a request, the last first; nobody asks for it in the middle of one."""
        for function in reversed(_functions(self.after_request_funcs)):
            response = function(response)
        return response

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
        request.host, name = _names(scheme, environ.get("HTTP_HOST"), environ["SERVER_NAME"], environ["SERVER_PORT"])
        script, path, query = (_text(environ, part) for part in ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"))
        if path.startswith("//"):
            raise NotFound
        return _Adapter(self._fixed, self.url_map, name, script, "", scheme, path, environ["REQUEST_METHOD"], query)


def _functions(known: Mapping[str | None, list[F]]) -> list[F]:
    # Those of the application, then those of the blueprint; no blueprint is within another.
    name, _, _ = (asked().endpoint or "").rpartition(".")
    everywhere, own = known.get(None, []), known.get(name)
    return [*everywhere, *own] if own else everywhere


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
