"""The words of a conversation with the server: what is sent, what comes back, how long it may take.

Nothing heavy is imported here, so that `import prolong` stays light: httpx comes with the first client.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prolong.errors import OutcomeUnknown, Unreachable

JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """What to send. `changes`: it may spend something, so that a lost answer leaves a doubt."""

    method: str
    path: str
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    changes: bool = False
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Wait:
    """Send nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Reply:
    """What came over the wire, whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """A definite yes: the JSON object or the text, and what the headers tell of it."""

    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    replayed: bool = False
    unchanged: bool = False
    etag: str | None = None
    date: dt.datetime | None = None


class Budget:
    """The seconds that one call of the library may take, all that it sends and waits for together."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; not below zero."""
        return max(0.0, self._end - time.monotonic())


LOST = (
    "The license server's answer was lost ({}), so it is not known whether the code was spent. "
    "Try again with the same code: the same request is never carried out twice."
)
AWAY = "The license server gave no usable answer ({}). Nothing was changed; check the connection and try again later."


def unusable(*, changes: bool) -> OutcomeUnknown | Unreachable:
    """The error for an answer that says yes but cannot be read, or contradicts itself."""
    return OutcomeUnknown(LOST.format("not understood")) if changes else Unreachable(AWAY.format("not understood"))
