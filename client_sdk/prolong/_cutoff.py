"""The end of a request's time, whatever the other side does.

httpx limits each reading of the wire, and not all of them together: who sends a byte now and then would hold a call for
ever, headers above all. An asynchronous request is cancelled; a blocking one has its connection broken under it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

_CONNECTED = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")


class Cutoff:
    """Breaks the connections of one request when its time is up.

    `trace` is what httpx calls at each step of a request (https://www.encode.io/httpcore/extensions/#trace).
    """

    def __init__(self) -> None:
        self._over = False
        self._sockets: list[socket.socket] = []

    def trace(self, step: str, told: Mapping[str, Any]) -> None:
        """Remember the connection that was just made; raises `httpx.ReadTimeout` when that came too late."""
        if step.endswith(_CONNECTED):
            self._sockets.append(told["return_value"].get_extra_info("socket"))
        if self._over:
            raise httpx.ReadTimeout("the time was up")

    def cut(self) -> None:
        """The time is up."""
        self._over = True
        for one in self._sockets:
            # Of the class itself, because a TLS socket would take leave of its peer first, under the reader's hands.
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)


@contextmanager
def after(seconds: float) -> Iterator[Mapping[str, Any]]:
    """An argument for a blocking request of httpx, which may last so long, inside the block."""
    cutoff = Cutoff()
    timer = threading.Timer(seconds, cutoff.cut)
    timer.daemon = True
    timer.start()
    try:
        yield {"extensions": {"trace": cutoff.trace}}
    finally:
        timer.cancel()
