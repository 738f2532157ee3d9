"""A proxy that spoils things: real sockets in front of a real server, one request a connection, chance with a seed.

It always hands the request on whole or not at all, so that what is lost, late, cut or garbled is the answer.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.waiting import PATIENCE

Spoil = Callable[["Proxy", bytes, asyncio.StreamWriter], Coroutine[Any, Any, None]]
HTML = b"<h1>The gateway is tired</h1>"


@dataclass
class Proxy:
    """Listens at `port`, hands on to `target`. `weights`: how often each of `SPOILS` happens.

    `committed` is set when the server has answered a request whose answer is held back, `asked` when one is not handed
    on yet; both hold to the end.
    """

    target: int
    weights: dict[str, int]
    seed: int = 0
    port: int = 0
    done: Counter[str] = field(default_factory=Counter)
    committed: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        [name] = self.chance.choices(list(self.weights), list(self.weights.values()))
        self.done[name] += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self.spoil(name, await _message(reader), writer)
        finally:
            writer.close()

    async def spoil(self, name: str, request: bytes, writer: asyncio.StreamWriter) -> None:
        if name == "refuse":
            return
        if name == "hold_request":
            self.asked.set()
            await self.over.wait()
            return
        await SPOILS[name](self, await self.hand_on(request), writer)

    async def hand_on(self, request: bytes) -> bytes:
        """What the server answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()


async def _pass(_: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(answer)
    await writer.drain()


async def _drop(_: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    """The server has done it, and nobody is told."""


async def _reset(_: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _hold(proxy: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    proxy.committed.set()
    await proxy.over.wait()


async def _delay(proxy: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(proxy.chance.uniform(0, 1))
    await _pass(proxy, answer, writer)


async def _cut(proxy: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    await _pass(proxy, answer[: proxy.chance.randrange(1, len(answer))], writer)


async def _garble(proxy: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    damaged = bytearray(answer)
    for _ in range(proxy.chance.randint(1, 3)):
        damaged[proxy.chance.randrange(len(damaged))] ^= 1 << proxy.chance.randrange(8)
    await _pass(proxy, bytes(damaged), writer)


async def _gateway(proxy: Proxy, answer: bytes, writer: asyncio.StreamWriter) -> None:
    status = proxy.chance.choice([b"502 Bad Gateway", b"503 Service Unavailable", b"504 Gateway Timeout"])
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nContent-Type: text/html\r\n\r\n" % (status, len(HTML))
    await _pass(proxy, head + HTML, writer)


SPOILS: dict[str, Spoil] = {
    "pass": _pass,
    "drop": _drop,
    "reset": _reset,
    "hold": _hold,
    "delay": _delay,
    "cut": _cut,
    "garble": _garble,
    "gateway": _gateway,
}


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request or answer, whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(int(lengths[0]) if lengths else 0)


@contextmanager
def running(target: int, weights: dict[str, int], seed: int = 0) -> Iterator[Proxy]:
    """A proxy in a thread of its own."""
    proxy, loop, ready = Proxy(target, weights, seed), asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_listen(proxy, ready),))
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(proxy.over.set)
        thread.join()
        loop.close()


async def _listen(proxy: Proxy, ready: threading.Event) -> None:
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, backlog=200)
    proxy.port = server.sockets[0].getsockname()[1]
    ready.set()
    await proxy.over.wait()
    server.close()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    await asyncio.sleep(0.01)  # So that what was closed is also gone.
