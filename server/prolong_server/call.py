"""What every service is told by its door: who asks, when, from where, with which secrets and which randomness."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from prolong_server.keyring import Keyring
from prolong_server.rules import calendar, identifiers
from prolong_server.rules.actors import Actor


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out: its HTTP-free status word, its body in bytes, and whether it may be kept."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key: whose, for which route, over which body (SHA-256), and how the result is told.

    `tell` tells None of a result that holds a secret: such an answer is never kept.
    """

    token_id: int
    route: str
    key: str
    body_digest: bytes
    tell: Callable[[object], Answer | None]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a service. `now` is aware and in UTC; `zone` is the vendor's; `random(n)` returns n random bytes."""

    actor: Actor
    now: datetime
    zone: ZoneInfo
    issuer: str
    keys: Keyring
    random: Callable[[int], bytes]
    request_id: str
    address: str | None = None
    once: Once | None = None

    @property
    def today(self) -> date:
        """The calendar day in the vendor's time zone."""
        return calendar.vendor_day(self.now, self.zone)

    def new_id(self) -> int:
        """A new random primary key."""
        return identifiers.new_id(self.random)

    def new_ordered_id(self) -> int:
        """A new primary key that grows with time."""
        return identifiers.new_ordered_id(self.now, self.random)
