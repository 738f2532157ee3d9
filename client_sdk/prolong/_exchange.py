"""One call to the server, without its wire: what to send, how to judge what came back, when to send it again.

Nothing here reads or writes a socket; the two runners of `prolong._runners` do. An attempt is repeated where that is
harmless and likely to help: the connection failed or broke, or the answer was 429, 502, 503 or 504. That an answer was
lost makes no difference, because the server answers a repeated change with its first answer (rule R4). Any other
failure ends the call at once, as `OutcomeUnknown` for a change that may have been made, else as `Unreachable`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import random
import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina
from stamina.instrumentation import RetryDetails, RetryHook, get_on_retry_hooks, set_on_retry_hooks

from prolong._calls import AWAY, JSON, LOST, Answer, Budget, Call, Reply
from prolong.errors import OutcomeUnknown, ProlongError, Refused, Unreachable
from prolong.reading import json_object
from prolong.refusals import refusal

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LASTING = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
_UNAVAILABLE = frozenset({502, 503, 504})
# Who is turned away at the door now may have been let in before, so nothing is said of what was lost.
_AT_THE_DOOR = frozenset({401, 403})
_ATTEMPT_SECONDS = 10.0
_LONGEST_BACKOFF = 2.0
_LONGEST_ANSWER = 64 * 2**20
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]*):")


class Failed(Exception):
    """One attempt without a definite yes or no. Its text reaches logs: it names the kind of failure only."""

    def __init__(self, text: str, *, again: bool, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.again = again
        self.retry_after = retry_after


def _about_others(hook: RetryHook) -> RetryHook:
    def told(details: RetryDetails) -> AbstractContextManager[None] | None:
        return None if isinstance(details.caused_by, Failed) else hook(details)

    return told


# stamina tells the whole program of every attempt, as a warning or on standard output; ours are told at the end, once.
set_on_retry_hooks(list(map(_about_others, get_on_retry_hooks())))


class Exchange:
    """The attempts of one call. `doubtful` once one of them may have made the change without saying so."""

    def __init__(self, call: Call, budget: Budget) -> None:
        self.call = call
        self._budget = budget
        self._doubtful = False
        self._refused: Refused | None = None

    def attempts(self) -> Any:  # stamina does not export the type: an iterator and an asynchronous one.
        """To be entered one after the other, until one returns."""
        backoff = self._backoff()
        # A context without arguments, because stamina logs those of a decorated function: codes and keys.
        return stamina.retry_context(
            self._may_repeat,
            attempts=None,
            timeout=max(0.001, self._budget.left()),
            wait_max=backoff,
            wait_jitter=backoff / 2,
        )

    def request(self) -> Mapping[str, Any]:
        """The arguments of an httpx client's `stream` for the next attempt."""
        self._refused = None
        seconds = max(0.001, min(_ATTEMPT_SECONDS, self._budget.seconds / 3, self._budget.left()))
        headers = {"Accept": f"{self.call.media}, application/problem+json", **self.call.headers}
        told = {"method": self.call.method, "url": self.call.path, "headers": headers, "timeout": seconds}
        return told if self.call.body is None else {**told, "json": self.call.body}

    def left(self) -> float:
        """Seconds that are left for the next attempt, however slowly its answer comes."""
        return max(0.001, self._budget.left())

    def take(self, received: bytearray, chunk: bytes) -> None:
        """Add what has just come in; raises `Failed` when it goes on for too long."""
        received += chunk
        if not self._budget.left() or len(received) > _LONGEST_ANSWER:
            self._doubtful = True
            raise Failed("the answer does not end", again=False)

    def failed(self, error: httpx.HTTPError) -> Failed:
        """What a failure of the connection means."""
        if isinstance(error, _NEVER_SENT):
            return Failed(f"no connection ({type(error).__name__})", again=True)
        self._doubtful = True
        again = isinstance(error, httpx.TransportError) and not isinstance(error, _LASTING)
        return Failed(f"no whole answer ({type(error).__name__})", again=again)

    def judge(self, reply: Reply) -> Answer:
        """The answer if it is a definite yes; raises the refusal if it is a definite no, else `Failed`."""
        genuine = _undamaged(reply)
        if reply.status == 429:
            self._refused = _refusal(reply) or refusal({"code": "rate_limited"}, status=429)
            raise Failed("status 429", again=True, retry_after=_retry_after(reply))
        found = _yes(self.call, reply) if genuine else None
        if found is not None:
            return found
        refused = _refusal(reply) if genuine and 400 <= reply.status < 500 else None
        if refused is not None and not (self._doubtful and reply.status in _AT_THE_DOOR):
            raise refused
        self._doubtful = True
        raise Failed(f"status {reply.status}", again=reply.status in _UNAVAILABLE, retry_after=_retry_after(reply))

    def conclusion(self, failure: Failed) -> ProlongError:
        """What the caller is told when no attempt helped."""
        if self.call.changes and self._doubtful:
            return OutcomeUnknown(LOST.format(failure))
        if self._refused is not None:
            return self._refused
        return Unreachable(AWAY.format(failure))

    def _may_repeat(self, error: Exception) -> bool | float:
        """Whether another attempt helps, or after how many seconds; no wait outlasts the deadline."""
        if not isinstance(error, Failed) or not error.again:
            return False
        if error.retry_after is None:
            return self._budget.left() > self._backoff()
        wait = error.retry_after + random.uniform(0, 0.5)  # noqa: S311  # Jitter is no secret.
        return wait if wait < self._budget.left() else False

    def _backoff(self) -> float:
        return min(_LONGEST_BACKOFF, self._budget.seconds / 8)


