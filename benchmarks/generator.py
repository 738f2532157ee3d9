"""The load of one process: requests rendered beforehand, over keep-alive connections, each of them sent once.

`closed` sends over so many connections as fast as answers come. `open` sends at a rate whatever the answers, over
as many connections as that takes, and counts the time of an answer from the moment at which its request was due
(otherwise a stalled server would also stall the clock). It reads every answer to the end before it tells, as JSON on
standard output, what came.
"""

import argparse
import json
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

CONNECT_SECONDS = 0.5
DRAIN_SECONDS = 15.0
READ = 65536


class Line:
    """One keep-alive connection with at most one request under way, and since when."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = 0.0
        self.answer = b""

    def send(self, request: bytes, since: float) -> None:
        """Send a request whose time counts from `since`."""
        self.since = since
        self.socket.sendall(request)

    def take(self) -> bytes | None:
        """The whole answer, None while some of it is missing. Raises OSError when the connection is gone."""
        part = self.socket.recv(READ)
        if not part:
            raise ConnectionResetError
        self.answer = self.answer + part if self.answer else part
        end = self.answer.find(b"\r\n\r\n")
        if end < 0 or len(self.answer) < end + 4 + _length(self.answer[:end]):
            return None
        whole, self.answer = self.answer, b""
        return whole


def _length(head: bytes) -> int:
    at = head.find(b"ontent-")
    while at >= 0 and head[at : at + 14].lower() != b"ontent-length:":
        at = head.find(b"ontent-", at + 1)
    return int(head[at + 14 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


class Load:
    """Requests on their way: lines, what was counted, and the requests that are left."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.port: int = asked.port
        self.requests = _records(asked.file, asked.size, asked.first, asked.count)
        self.selector = selectors.DefaultSelector()
        self.free: list[Line] = []
        self.milliseconds: dict[int, list[float]] = {}
        self.without_retry_after = 0
        self.taken = self.under_way = 0

    def open(self, lines: int) -> None:
        """Open so many lines more, fewer where the server takes no more."""
        for _ in range(lines):
            with suppress(OSError):
                line = Line(self.port)
                self.selector.register(line.socket, selectors.EVENT_READ, line)
                self.free.append(line)

    def send(self, since: float) -> bool:
        """Send the next request over a free line, its time counted from `since`; False when none is left."""
        request = next(self.requests, None)
        if request is None:
            return False
        line = self.free.pop()
        self.taken += 1
        try:
            line.send(request, since)
            self.under_way += 1
        except OSError:
            self._close(line)
        return True

    def answers(self, seconds: float) -> int:
        """Wait so long at most, and take in what has come; how many lines became free by it."""
        before = len(self.free)
        for key, _ in self.selector.select(seconds):
            line: Line = key.data
            try:
                answer = line.take()
            except OSError:
                self._close(line)
                continue
            if answer is not None:
                self._count(answer, line)
        return len(self.free) - before

    def drain(self) -> None:
        """Read what is still under way, for `DRAIN_SECONDS` at most, and close every line."""
        until = time.perf_counter() + DRAIN_SECONDS
        while self.under_way and time.perf_counter() < until:
            self.answers(0.1)
        for key in list(self.selector.get_map().values()):
            key.data.socket.close()
        self.selector.close()

    def _close(self, line: Line) -> None:
        self.selector.unregister(line.socket)
        line.socket.close()
        if line.since:
            self.under_way -= 1
        elif line in self.free:
            self.free.remove(line)

    def _count(self, answer: bytes, line: Line) -> None:
        status, head = int(answer[9:12]), answer.partition(b"\r\n\r\n")[0].lower()
        self.milliseconds.setdefault(status, []).append((time.perf_counter() - line.since) * 1000)
        line.since = 0.0
        self.under_way -= 1
        self.free.append(line)
        if status == 503 and b"\r\nretry-after:" not in head:
            self.without_retry_after += 1
        if b"\r\nconnection: close" in head:
            self._close(line)


def _records(file: Path, size: int, first: int, count: int) -> Iterator[bytes]:
    with file.open("rb") as records:
        records.seek(first * size)
        for _ in range(count):
            yield records.read(size)


def closed(load: Load, connections: int, seconds: float) -> float:
    """Send over so many connections until the time is over or none is left; seconds until then."""
    load.open(connections)
    began = now = time.perf_counter()
    left = True
    while (left or load.under_way) and now < began + seconds:
        while left and load.free:
            left = load.send(time.perf_counter())
        load.answers(0.1)
        load.open(connections - len(load.selector.get_map()) if left else 0)
        now = time.perf_counter()
    load.drain()
    return now - began


def opened(load: Load, connections: int, seconds: float, rate: float) -> float:
    """Send `rate` requests a second; what finds no free connection waits for one, and its time counts meanwhile."""
    load.open(connections)
    began = now = time.perf_counter()
    sent = 0
    while now < began + seconds:
        while sent < int((now - began) * rate) and load.free:
            sent += 1
            if not load.send(began + sent / rate):
                seconds = 0
        load.answers(0.0005)
        # One at a time: while a line is opened nothing is sent.
        load.open(min(1, connections - len(load.selector.get_map())))
        now = time.perf_counter()
    load.drain()
    return now - began


def told(load: Load, elapsed: float) -> dict[str, Any]:
    """What came: the requests taken, and of each status the milliseconds of its answers, sorted."""
    return {
        "taken": load.taken,
        "seconds": elapsed,
        "cpu_seconds": time.process_time(),
        "without_retry_after": load.without_retry_after,
        "milliseconds": {str(status): sorted(times) for status, times in load.milliseconds.items()},
    }


def main() -> None:
    """`python -m benchmarks.generator`, for `benchmarks.load`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator")
    parser.add_argument("file", type=Path)
    for name in ("port", "size", "first", "count", "connections"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, default=0.0)
    asked = parser.parse_args()
    load = Load(asked)
    if asked.rate:
        elapsed = opened(load, asked.connections, asked.seconds, asked.rate)
    else:
        elapsed = closed(load, asked.connections, asked.seconds)
    print(json.dumps(told(load, elapsed)))


if __name__ == "__main__":
    main()
