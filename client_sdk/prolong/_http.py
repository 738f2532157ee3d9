"""One request to the server: tried until the answer is definite or the time is up.

An attempt is repeated only where that is harmless and likely to help: the connection failed before anything was sent,
or the answer was 429, 502, 503 or 504. Any other failure ends the call at once, as `OutcomeUnknown` for a change that
may have been made, else as `Unreachable`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, NoReturn

import httpx
import stamina

from prolong.errors import OutcomeUnknown, Refused, Unreachable
from prolong.reading import json_object
from prolong.refusals import refusal

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_UNAVAILABLE = frozenset({502, 503, 504})
_ATTEMPT_SECONDS = 10.0
_LONGEST_BACKOFF = 2.0


@dataclass(frozen=True)
class Answer:
    """A definite yes: the JSON object, and whether the server told a first answer again."""

    body: Mapping[str, Any] = field(repr=False)
    replayed: bool = False


class Connection:
    """Where the server is and how to reach it; `timeout` is in seconds and covers all attempts of one call."""

    def __init__(self, base_url: str, *, timeout: float, transport: httpx.BaseTransport | None) -> None:
        _judge_address(base_url)
        self._timeout = timeout
        # A kept connection that the server has meanwhile closed would turn a plain redemption into a doubtful one.
        self._client = httpx.Client(
            base_url=base_url,
            headers={"User-Agent": f"prolong/{_version()}", "Accept": "application/json"},
            limits=httpx.Limits(max_keepalive_connections=0),
            transport=transport,
        )

    def get(self, path: str) -> Answer:
        """Read; raises `Refused` or `Unreachable`."""
        return _Exchange(self._client, self._timeout, "GET", path, None, changes=False).run()

    def post(self, path: str, body: Mapping[str, Any], *, changes: bool) -> Answer:
        """Ask, or with `changes` act; raises `Refused`, `Unreachable` or, only with `changes`, `OutcomeUnknown`."""
        return _Exchange(self._client, self._timeout, "POST", path, body, changes=changes).run()

    def close(self) -> None:
        """Close the connections; further calls raise `RuntimeError`."""
        self._client.close()


class _Failed(Exception):
    """One attempt without a definite yes or no. Its text reaches logs: it names the kind of failure only."""

    def __init__(self, text: str, *, again: bool, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.again = again
        self.retry_after = retry_after


@dataclass
class _Exchange:
    """The attempts of one call. `doubtful` once one of them may have made the change without saying so."""

    client: httpx.Client
    timeout: float
    method: str
    path: str
    body: Mapping[str, Any] | None = field(repr=False)
    changes: bool
    doubtful: bool = False
    refused: Refused | None = None

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.timeout

    def run(self) -> Answer:
        backoff = min(_LONGEST_BACKOFF, self.timeout / 4)
        # A context without arguments, because stamina logs those of a decorated function: codes and keys.
        attempts = stamina.retry_context(self.may_repeat, attempts=None, timeout=self.timeout, wait_max=backoff)
        try:
            for attempt in attempts:
                with attempt:
                    return self.judge(self.send())
        except _Failed as failure:
            self.give_up(failure)
        raise AssertionError("stamina yields attempts until one returns or raises")

    def send(self) -> httpx.Response:
        seconds = max(0.001, min(_ATTEMPT_SECONDS, self.left()))
        self.refused = None
        try:
            return self.client.request(self.method, self.path, json=self.body, timeout=seconds)
        except _NEVER_SENT as error:
            raise _Failed(f"no connection ({type(error).__name__})", again=True) from error
        except httpx.HTTPError as error:
            self.doubtful = True
            raise _Failed(f"no whole answer ({type(error).__name__})", again=False) from error

    def judge(self, response: httpx.Response) -> Answer:
        """The answer if it is a definite yes; raises the refusal if it is a definite no."""
        body, status = _json(response), response.status_code
        if status == 429:
            self.refused = refusal({"code": "rate_limited", **(body or {})}, status=status)
            raise _Failed("status 429", again=True, retry_after=_retry_after(response))
        if status not in _UNAVAILABLE and body is not None:
            if response.is_success:
                return Answer(body, response.headers.get("Idempotent-Replayed") == "true")
            if response.is_client_error and "code" in body:
                raise refusal(body, status=status)
        self.doubtful = True
        raise _Failed(f"status {status}", again=status in _UNAVAILABLE, retry_after=_retry_after(response))

    def may_repeat(self, error: Exception) -> bool | float:
        """Whether another attempt helps, or after how many seconds; no wait outlasts the deadline."""
        if not isinstance(error, _Failed) or not error.again:
            return False
        if error.retry_after is None:
            return self.left() > min(_LONGEST_BACKOFF, self.timeout / 4)
        wait = error.retry_after + random.uniform(0, 0.5)  # noqa: S311  # Jitter is no secret.
        return wait if wait < self.left() else False

    def give_up(self, failure: _Failed) -> NoReturn:
        if self.changes and self.doubtful:
            raise OutcomeUnknown(_LOST.format(failure)) from failure
        if self.refused is not None:
            raise self.refused from None
        raise Unreachable(_AWAY.format(failure)) from failure

    def left(self) -> float:
        return self.deadline - time.monotonic()


_LOST = (
    "The license server's answer was lost ({}), so it is not known whether the code was spent. "
    "Try again with the same code: the same request is never carried out twice."
)
_AWAY = "The license server gave no usable answer ({}). Nothing was changed; check the connection and try again later."


def unusable(*, changes: bool) -> OutcomeUnknown | Unreachable:
    """The error for an answer that says yes but cannot be read."""
    return OutcomeUnknown(_LOST.format("not understood")) if changes else Unreachable(_AWAY.format("not understood"))


def _judge_address(base_url: str) -> None:
    try:
        address = httpx.URL(base_url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError("The server's address must look like https://licenses.example.com.")


def _json(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        return json_object(response.json())
    except (TypeError, ValueError, RecursionError):
        return None


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the server asks to wait; the form with a date is not used by it and is left to the backoff."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _version() -> str:
    try:
        return metadata.version("prolong")
    except metadata.PackageNotFoundError:
        return "unknown"
