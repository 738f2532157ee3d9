"""A virus scanner that speaks clamd's INSTREAM over a real socket, and finds one word."""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

VIRUS = b"X5O!P%@AP-THE-WORD-THAT-IS-FOUND"


def judged(content: bytes) -> bytes:
    """What clamd says of the content."""
    return b"stream: Test-Word FOUND\0" if VIRUS in content else b"stream: OK\0"


class _Line(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Tcp | Unix)
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        server.seen.append(content)
        self.wfile.write(server.answer(content))


class Tcp(socketserver.ThreadingTCPServer):
    """At a port of the loopback."""

    daemon_threads = True
    seen: list[bytes]
    answer: Callable[[bytes], bytes]


class Unix(socketserver.ThreadingUnixStreamServer):
    """At a Unix socket."""

    daemon_threads = True
    seen: list[bytes]
    answer: Callable[[bytes], bytes]


@contextmanager
def listening(
    at: Path | None = None, answer: Callable[[bytes], bytes] = judged
) -> Iterator[tuple[tuple[str, int] | Path, list[bytes]]]:
    """The address of a scanner, and the contents that it has seen."""
    server = Unix(str(at), _Line) if at else Tcp(("127.0.0.1", 0), _Line)
    server.seen, server.answer = [], answer
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield at or server.socket.getsockname()[:2], server.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
