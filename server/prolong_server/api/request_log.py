"""One line of JSON for every request: what kind, how long, how it ended; never a code, a key or a token."""

import atexit
import sys
from collections import deque
from contextlib import suppress
from io import FileIO, RawIOBase
from select import PIPE_BUF
from threading import Lock
from typing import BinaryIO, cast

import structlog
from flask import Flask, Request, Response, g

from prolong_server import clock, compact_json, lane
from prolong_server.api import calls, metrics
from prolong_server.rules import calendar
from prolong_server.rules.actors import ANYBODY, Actor

_QUIET = {"/healthz", "/readyz", "/metrics"}
log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Lines:
    """A file of lines, unbuffered, of which those of one turn of a lane are written at once.

    Each call of the system lets another thread have the interpreter. No line is cut where several processes write. A
    line that cannot be written is lost: what it tells of has been done, and its answer must not become a fault.
    """

    def __init__(self, file: RawIOBase | BinaryIO) -> None:
        self._file, self._waiting, self._lock = file, deque[bytes](), Lock()
        self._is_cut = False
        atexit.register(self._write_out)

    def write(self, line: bytes) -> None:
        """Take a line."""
        self._waiting.append(line)

    def flush(self) -> None:
        """Write what was taken, if not at once then very soon."""
        lane.afterwards(self._write_out)

    def _write_out(self) -> None:
        with self._lock:
            while self._waiting:
                together = self._waiting.popleft()
                while self._waiting and len(together) + len(self._waiting[0]) <= PIPE_BUF:
                    together += self._waiting.popleft()
                self._put(together)

    def _put(self, lines: bytes) -> None:
        left = memoryview(b"\n" + lines if self._is_cut else lines)
        with suppress(OSError):
            while left and (written := self._file.write(left)):
                left = left[written:]
                self._is_cut = bool(left)


class _Events(structlog.BoundLoggerBase):
    """Writes an event at once: a chain of processors has a step for every part of a line, and costs twice as much."""

    def info(self, event: str, **told: object) -> None:
        """Something happened as it should."""
        self._say("info", event, told)

    def error(self, event: str, **told: object) -> None:
        """Something happened that nobody foresaw."""
        self._say("error", event, told)

    def _say(self, level: str, event: str, told: dict[str, object]) -> None:
        now = calendar.in_utc(clock.now())
        self._logger.msg(compact_json.line(told | {"event": event, "level": level, "timestamp": now}))


def configure() -> None:
    """Write events as JSON lines to standard error, with the instant in UTC and without values of local variables."""
    # The process's own: a stand-in for it may be closed before the last line is written.
    file = None if sys.__stderr__ is None else FileIO(sys.__stderr__.fileno(), "w", closefd=False)
    structlog.configure(
        wrapper_class=_Events,
        logger_factory=structlog.BytesLoggerFactory(file=file and cast(BinaryIO, Lines(file))),
        cache_logger_on_first_use=True,
    )


def watch(app: Flask) -> None:
    """Time, count and log every request."""
    app.before_request(metrics.begin)
    app.after_request(_note)


def _note(response: Response) -> Response:
    asked = calls.asked()
    method, route = metrics.method(asked), metrics.route(asked)
    status, seconds = response.status_code, metrics.seconds()
    metrics.count(method, route, status, seconds)
    if route not in _QUIET:
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            request_id=_request_id(asked),
            actor=_actor(),
        )
    return response


def fault(error: Exception) -> None:
    """Log an unforeseen error by its type and the places it passed."""
    log.error("fault", error=type(error).__name__, places=places(error), request_id=_request_id(calls.asked()))


def places(error: Exception) -> list[str]:
    """The last places that an error has passed, without its text, which may hold what was sent."""
    passed = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        passed.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return passed[-12:]


def _request_id(asked: Request) -> str:
    return str(asked.environ.get("prolong.request_id", ""))


def _actor() -> str:
    actor: Actor = g.get("actor", ANYBODY)
    return actor.role or actor.kind
