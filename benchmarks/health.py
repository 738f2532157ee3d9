"""A watch on `/healthz`, as a load balancer keeps it: a new connection every time, and no patience."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Beat:
    """One question after the server's health: whether it answered 200 in time, and how long it took."""

    well: bool
    milliseconds: float


@contextmanager
def watched(port: int) -> Iterator[list[Beat]]:
    """Ask meanwhile, ten times a second; the list is whole when the block is over, and never empty."""
    beats: list[Beat] = []
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(port, beats, over), daemon=True)
    thread.start()
    try:
        yield beats
    finally:
        over.set()
        thread.join()


def _watch(port: int, beats: list[Beat], over: threading.Event) -> None:
    while True:
        beats.append(_beat(port))
        if over.wait(PAUSE_SECONDS):
            return


def _beat(port: int) -> Beat:
    began = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        well = connection.getresponse().status == 200
    except (OSError, HTTPException):
        well = False
    finally:
        connection.close()
    return Beat(well, (time.perf_counter() - began) * 1000)
