"""Sending into the world: where a connection goes, and what it takes from the other side."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from prolong_server.operations import outbound
from prolong_server.operations.outbound import Letter, Outcome
from prolong_server.rules.events import DeliveryError
from tests import certificates
from tests.receivers import HANG, LOOPBACK, receiving

PUBLIC = "93.184.215.14"


def post(url: str, resolve=outbound.resolve, networks=LOOPBACK, seconds=3.0) -> Outcome:
    return outbound.client(networks, resolve, seconds)(Letter(url, {"X-Own": "1"}, b'{"a":1}'))


class Answers:
    """A resolver that gives its answers in turn, and the last one again; it notes the names that it was asked for."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def speaking(*said: bytes) -> Iterator[str]:
    """The address of a server on loopback that says this, each a moment after the other, whatever it is asked."""
    over = threading.Event()

    def serve() -> None:
        line, _ = server.accept()
        with line, suppress(OSError):
            for part in said:
                line.sendall(part)
                over.wait(0.05)
            over.wait(5)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        over.set()
        thread.join()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, None),
        (204, None),
        (299, None),
        (301, DeliveryError.REDIRECTED),
        (307, DeliveryError.REDIRECTED),
        (400, DeliveryError.REFUSED),
        (410, DeliveryError.GONE),
        (429, DeliveryError.REFUSED),
        (500, DeliveryError.SERVER_ERROR),
        (503, DeliveryError.SERVER_ERROR),
    ],
)
def test_a_letter_arrives_and_its_answer_is_put_into_a_word(status, error):
    with receiving(status, location="http://127.0.0.1:1/elsewhere", retry_after="7") as receiver:
        assert post(receiver.url) == Outcome(status, error, "7")
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["x-own"]) == ("/hooks?key=of-the-receiver", b'{"a":1}', "1")
    assert got.headers["host"] == receiver.url.split("/")[2]


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_judged():
    with receiving() as receiver:
        port = receiver.url.split(":")[2]
        resolver = Answers(["127.0.0.1"], [PUBLIC])
        assert post(f"http://hooks.example:{port}", resolver).status == 204
        assert resolver.asked == ["hooks.example"]
    assert receiver.got[0].headers["host"] == f"hooks.example:{receiver.url.split(':')[2].split('/')[0]}"


def test_a_name_that_turns_to_a_private_address_after_it_was_judged_gains_nothing():
    with receiving() as receiver:
        port = receiver.url.split(":")[2]
        resolver = Answers([PUBLIC], ["127.0.0.1"])
        # The first answer is public, so that it is connected to, which fails here; the second is never asked for.
        outcome = post(f"https://hooks.example:{port}", resolver, networks=(), seconds=0.3)
        assert outcome.error in {DeliveryError.TIMEOUT, DeliveryError.CONNECTION_FAILED}
        assert resolver.asked == ["hooks.example"]
        again = post(f"https://hooks.example:{port}", resolver, networks=())
        assert again == Outcome(error=DeliveryError.ADDRESS_REFUSED)
    assert receiver.got == []


@pytest.mark.parametrize(
    "found",
    [
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["2001:0:7f00:1::1"],
        ["fe80::1%eth0"],
        ["fd00:ec2::254"],
        ["0.0.0.0"],
        ["not an address"],
    ],
    ids=str,
)
def test_a_name_with_one_private_address_is_refused_whole(found):
    outcome = post("https://hooks.example", Answers(found), networks=(), seconds=0.5)
    assert outcome == Outcome(error=DeliveryError.ADDRESS_REFUSED)


def test_plain_http_goes_only_where_the_operator_allows_it():
    assert post("http://hooks.example", Answers([PUBLIC])) == Outcome(error=DeliveryError.ADDRESS_REFUSED)
    with receiving() as receiver:
        assert post(receiver.url, networks=()) == Outcome(error=DeliveryError.ADDRESS_REFUSED)
    assert receiver.got == []


@pytest.mark.parametrize("answer", [socket.gaierror("no such name"), UnicodeError("label too long")])
def test_a_name_that_nobody_knows_is_told_as_such(answer):
    def resolve(host: str, port: int) -> list[str]:
        raise answer

    assert post("https://hooks.example", resolve) == Outcome(error=DeliveryError.NAME_NOT_FOUND)
    assert post("https://hooks.example", Answers([])) == Outcome(error=DeliveryError.NAME_NOT_FOUND)


def test_of_several_addresses_the_next_is_tried_when_one_does_not_answer():
    with receiving() as receiver:
        port = receiver.url.split(":")[2]
        assert post(f"http://hooks.example:{port}", Answers(["127.0.0.9", "127.0.0.1"])).status == 204


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with receiving() as receiver:
        assert post(receiver.url).status == 204


def test_who_does_not_answer_is_left_after_the_limit():
    with receiving(HANG) as receiver:
        assert post(receiver.url, seconds=0.2) == Outcome(error=DeliveryError.TIMEOUT)


def test_who_answers_in_drops_is_left_after_the_limit_too():
    with speaking(*(bytes([byte]) for byte in b"HTTP/1.1 200 OK and so on and on")) as url:
        assert post(url, seconds=0.4) == Outcome(error=DeliveryError.TIMEOUT)


def test_an_endless_body_is_not_read_to_its_end():
    with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", b"x" * 200_000, b"x" * 200_000) as url:
        assert post(url, seconds=2).status == 200


def test_a_body_that_stops_in_the_middle_does_not_undo_the_status():
    with speaking(b"HTTP/1.1 204 OK\r\n\r\n") as url:
        assert post(url).error is None
    with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") as url:
        assert post(url, seconds=0.3) == Outcome(200)


@pytest.mark.parametrize(
    "said",
    [b"SSH-2.0-OpenSSH_9\r\n\r\n", b"HTTP/1.1 999999 no\r\n\r\n", b"HTTP/1.1 101 Upgrade\r\n\r\n", b"\0\0\r\n\r\n"],
    ids=repr,
)
def test_what_is_no_answer_is_told_as_such(said):
    with speaking(said) as url:
        assert post(url).error is DeliveryError.BAD_ANSWER


def test_nobody_there_is_told_as_such():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/") == Outcome(error=DeliveryError.CONNECTION_FAILED)


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    with speaking_tls(certificate) as url:
        assert post(url) == Outcome(error=DeliveryError.TLS_FAILED)


def test_a_certificate_is_verified_against_the_name_and_not_the_address(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    with speaking_tls(certificate) as url:
        assert post(url.replace("127.0.0.1", "hooks.example"), Answers(["127.0.0.1"])).status == 204
    with speaking_tls(certificate) as url:
        other = post(url.replace("127.0.0.1", "other.example"), Answers(["127.0.0.1"]))
        assert other == Outcome(error=DeliveryError.TLS_FAILED)


@pytest.fixture
def certificate(tmp_path):
    """A file with a key and a certificate of its own for hooks.example."""
    return str(certificates.written(tmp_path, "hooks.example"))


@contextmanager
def speaking_tls(certificate: str) -> Iterator[str]:
    """The address of a server that answers 204 under TLS, once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve() -> None:
        line, _ = server.accept()
        with line, suppress(OSError), context.wrap_socket(line, server_side=True) as safe:
            safe.recv(4096)
            safe.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()