def _yes(call: Call, reply: Reply) -> Answer | None:
    about = {
        "replayed": reply.headers.get("idempotent-replayed") == "true",
        "etag": reply.headers.get("etag"),
        "date": _date(reply.headers.get("date")),
    }
    if reply.status == 304 and "If-None-Match" in call.headers:
        return Answer(unchanged=True, **about)  # type: ignore[arg-type]  # Each is of its field's type.
    if reply.status == 204 and call.method == "DELETE":
        return Answer(**about)  # type: ignore[arg-type]  # Each is of its field's type.
    if not 200 <= reply.status < 300:
        return None
    if call.media != JSON:
        media = reply.headers.get("content-type", "").partition(";")[0]
        return Answer(text=_ascii(reply.content), **about) if media == call.media else None  # type: ignore[arg-type]
    body = _json(reply.content)
    return None if body is None else Answer(body, **about)  # type: ignore[arg-type]


def _refusal(reply: Reply) -> Refused | None:
    """The refusal, if the answer is one beyond doubt: what it says twice must agree (RFC 9457 and the contract)."""
    body = _json(reply.content)
    if body is None or not isinstance(body.get("code"), str):
        return None
    if body.get("status") != reply.status or body.get("type") != _urn(body["code"]):
        return None
    return refusal(body, status=reply.status)


def _urn(code: str) -> str:
    return f"urn:prolong:problem:{code.replace('_', '-')}"


def _undamaged(reply: Reply) -> bool:
    """False when the server has told the digest of what it sent (RFC 9530), and it is another."""
    told = _DIGEST.search(reply.headers.get("content-digest", ""))
    try:
        return told is None or base64.b64decode(told[1], validate=True) == hashlib.sha256(reply.content).digest()
    except binascii.Error:
        return False


def _json(content: bytes) -> Mapping[str, Any] | None:
    try:
        return json_object(json.loads(content.decode("utf-8")))
    except (TypeError, ValueError, RecursionError):
        return None


def _ascii(content: bytes) -> str:
    return content.decode("ascii", "replace").strip()


def _date(value: str | None) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(value or "")
    except (TypeError, ValueError, IndexError):
        return None
    return date if date.tzinfo is not None else None


def _retry_after(reply: Reply) -> float | None:
    """Seconds that the server asks to wait; the form with a date is not used by it and is left to the backoff."""
    value = reply.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Header fields by their names in small letters."""
    return {name.lower(): value for name, value in pairs}
