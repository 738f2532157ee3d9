"""A receiver of webhooks as a stranger writes it: real HTTP on loopback, verified with the standard's own library."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import time_machine
from standardwebhooks import Webhook

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
HANG = 0


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The payload, if the signature is that of the endpoint's secret, at the instant that the message names."""
        with time_machine.travel(int(self.headers["webhook-timestamp"]), tick=False):
            return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What came in, and what is answered: the `answers` in their turn (HANG answers nothing), then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Received] = field(default_factory=list)
    served: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, request: Received) -> int:
        """Note a request; the status to answer it with."""
        self.got.append(request)
        self.served.set()
        return self.answers.pop(0) if self.answers else 204


@contextmanager
def receiving(*answers: int, **headers: str) -> Iterator[Receiver]:
    """A receiver for the block; `headers` go with its answers (`retry_after="60"`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    receiver = Receiver(answers=list(answers), headers=named)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks?key=of-the-receiver"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(Received(self.path, headers, body))
            if status == HANG:
                receiver.over.wait(60)
                return
            self.send_response(status, "what a peer says")
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    return Handler
