"""The bridge gives the application what granian's own WSGI would give it."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from prolong_server.cli import bridge
from tests.cli import echoing
from tests.waiting import PATIENCE

_CLOSE = b"Host: h\r\nConnection: close\r\n"
RAW = {
    "plain": b"GET /a%20b%2Fc?x=%20y&z HTTP/1.1\r\n" + _CLOSE + b"\r\n",
    "utf-8": b"GET /caf%C3%A9 HTTP/1.1\r\n" + _CLOSE + b"\r\n",
    "twice": b"GET / HTTP/1.1\r\n" + _CLOSE + b"X-A: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
    "a form": b"POST /p HTTP/1.1\r\n" + _CLOSE + b"Content-Type: a/b\r\nContent-Length: 2\r\n\r\nhi",
    "chunked": b"POST /p HTTP/1.1\r\n" + _CLOSE + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "a whole address": b"GET http://other:9/p HTTP/1.1\r\n" + _CLOSE + b"\r\n",
    "old": b"GET /p HTTP/1.0\r\nHost: h\r\n\r\n",
    "a method of its own": b"PURGE /p HTTP/1.1\r\n" + _CLOSE + b"\r\n",
    "a large body": b"POST /p HTTP/1.1\r\n" + _CLOSE + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000,
}


@pytest.fixture(scope="module")
def own() -> Iterator[int]:
    """The port of granian's own WSGI."""
    with echoing.served("wsgi", "wsgi") as port:
        yield port


@pytest.fixture(scope="module")
def bridged() -> Iterator[int]:
    """The port of the same application behind the bridge."""
    with echoing.served("rsgi", "bridged") as port:
        yield port


def told(port: int, raw: bytes) -> dict[str, object]:
    """What the application says that it was asked."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)) as wire:
        wire.sendall(raw)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        environ: dict[str, object] = json.loads(answer.read())
    # What the server says of itself, where it listens, and what the bridge has found out already.
    own = ("SERVER_PORT", "SERVER_SOFTWARE", "GATEWAY_INTERFACE", "wsgi.multiprocess")
    return {name: value for name, value in environ.items() if name not in own and not name.startswith("prolong.")}


@pytest.mark.parametrize("kind", RAW)
def test_the_application_is_asked_the_same(own, bridged, kind):
    assert told(bridged, RAW[kind]) == told(own, RAW[kind])


def test_an_address_of_ipv6_has_no_brackets_in_wsgi():
    assert bridge.parted("[2001:db8::1]:8080") == ("2001:db8::1", "8080")
    assert bridge.parted("192.0.2.1:80") == ("192.0.2.1", "80")


@pytest.mark.parametrize("count", [0, 1, 100_000])
def test_an_answer_in_parts_arrives_whole_and_in_order(bridged, count):
    with closing(http.client.HTTPConnection("127.0.0.1", bridged, timeout=PATIENCE)) as wire:
        wire.request("POST", "/parts", body=b"x" * count)
        answer = wire.getresponse().read()
    assert answer == b"".join(b"%06d\n" % number for number in range(count))


def test_who_goes_away_in_the_middle_disturbs_nobody(bridged):
    for raw in (RAW["a large body"][:1000], RAW["a form"][:-1], RAW["chunked"][:-9]):
        for _ in range(20):
            with closing(socket.create_connection(("127.0.0.1", bridged), timeout=PATIENCE)) as wire:
                wire.sendall(raw)
    for _ in range(10):
        with closing(socket.create_connection(("127.0.0.1", bridged), timeout=PATIENCE)) as wire:
            wire.sendall(b"POST /parts HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" + b"x" * 60_000)
            wire.recv(10)
    assert told(bridged, RAW["a form"])["body"] == "hi"
