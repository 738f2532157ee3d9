import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest
from granian.constants import Interfaces

from prolong_server.cli import serving
from prolong_server.cli.serving import Address
from tests.cli import console
from tests.waiting import PATIENCE

LARGE = 1_000_000
IMPORT = b"license_key,product,edition,seats,country,starts_on,expires_on\nA-1,shield,home,1,UA,2026-01-01,2027-01-01\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data directory whose database is upgraded."""
    folder = tmp_path_factory.mktemp("serving") / "data"
    assert console.run(folder, "db", "upgrade").exit_code == 0
    return folder


@pytest.fixture(scope="module")
def base(data):
    """The address of a real server with two worker processes."""
    with console.serving(data, "serve", "--workers", "2") as (address, _process):
        yield address


@pytest.fixture
def wire(base):
    """A raw connection to the server."""
    host, port = base.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=PATIENCE)) as opened:
        yield opened


def head(path: str, framing: str, method: str = "POST") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{framing}\r\n\r\n".encode()


def answer(wire: socket.socket) -> tuple[int, dict]:
    """The status and the JSON of the next answer on the connection."""
    text = b""
    while b"\r\n\r\n" not in text:
        received = wire.recv(65536)
        assert received, "the server closed the connection without an answer"
        text += received
    top, _, body = text.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", top, re.IGNORECASE)
    assert length is not None
    while len(body) < int(length[1]):
        body += wire.recv(65536)
    return int(top.split()[1]), json.loads(body)


def test_a_served_house_is_alive_and_ready(base):
    assert httpx.get(f"{base}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{base}/readyz").json() == {"status": "ready"}


@pytest.mark.parametrize("path", ["/v1/redemptions", "/v1/orders", "/v1/nowhere", "/nowhere"])
def test_who_sends_a_large_body_first_reads_the_refusal_and_may_go_on(wire, path):
    wire.sendall(head(path, f"Content-Length: {LARGE}") + b"x" * LARGE)
    status, problem = answer(wire)
    assert (status, problem["code"]) in {
        (413, "body_too_large"),
        (401, "unauthenticated"),
        (404, "not_found"),
    }
    assert (status == 413) == (path == "/v1/redemptions")
    wire.sendall(head("/healthz", "Accept: */*", "GET"))
    assert answer(wire) == (200, {"status": "ok"})


def test_who_sends_a_whole_scan_without_a_token_reads_the_refusal_and_may_go_on(wire):
    size = 20 * LARGE
    wire.sendall(head("/v1/transfer-requests/trq_0/attachments", f"Content-Length: {size}") + b"x" * size)
    status, problem = answer(wire)
    assert (status, problem["code"]) == (401, "unauthenticated")
    wire.sendall(head("/healthz", "Accept: */*", "GET"))
    assert answer(wire) == (200, {"status": "ok"})


def test_a_scan_of_unannounced_length_that_is_too_large_is_refused_where_its_sender_reads_it(base, data):
    added = console.run(data, "staff", "add", "a@vendor.example", "--role", "admin", "--token")
    headers = {"Authorization": f"Bearer {added.stdout.strip()}"}
    draft = {"kind": "transfer", "contact_email": "works@company.example"}
    ref = httpx.post(f"{base}/v1/transfer-requests", json=draft, headers=headers).json()["id"]

    def form():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7'
        yield from [bytes(LARGE)] * 25

    headers |= {"Content-Type": "multipart/form-data; boundary=x"}
    refused = httpx.post(
        f"{base}/v1/transfer-requests/{ref}/attachments", content=form(), headers=headers, timeout=PATIENCE
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "scan_too_large")


