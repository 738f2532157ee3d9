"""The two ways over the wire: each carries out the steps of a flow (`prolong._steps`), and decides nothing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from typing import Any, Generic, TypeVar, Union

import anyio
import httpx
from anyio import to_thread

from prolong import _cutoff
from prolong._calls import Answer, Budget, Call, Reply, Wait
from prolong._exchange import Exchange, Failed, headers
from prolong._steps import Steps
from prolong.errors import ProlongError

T = TypeVar("T")
Outcome = Union[Answer, ProlongError, None]


class Walk(Generic[T]):
    """A flow under way: `advance` takes the outcome of the last step and gives the next; at the end, `result`."""

    result: T

    def __init__(self, flow: Steps[T]) -> None:
        self._flow = flow

    def advance(self, outcome: Outcome) -> Call | Wait | None:
        """The next step, or None when the flow has come to its result; raises what the flow raises."""
        try:
            if isinstance(outcome, ProlongError):
                return self._flow.throw(outcome)
            return next(self._flow) if outcome is None else self._flow.send(outcome)
        except StopIteration as done:
            self.result = done.value
            return None

    def close(self) -> None:
        """End it where it stands, so that it gives back its locks."""
        self._flow.close()


class SyncRunner:
    """Over an `httpx.Client`."""

    def __init__(self, base_url: str, timeout: float, transport: httpx.BaseTransport | None, told: Any) -> None:
        self._timeout = seconds(timeout)
        self._language = language(told)
        self._client = httpx.Client(**settings(base_url, told), transport=transport)

    @property
    def wire(self) -> httpx.Client:
        """For what is too long to be one answer in memory."""
        return self._client

    def run(self, flow: Callable[[Budget], Steps[T]]) -> T:
        """Carry the flow to its end."""
        budget = Budget(self._timeout)
        walk = Walk(flow(budget))
        with spoken(self._language), contextlib.closing(walk):
            step = walk.advance(None)
            while step is not None:
                step = walk.advance(self._done(step, budget))
        return walk.result

    def close(self) -> None:
        """Close the connections; further calls raise `RuntimeError`."""
        self._client.close()

    def _done(self, step: Call | Wait, budget: Budget) -> Outcome:
        if isinstance(step, Wait):
            time.sleep(step.seconds)
            return None
        return self._outcome(Exchange(step, budget))

    def _outcome(self, exchange: Exchange) -> Outcome:
        try:
            for attempt in exchange.attempts():
                with attempt:
                    return exchange.judge(self._reply(exchange))
        except Failed as failure:
            return in_language(exchange.conclusion(failure), self._language, failure)
        except ProlongError as refused:
            return in_language(refused, self._language, None)
        raise AssertionError("stamina yields attempts until one returns or raises")

    def _reply(self, exchange: Exchange) -> Reply:
        received = bytearray()
        with (
            failures(exchange),
            _cutoff.after(exchange.left()) as cutoff,
            self._client.stream(**exchange.request(), **cutoff) as response,
        ):
            for chunk in response.iter_bytes():
                exchange.take(received, chunk)
        return whole(response, received)


class AsyncRunner:
    """Over an `httpx.AsyncClient`. What a flow does between its calls (files, locks) happens in a thread."""

    def __init__(self, base_url: str, timeout: float, transport: httpx.AsyncBaseTransport | None, told: Any) -> None:
        self._timeout = seconds(timeout)
        self._language = language(told)
        self._client = httpx.AsyncClient(**settings(base_url, told), transport=transport)

    async def run(self, flow: Callable[[Budget], Steps[T]]) -> T:
        """Carry the flow to its end."""
        budget = Budget(self._timeout)
        walk = Walk(flow(budget))
        with spoken(self._language), contextlib.closing(walk):
            step = await to_thread.run_sync(walk.advance, None)
            while step is not None:
                step = await to_thread.run_sync(walk.advance, await self._done(step, budget))
        return walk.result

    async def close(self) -> None:
        """Close the connections; further calls raise `RuntimeError`."""
        await self._client.aclose()

    async def _done(self, step: Call | Wait, budget: Budget) -> Outcome:
        if isinstance(step, Wait):
            await anyio.sleep(step.seconds)
            return None
        return await self._outcome(Exchange(step, budget))

    async def _outcome(self, exchange: Exchange) -> Outcome:
        try:
            async for attempt in exchange.attempts():
                with attempt:
                    return exchange.judge(await self._reply(exchange))
        except Failed as failure:
            return in_language(exchange.conclusion(failure), self._language, failure)
        except ProlongError as refused:
            return in_language(refused, self._language, None)
        raise AssertionError("stamina yields attempts until one returns or raises")

    async def _reply(self, exchange: Exchange) -> Reply:
        received = bytearray()
        with failures(exchange), anyio.fail_after(exchange.left()):
            async with self._client.stream(**exchange.request()) as response:
                async for chunk in response.aiter_bytes():
                    exchange.take(received, chunk)
        return whole(response, received)


def seconds(timeout: Any) -> float:
    """The time that one call may take; raises `ValueError` for none."""
    if not isinstance(timeout, (int, float)) or not timeout > 0:
        raise ValueError("The timeout is a number of seconds above zero: what one call may take in all.")
    return float(timeout)


def language(told: Mapping[str, str]) -> str:
    """The language that is asked for in the headers."""
    return told.get("Accept-Language", "en")


def in_language(error: ProlongError, language: str, cause: Failed | None) -> ProlongError:
    """An error that is handed to the flow, which may keep it, speaks this language too."""
    error.language = language
    error.__cause__ = cause
    return error


@contextlib.contextmanager
def spoken(language: str) -> Iterator[None]:
    """An error that leaves the block speaks this language."""
    try:
        yield
    except ProlongError as error:
        error.language = language
        raise


def settings(base_url: str, told: Any) -> dict[str, Any]:
    """The arguments that both kinds of client are made with; raises `ValueError` for an address that is none."""
    try:
        address = httpx.URL(base_url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError("The server's address must look like https://licenses.example.com.")
    # A kept connection that the server has meanwhile closed would cost every first call an attempt.
    limits = httpx.Limits(max_keepalive_connections=0)
    return {"base_url": base_url, "headers": {"User-Agent": f"prolong/{_version()}", **told}, "limits": limits}


@contextlib.contextmanager
def failures(exchange: Exchange) -> Iterator[None]:
    """What fails on the wire is told as the exchange's `Failed`."""
    try:
        yield
    except httpx.HTTPError as error:
        raise exchange.failed(error) from error
    except TimeoutError as error:
        raise exchange.failed(httpx.ReadTimeout("the time was up")) from error


def whole(response: httpx.Response, received: bytearray) -> Reply:
    """The answer after all of it came in."""
    return Reply(response.status_code, headers(response.headers.items()), bytes(received))


def _version() -> str:
    try:
        return metadata.version("prolong")
    except metadata.PackageNotFoundError:
        return "unknown"
