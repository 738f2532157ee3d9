"""HAProxy as `docs/haproxy` sets it up: whom it turns away, what they are told, and what it hands on of the others."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask

from prolong_server import combining
from prolong_server.api.admission import FLAG
from tests import certificates, proxies
from tests.cli import console, echoing

pytestmark = pytest.mark.skipif(not proxies.is_installed(), reason="There is no HAProxy here: apt install haproxy")
REDEEM = "/v1/redemptions"
FORM = {"code": "7K2QX"}
# More than the server has threads, of which long bodies may have sixteen.
MANY = 24


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """The port of an application that tells what it is asked."""
    with echoing.served("rsgi", "bridged") as port:
        yield port


@pytest.fixture(scope="module")
def front(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the proxy as documented."""
    with proxies.proxied(upstream, tmp_path_factory.mktemp("front")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def full(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one without places."""
    with proxies.proxied(upstream, tmp_path_factory.mktemp("full"), most=0) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("accepted", ["en", "uk", "ru", "fr, uk;q=0.5", "de", None])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_finds_no_place_is_told_by_the_proxy_what_the_server_tells(full: str, app: Flask, accepted: str | None):
    headers = {"X-Request-Id": "mine"} | ({"Accept-Language": accepted} if accepted else {})
    usual = app.test_client().post(REDEEM, headers=headers, environ_overrides={FLAG: True})
    answer = httpx.post(full + REDEEM, json=FORM, headers=headers)
    assert answer.status_code == usual.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json() == usual.get_json()
    told = {name.lower(): value for name, value in usual.headers.items() if name != "Content-Length"}
    assert {name: answer.headers[name] for name in told} == told


@pytest.mark.parametrize(
    "given", [[], ['x"y'], ["x" * 65], [""], ['sound, "not'], ["sound", 'e"}v<il'], ["one", "two"]]
)
def test_who_gives_its_request_no_sound_name_is_given_one(full: str, given: list[str]):
    answer = httpx.post(full + REDEEM, json=FORM, headers=[("X-Request-Id", name) for name in given])
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    assert len(answer.headers["X-Request-Id"]) == 36


def test_there_is_a_place_for_one_batch_of_each_of_two_workers():
    text = (proxies.DOCUMENTED / "haproxy.cfg").read_text()
    assert f"be_conn(storm) ge {2 * combining.MOST} " in text
    assert f"<- {combining.MOST} for each worker" in text


@pytest.mark.parametrize(
    "begun",
    [
        f"Content-Length: 1000\r\n\r\n{' ' * 10}",
        f"Content-Length: 60000\r\n\r\n{' ' * 20_000}",
        f"Content-Length: {2**32 + 1000}\r\n\r\n{' ' * 20_000}",
        f"X-Long: {'x' * 7000}\r\nX-More: {'x' * 1000}\r\nContent-Length: 12000\r\n\r\n{' ' * 11_000}",
        f"Transfer-Encoding: chunked\r\n\r\n4e20\r\n{' ' * 20_000}\r\n",
    ],
    ids=["short", "long", "of no length that fits a number", "with a long head", "chunked"],
)
def test_whose_body_is_still_on_its_way_takes_no_place_from_others(upstream: int, tmp_path: Path, begun: str):
    with proxies.proxied(upstream, tmp_path, most=1) as port, ExitStack() as held:
        for _ in range(3):
            wire = held.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            wire.sendall(f"POST {REDEEM} HTTP/1.1\r\nHost: h\r\n{begun}".encode())
        # They have all come when one that came after them is answered.
        for _ in range(3):
            assert httpx.post(f"http://127.0.0.1:{port}{REDEEM}", json=FORM).status_code == HTTPStatus.OK


@pytest.mark.parametrize("length", [200_000, 2**31 + 1, 2**32 + 1000])
def test_long_bodies_wait_for_each_other_and_nobody_else(front: str, length: int):
    wire = urlsplit(front)
    with ExitStack() as held:
        for _ in range(MANY):
            slow = held.enter_context(closing(socket.create_connection((str(wire.hostname), wire.port or 0))))
            slow.sendall(f"POST /v1/licenses/import HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n".encode())
            slow.sendall(b" " * 30_000)
        others_are_served(front)


def test_a_body_over_http_2_that_nobody_announced_waits_with_the_long_ones(front: str):
    command = ["curl", "--silent", "--http2-prior-knowledge", "--request", "DELETE", "--upload-file", "-"]
    with ExitStack() as held:
        for _ in range(MANY):
            slow = held.enter_context(subprocess.Popen([*command, f"{front}/v1/x"], stdin=subprocess.PIPE))
            held.callback(slow.kill)
            assert slow.stdin
            slow.stdin.write(b" " * 20_000)
            slow.stdin.flush()
        others_are_served(front)


def others_are_served(front: str) -> None:
    """Everybody but who sends a long body is answered, a POST without any body among them."""
    assert httpx.post(front + REDEEM, json=FORM).status_code == HTTPStatus.OK
    assert httpx.get(front + "/v1/support").status_code == HTTPStatus.OK
    wire = urlsplit(front)
    with closing(socket.create_connection((str(wire.hostname), wire.port or 0), timeout=5)) as bare:
        bare.sendall(b"POST /v1/transfer-requests/x/submit HTTP/1.1\r\nHost: h\r\n\r\n")
        assert bare.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_long_body_reaches_the_server_whole(front: str):
    assert len(httpx.post(front + "/v1/licenses/import", content=b"x" * 300_000).json()["body"]) == 300_000


@pytest.mark.parametrize(("accepted", "word"), [("en", "Please"), ("UK", "Будь"), ("ru", "Пожалуйста")])
def test_while_the_server_is_away_its_clients_are_told_to_try_again(tmp_path: Path, accepted: str, word: str):
    with proxies.proxied(console.free_port(), tmp_path) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/support", headers={"Accept-Language": accepted}, timeout=60)
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (HTTPStatus.SERVICE_UNAVAILABLE, 503, "try_again")
    assert told["title"].startswith(word)
    assert told["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("path", [REDEEM, "/v1/redemptions/check", "/v1/licenses/validate"])
def test_all_hot_paths_are_turned_away_and_nothing_else(full: str, path: str):
    assert httpx.post(full + path, json=FORM).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert httpx.get(full + path).status_code == HTTPStatus.OK
    assert httpx.post(f"{full}{path}/other", json=FORM).status_code == HTTPStatus.OK


def test_a_page_is_left_to_the_server_which_knows_what_a_browser_must_be_told(full: str):
    assert httpx.post(full + REDEEM, json=FORM, headers={"Origin": "https://shop.example"}).status_code == HTTPStatus.OK


def test_health_and_everything_else_are_let_through(full: str):
    for path in ("/healthz", "/v1/orders", "/"):
        assert httpx.get(full + path).status_code == HTTPStatus.OK


def test_while_there_are_places_nobody_is_turned_away(front: str):
    told = httpx.post(front + REDEEM, json=FORM).json()
    assert (told["PATH_INFO"], json.loads(told["body"])) == (REDEEM, FORM)


def test_what_a_client_says_of_its_own_address_counts_for_nothing(front: str):
    claimed = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example"}
    told = httpx.get(front + "/v1/support", headers=claimed | {"Host": "licenses.example"}).json()
    assert told["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert told["HTTP_X_FORWARDED_PROTO"] == "https"
    assert told["HTTP_X_FORWARDED_HOST"] == told["HTTP_HOST"] == "licenses.example"


def test_metrics_and_readiness_stay_inside(front: str):
    for path in ("/metrics", "/readyz", "/%6Detrics", "/metrics?x"):
        assert httpx.get(front + path).status_code == HTTPStatus.NOT_FOUND
    host, port = front.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)))) as wire:
        wire.sendall(b"GET /metrics#x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert wire.makefile("rb").readline().split()[1] in {b"400", b"404"}


def test_the_file_is_valid_as_it_stands_with_tls(tmp_path: Path):
    folder = tmp_path / "certs"
    folder.mkdir()
    certificates.written(folder, "licenses.example")
    assert proxies.is_valid(folder)