def test_a_large_body_of_unannounced_length_is_refused_whole_and_not_cut(wire):
    sound = b'{"code":"x","license_key":"x","product":"x","product_version":"1"}'
    parts = [sound, *[b" " * 65536] * 16]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    wire.sendall(head("/v1/redemptions", "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")
    status, problem = answer(wire)
    assert (status, problem["code"]) == (413, "body_too_large")
    wire.sendall(head("/healthz", "Accept: */*", "GET"))
    assert answer(wire) == (200, {"status": "ok"})


def test_a_length_with_more_zeros_before_it_than_a_number_has_digits_is_read(wire):
    wire.sendall(head("/v1/redemptions", f"Content-Length: {'0' * 5000}2") + b"{}")
    status, problem = answer(wire)
    assert (status, problem["code"]) == (422, "invalid_request")


def test_a_full_disk_of_the_log_keeps_no_server_from_starting(data):
    port = console.free_port()
    command = [str(console.PROGRAM), "serve", "--workers", "1", "--port", str(port)]
    with (
        Path("/dev/full").open("w") as full,
        subprocess.Popen(command, env=console.environment(data), stderr=full, text=True) as process,
    ):
        try:
            console.wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def test_a_small_body_of_unannounced_length_is_read(wire):
    wire.sendall(head("/v1/redemptions", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n")
    status, problem = answer(wire)
    assert (status, problem["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("framing", ["Content-Length: 70000", "Transfer-Encoding: chunked"])
def test_senders_that_stall_in_a_large_body_keep_nobody_from_hearing_that_the_process_lives(data, framing):
    few = {"PROLONG_THREADS": "2"}
    with console.serving(data, "serve", "--workers", "1", **few) as (base, _process), ExitStack() as wires:
        host, port = base.removeprefix("http://").split(":")
        for path in ("/nothing", "/v1/redemptions") * 10:
            wire = wires.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
            wire.sendall(head(path, framing))
        for _ in range(5):
            assert httpx.get(f"{base}/healthz", timeout=5).json() == {"status": "ok"}


def test_a_refused_request_leaves_its_connection_usable(wire):
    for _ in range(3):
        wire.sendall(head("/v1/redemptions", "Content-Length: 2") + b"{}")
        assert answer(wire)[0] == 422


@pytest.mark.parametrize("path", ["/v1/redemptions", "/v1/licenses", "/v1/redemptions/rdm_0/reverse", "/nowhere"])
def test_who_ends_in_the_middle_of_a_body_and_still_listens_is_told_that_it_cannot_be_read(wire, path):
    wire.sendall(head(path, "Content-Length: 100") + b'{"code": ')
    wire.shutdown(socket.SHUT_WR)
    status, problem = answer(wire)
    assert (status, problem["code"]) == (400, "not_json")


CUT = {
    "in a long body": b"Content-Length: 200000\r\n\r\n" + IMPORT,
    "in a chunk": b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + IMPORT,
    "before the last chunk": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(IMPORT) + IMPORT + b"\r\n",
}


@pytest.mark.parametrize("sent", CUT.values(), ids=CUT)
def test_an_import_that_is_broken_off_at_the_end_of_a_line_is_not_judged_as_if_it_were_whole(wire, data, sent):
    added = console.run(data, "staff", "add", f"{secrets.token_hex(4)}@vendor.example", "--role", "admin", "--token")
    token = f"Authorization: Bearer {added.stdout.strip()}"
    head = f"POST /v1/licenses/import HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n{token}\r\n"
    wire.sendall(head.encode() + sent)
    wire.shutdown(socket.SHUT_WR)
    status, problem = answer(wire)
    assert (status, problem["code"]) == (400, "not_json")


def test_what_has_begun_is_answered_before_the_server_stops(data):
    with console.serving(data, "serve", "--workers", "1") as (base, process):
        host, port = base.removeprefix("http://").split(":")
        with closing(socket.create_connection((host, int(port)), timeout=PATIENCE)) as wire:
            wire.sendall(head("/v1/redemptions", "Content-Length: 2\r\nExpect: 100-continue"))
            assert wire.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            process.send_signal(signal.SIGTERM)
            wire.sendall(b"{}")
            assert answer(wire)[0] == 422
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_and_its_workers(data, stop):
    with console.serving(data, "serve", "--workers", "1") as (base, process):
        process.send_signal(stop)
        assert process.wait(PATIENCE) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{base}/healthz")


def test_a_signal_that_comes_while_another_is_handled_does_not_lock_the_server():
    server = serving.StoppedOnce("none", interface=Interfaces.WSGI)
    told = threading.Thread(target=interrupt_inside_its_own_wait, args=(server,), daemon=True)
    told.start()
    told.join(PATIENCE)
    assert not told.is_alive()
    assert server.main_loop_interrupt.wait(PATIENCE)
    assert server.interrupt_signal


def interrupt_inside_its_own_wait(server: serving.StoppedOnce) -> None:
    """What a signal does at the moment at which the main thread holds the lock of its event."""
    # The lock is the one thing of the event that shows whether waiting for it could ever end.
    with server.main_loop_interrupt._cond:  # type: ignore[attr-defined]
        server.signal_handler_interrupt()
        server.signal_handler_interrupt()


def test_metrics_count_the_requests_of_all_workers(data):
    with console.serving(data, "serve", "--workers", "2", PROLONG_METRICS_TOKEN="a" * 32) as (base, _process):
        for _ in range(20):
            assert httpx.get(f"{base}/v1/openapi.json").status_code == 200
        told = httpx.get(f"{base}/metrics", headers={"Authorization": f"Bearer {'a' * 32}"}).text
    counted = re.search(r'prolong_requests_total\{method="GET",route="/v1/openapi.json",status="200"\} ([0-9.]+)', told)
    assert counted is not None
    assert float(counted[1]) == 20


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PROLONG_TIME_ZONE": "Europe/Nowhere"}, "PROLONG_TIME_ZONE"),
        ({"PROLONG_CODE_KEYS": "short"}, "PROLONG_CODE_KEYS"),
        ({"PROLONG_DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "PROLONG_DATABASE_URL"),
        ({"PROLONG_POOL_SIZE": "0"}, "PROLONG_POOL_SIZE"),
        ({"PROLONG_RATE_LIMITS": "many"}, "PROLONG_RATE_LIMITS"),
        ({"PROLONG_RATE_LIMITS": "5/minute"}, "PROLONG_RATE_LIMITS"),
        ({"PROLONG_REDIS_URL": "localhost"}, "PROLONG_REDIS_URL"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence_that_names_it(data, settings, sentence):
    ended = console.run(data, "serve", **settings)
    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert sentence in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_database_that_is_not_upgraded_is_not_served(tmp_path):
    ended = console.run(tmp_path / "new", "serve")
    assert ended.exit_code == 1
    assert "prolong-server db upgrade" in ended.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_address_that_is_taken_or_foreign_is_refused(data, base, tmp_path, command):
    home = data if command == "serve" else tmp_path / "demo"
    for words in (("--port", base.rpartition(":")[2]), ("--host", "203.0.113.5", "--port", "80")):
        ended = console.run(home, command, *words)
        assert ended.exit_code == 1
        assert "Nothing can listen at" in ended.stderr


def test_a_missing_key_stops_the_start(data, tmp_path):
    copied = tmp_path / "copied"
    assert console.run(copied, "db", "upgrade").exit_code == 0
    assert console.run(copied, "keys", "list").exit_code == 0
    next(Path(copied, "keys").glob("code*")).unlink()
    ended = console.run(copied, "serve")
    assert ended.exit_code == 1
    assert "code key" in ended.stderr


def test_sqlite_keeps_a_write_ahead_log(data):
    console.run(data, "check")
    with closing(sqlite3.connect(data / "prolong.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_host_by_name_is_listened_at():
    assert serving.numbered(Address("localhost", console.free_port())).host in {"127.0.0.1", "::1"}


def test_the_gauges_of_a_worker_that_is_gone_are_forgotten(tmp_path):
    living, gone = tmp_path / f"gauge_livesum_{os.getpid()}.db", tmp_path / "gauge_livesum_4194999.db"
    for file in (living, gone):
        file.touch()
    serving.forget_the_dead(tmp_path)
    assert list(tmp_path.iterdir()) == [living]
