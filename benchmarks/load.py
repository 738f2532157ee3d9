"""A cheap load generator: keep-alive connections that send requests rendered beforehand and read whole answers."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.vendor import MACHINE, PRODUCT


@dataclass(slots=True)
class Tally:
    """How many answers of each status, and how long each took in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers of status 201 a second."""
        return self.statuses[201] / self.elapsed


def rendered(code: str, license_key: str) -> bytes:
    """A redemption as the bytes of an HTTP request."""
    body = json.dumps(
        {
            "code": code,
            "license_key": license_key,
            "product": PRODUCT,
            "product_version": "9.10",
            "machine": {"fingerprint": MACHINE.fingerprint},
        }
    ).encode()
    head = "POST /v1/redemptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def storm(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> tuple[Tally, int]:
    """Send requests over `connections` until the time is over or none is left; the tally, and how many were sent."""
    tally, turn = Tally(), threading.Lock()
    waiting = iter(requests)
    until = time.perf_counter() + seconds
    parts = [Tally() for _ in range(connections)]
    threads = [threading.Thread(target=_send, args=(port, waiting, turn, until, part)) for part in parts]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.elapsed = time.perf_counter() - began
    for part in parts:
        tally.statuses += part.statuses
        tally.seconds += part.seconds
    return tally, tally.statuses.total()


def _send(port: int, waiting: Iterator[bytes], turn: threading.Lock, until: float, tally: Tally) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (began := time.perf_counter()) < until:
            with turn:
                request = next(waiting, None)
            if request is None:
                return
            connection.sendall(request)
            tally.statuses[_status(connection)] += 1
            tally.seconds.append(time.perf_counter() - began)


def _status(connection: socket.socket) -> int:
    answer = connection.recv(65536)
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += connection.recv(65536)
    head = answer[:end].lower()
    length = int(head.partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
    missing = length - (len(answer) - end - 4)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return int(answer[9:12])
