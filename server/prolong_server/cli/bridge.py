"""From granian's own protocol (RSGI) to the WSGI application: small forms by the event loop, the rest by threads.

A request is begun in the event loop. If its body is small it is read there, so that a client that sends slowly holds
no thread; larger ones, and those of unknown length, are read while the application asks for them. Requests of the hot
paths stay in the loop's thread (`lane`), all others are carried by threads, which may block.
"""

import asyncio
import sys
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache, partial
from io import BufferedReader, BytesIO, RawIOBase
from typing import TYPE_CHECKING, Any, Final

from granian.rsgi import ProtocolClosed, ProtocolError, Scope  # type: ignore[attr-defined] # as its guide does
from werkzeug.exceptions import ClientDisconnected

from prolong_server.api import bodies, hot_paths
from prolong_server.api.admission import Refusal
from prolong_server.lane import Lane

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol

Refuse = Callable[[Scope], Refusal | None]
# As many as the database has connections for them.
_ASIDE: Final = 16
_BLOCK: Final = 1 << 16
# Whether the process lives and has its database must be told even when all its threads are occupied.
_HEALTH: Final = frozenset({"/healthz", "/readyz"})
# A sender that is silent for so long in the middle of a body has gone away.
_SILENT_SECONDS: Final = 15.0
# So often granian gives nothing of a body that was broken off.
_NOTHINGS: Final = 2
_ALWAYS: Final["WSGIEnvironment"] = {
    "SCRIPT_NAME": "",
    "wsgi.errors": sys.stderr,
    # Not of PEP 3333, but of Werkzeug: whatever the length, the body ends where the input ends.
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


class Bridge:
    """An RSGI application that carries a WSGI application, with so many threads for what does not go by the lane.

    `refuse` may answer a request before anything is made of it; it has None to say of all others.
    """

    def __init__(self, app: "WSGIApplication", threads: int, refuse: Refuse) -> None:
        self._app, self._refuse = app, refuse
        self._threads = ThreadPoolExecutor(threads, "request")
        self._lane: Lane

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        """The loop begins."""
        self._lane = Lane(loop, _ASIDE)

    async def __rsgi__(self, scope: Scope, protocol: "HTTPProtocol") -> None:
        """Answer one request."""
        if (refusal := self._refuse(scope)) is not None:
            protocol.response_bytes(*refusal)
            return
        with suppress(ProtocolClosed, ProtocolError):
            # Whoever has gone away needs no answer.
            await self._answer(scope, protocol)

    async def _answer(self, scope: Scope, protocol: "HTTPProtocol") -> None:
        environ = environ_of(scope)
        length = hot_paths.length_of(environ)
        if length is None or length > hot_paths.LONGEST_FORM:
            environ["wsgi.input"] = BufferedReader(_Body(protocol, self._lane.loop), _BLOCK)
        else:
            try:
                body = await protocol() if length else b""
            except (ProtocolClosed, ProtocolError):
                # Its sender has ended in the middle of it, but may still listen.
                body, environ[bodies.BROKEN_OFF] = b"", True
            environ["wsgi.input"], environ[bodies.AT_HAND] = BytesIO(body), body
            if hot_paths.is_hot(environ) or environ["PATH_INFO"] in _HEALTH:
                await self._lane.carry(partial(self._whole, environ, protocol))
                return
        await self._lane.loop.run_in_executor(self._threads, self._streamed, environ, protocol)

    def _whole(self, environ: "WSGIEnvironment", protocol: "HTTPProtocol") -> None:
        head = _Head()
        with _Answer(self._app(environ, head)) as parts:
            protocol.response_bytes(head.status, head.headers, b"".join(parts))

    def _streamed(self, environ: "WSGIEnvironment", protocol: "HTTPProtocol") -> None:
        head = _Head()
        with _Answer(self._app(environ, head)) as parts:
            if isinstance(parts, list):
                protocol.response_bytes(head.status, head.headers, b"".join(parts))
                return
            transport = protocol.response_stream(head.status, head.headers)
            for part in parts:
                if part:
                    _in(self._lane.loop, _sent(transport, part))


async def _sent(transport: Any, part: bytes) -> None:
    await transport.send_bytes(part)


async def _next(blocks: AsyncIterator[bytes]) -> bytes:
    # `anext` with a default would put an awaitable of its own around granian's, and crash in the end. At the end of a
    # body granian gives nothing once, and stops when it is asked again. Of a body that was broken off it gives nothing
    # twice, and so it does of one with trailers, which nobody sends here: rather none of that than half of this.
    try:
        async with asyncio.timeout(_SILENT_SECONDS):
            for _ in range(_NOTHINGS):
                if block := await blocks.__anext__():
                    return block
    except StopAsyncIteration:
        return b""
    except (ProtocolClosed, ProtocolError, TimeoutError):
        raise ClientDisconnected from None
    raise ClientDisconnected


def _in(loop: AbstractEventLoop, work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result()


class _Head:
    """The `start_response` of one answer."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        self.status, self.headers = int(status[:3]), headers


class _Answer:
    """The parts of an answer, closed in any case when they are done with."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __enter__(self) -> Iterable[bytes]:
        return self._parts

    def __exit__(self, *_: object) -> None:
        if hasattr(self._parts, "close"):
            self._parts.close()


class _Body(RawIOBase):
    """A body that comes block by block while a thread reads it."""

    def __init__(self, protocol: "HTTPProtocol", loop: AbstractEventLoop) -> None:
        self._blocks: AsyncIterator[bytes] = aiter(protocol)
        self._loop = loop
        self._rest = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Some bytes, none at the end."""
        if not self._rest and not self._is_over:
            # It is over in any case when the client has gone away in the middle.
            self._is_over = True
            self._rest = memoryview(_in(self._loop, _next(self._blocks)))
            self._is_over = not self._rest
        into = memoryview(buffer)
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def environ_of(scope: Scope) -> "WSGIEnvironment":
    """The environment of a request as PEP 3333 has it, without its input."""
    host, port = parted(scope.server)
    environ = _ALWAYS | {
        "REQUEST_METHOD": scope.method,
        # What is no UTF-8 has come as U+FFFD, which no address of ours contains.
        "PATH_INFO": scope.path if scope.path.isascii() else scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": parted(scope.client)[0],
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            # WSGI writes "-" as "_", so that it would be taken for a header that only a proxy may set.
            continue
        key = _key(name)
        before = environ.get(key)
        environ[key] = value if before is None else f"{before}{';' if key == 'HTTP_COOKIE' else ','}{value}"
    if scope.authority is not None:
        environ.setdefault("HTTP_HOST", scope.authority)
    return environ


def parted(address: str) -> tuple[str, str]:
    """The host and the port of `host:port`; an address of IPv6 has brackets there, and none in WSGI."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
