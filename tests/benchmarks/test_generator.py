"""The generator counts what a server really did; the server here is a plain one on loopback."""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import generator, health, load
from benchmarks.load import Plan
from benchmarks.seeding import Stock, written

SECOND_IS_REFUSED = (201, 503)


class Server(ThreadingHTTPServer):
    """A server that keeps what was posted."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.bodies: list[bytes] = []
        self.turn = threading.Lock()


class Answers(BaseHTTPRequestHandler):
    """Answers 201 and 503 in turn, a 503 without and with `Retry-After` in turn."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.turn:
            self.server.bodies.append(body)
            count = len(self.server.bodies)
        self.send_response(SECOND_IS_REFUSED[(count + 1) % 2])
        if count % 4 == 0:
            self.send_header("Retry-After", "1")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def answering() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@pytest.fixture
def server() -> Iterator[Server]:
    with answering() as found:
        yield found


def stock_of(folder: Path, count: int) -> Stock:
    return written(folder / "requests", [f"CODE-{n:04}" for n in range(count)], [f"KEY-{n:04}" for n in range(count)])


def loaded(server: Server, stock: Stock) -> generator.Load:
    numbers = {"port": server.server_address[1], "size": stock.size, "first": stock.spent, "count": stock.left}
    return generator.Load(argparse.Namespace(file=stock.file, **numbers))


def test_each_request_is_sent_once_and_each_answer_is_counted(server, tmp_path):
    load_ = loaded(server, stock_of(tmp_path, 40))
    told = generator.told(load_, generator.closed(load_, 4, 30))
    assert (told["taken"], {status: len(times) for status, times in told["milliseconds"].items()}) == (
        40,
        {"201": 20, "503": 20},
    )
    assert told["without_retry_after"] == 10
    codes = {json.loads(body)["code"] for body in server.bodies}
    assert codes == {f"CODE-{n:04}" for n in range(40)}


def test_what_was_spent_is_not_sent_again(server, tmp_path):
    stock = stock_of(tmp_path, 10)
    stock.spent = 7
    load_ = loaded(server, stock)
    generator.closed(load_, 2, 30)
    assert len(server.bodies) == load_.taken == 3


def test_an_open_load_sends_at_its_rate_whatever_comes_back(server, tmp_path):
    load_ = loaded(server, stock_of(tmp_path, 500))
    generator.opened(load_, 50, 0.5, rate=100)
    assert 25 <= load_.taken <= 50


def test_a_server_that_is_gone_answers_nothing_and_the_load_ends(tmp_path):
    with answering() as server:
        load_ = loaded(server, stock_of(tmp_path, 10))
    began = time.perf_counter()
    assert generator.told(load_, generator.opened(load_, 2, 0.2, rate=50))["milliseconds"] == {}
    assert time.perf_counter() - began < 10


@pytest.mark.skipif(not load.has_wrk(), reason="wrk is not installed; our own generator takes its place")
def test_wrk_sends_each_request_once_and_stops_when_none_is_left(server, tmp_path):
    stock = stock_of(tmp_path, 60)
    tally = load.storm(server.server_address[1], stock, Plan(4, 3))
    assert tally.sent == stock.spent == 60
    assert tally.created + tally.refused + tally.unanswered == 60
    # It does not wait for its last answers, so the server may not even have read their requests.
    assert tally.created + tally.refused <= len(server.bodies) == len({*server.bodies}) <= 60
    assert tally.seconds < 2.5


def test_a_healthy_server_is_found_well_and_one_that_is_gone_is_not(server):
    with health.watched(server.server_address[1]) as beats:
        pass
    assert [beat.well for beat in beats] == [True]
    server.shutdown()
    server.server_close()
    with health.watched(server.server_address[1]) as beats:
        pass
    assert [beat.well for beat in beats] == [False]
