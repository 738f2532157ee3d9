"""The HTTP server: granian, with worker processes that share one socket.

Granian is chosen because, for the same requests, it takes half of the processor's time that gunicorn's threads take.
Workers are spawned, not forked: each imports the program anew, after the directory of the metrics is named in its
environment, and inherits no connection, thread or lock.
"""

import gc
import multiprocessing
import os
import resource
import signal
import socket
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from prolong_server import create_app
from prolong_server.api import calls, request_log, support
from prolong_server.api.admission import admission_of
from prolong_server.cli import house
from prolong_server.cli.bridge import Bridge
from prolong_server.config import Settings, WrongSetting
from prolong_server.rules.errors import TryAgain

STOP_SECONDS = 15
# Connections that a worker takes, idle ones included; the next wait in the socket's queue.
CONNECTIONS = 4096
# Files that a worker may need beside them.
FILES = 1024
# So many new objects that may be garbage before anybody looks.
GARBAGE = 20_000
# Longer than the minute for which proxies keep an idle connection, so that none is closed under a request.
IDLE_MILLISECONDS = 75_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def serve(settings: Settings, address: Address, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; what has begun is finished. The caller has checked tables and keys before.

    Raises WrongSetting when the address is taken or not of this host.
    """
    number = numbered(address)
    with tempfile.TemporaryDirectory(prefix="prolong-metrics-") as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        multiprocessing.set_start_method("spawn", force=True)
        # Whether anybody can be told is not what serving depends on: the disk of the log may be full.
        with suppress(OSError):
            click.echo(f"Prolong listens at {address}", err=True)
        _server(number, workers).serve(target_loader=partial(application, settings, Path(metrics)), wrap_loader=False)


def numbered(address: Address) -> Address:
    """The address with its host as a number, which nobody listens at. Raises WrongSetting."""
    # The server's own sockets share their port, so a second server would take half of the first one's requests.
    try:
        family, _, _, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        socket.create_server(where[:2], family=family).close()
    except OSError:
        told = f"Nothing can listen at {address}: it is taken, or not of this host; choose another --host or --port."
        raise WrongSetting(told) from None
    return Address(str(where[0]), address.port)


def application(settings: Settings, metrics: Path) -> Any:
    """The application of one worker process, made inside it."""
    request_log.configure()
    _finish_before_others()
    _allow_files()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    forget_the_dead(metrics)
    app = create_app(settings, keys=house.holder(settings))
    _read_ahead(app)
    _collect_seldom()
    return Bridge(app, settings.threads, admission_of(app).refusal)


def _read_ahead(app: Flask) -> None:
    # What the first requests would wait for, if the database were to hang then: the keys, and whom a refusal names.
    with app.test_request_context(), suppress(TryAgain):
        calls.house().keys.current()
        support.last_known()


def _finish_before_others() -> None:
    # A thread of the server that wakes would interrupt another at its work, twice for every redemption; so it waits.
    # It has to be said before there are other threads, which inherit it.
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _allow_files() -> None:
    # A connection is an open file, and many systems allow a process 1,024 until it asks for more.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _collect_seldom() -> None:
    # A request leaves next to no cycles behind, and what was made at the start stays: looking through all of it after
    # every few hundred objects took a tenth of a worker's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)


def _end_with_parent() -> None:
    # A killed server cannot tell its workers to stop; without it they would keep the port and serve on unwatched.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def forget_the_dead(metrics: Path) -> None:
    """Remove the gauges of workers that are gone: a sum over the living must not count them."""
    for file in metrics.glob("gauge_live*_*.db"):
        if not Path("/proc", file.stem.rsplit("_", 1)[-1]).exists():
            file.unlink(missing_ok=True)


class StoppedOnce(MPServer):
    """Granian's server, which may be told to stop more than once (`timeout`, an impatient Ctrl-C)."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Stop the main loop; a further signal changes nothing."""
        if not self.interrupt_signal:
            self.interrupt_signal = True
            # The lock of an event is not re-entrant: a handler that came while its own thread holds it would never end.
            threading.Thread(target=self.main_loop_interrupt.set).start()


def _server(address: Address, workers: int) -> StoppedOnce:
    return StoppedOnce(
        target="prolong",
        address=address.host,
        port=address.port,
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        workers=workers,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_MILLISECONDS),
        websockets=False,
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )


def default_workers() -> int:
    """As many workers as processors that this process may use."""
    return len(os.sched_getaffinity(0))
