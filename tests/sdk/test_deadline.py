"""The total deadline is one: whoever answers a byte now and then, headers or body, holds a call no longer than that."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stamina

from prolong import AsyncClient, Client, MemoryStore, OutcomeUnknown
from tests.sdk.script import CODE, LICENSE_KEY

SECONDS = 0.9
HEAD = b"HTTP/1.1 201 Created\r\n"
DRIPS = {"headers": HEAD + b"X-A: " + b"a" * 4000, "body": HEAD + b"Content-Length: 4000\r\n\r\n" + b" " * 4000}
PRODUCT: dict[str, Any] = {"product": "lab", "product_version": "9.10", "machine": "fingerprint-0001"}


@pytest.fixture(autouse=True)
def real_pauses() -> None:
    """The time that a call takes is what is measured here."""
    stamina.set_testing(False)


@contextmanager
def dripping(answer: bytes) -> Iterator[str]:
    """A server that gives the first line at once, and then a byte every twentieth of a second."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        try:
            connection.recv(65536)
            connection.sendall(answer[: len(HEAD)])
            for byte in answer[len(HEAD) :]:
                if over.wait(0.05):
                    break
                connection.sendall(bytes([byte]))
        except OSError:
            pass
        finally:
            connection.close()

    def listen() -> None:
        while not over.is_set():
            connection, _ = server.accept()
            threading.Thread(target=drip, args=(connection,)).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            socket.create_connection(server.getsockname()).close()
            listener.join()


def blocking(base: str) -> None:
    with Client(base, **PRODUCT, store=MemoryStore(), timeout=SECONDS) as client:
        client.redeem(CODE, LICENSE_KEY)


def awaited(base: str) -> None:
    async def work() -> None:
        async with AsyncClient(base, **PRODUCT, store=MemoryStore(), timeout=SECONDS) as client:
            await client.redeem(CODE, LICENSE_KEY)

    asyncio.run(work())


@pytest.mark.parametrize("what", DRIPS)
@pytest.mark.parametrize("redeem", [blocking, awaited])
def test_a_call_ends_in_time_however_slowly_the_answer_drips(redeem: Callable[[str], None], what: str) -> None:
    with dripping(DRIPS[what]) as base:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            redeem(base)
    assert time.monotonic() - began < SECONDS * 5
