"""Limits of guessing: how often an address may be told that a code or a license is unknown.

Refusals are counted for an address, and for an address with one target (a license key, or a code where no key is
named). Never for a target alone: anybody could then lock its owner out. Whoever is not refused costs nothing but two
looks into a dictionary while anybody is over a limit, wherever the counts are kept.

The counts are this process's own, or all processes' where there is a Redis. If that does not answer, each process
counts for itself meanwhile: a limiter that is down refuses nobody who did not guess. Names of counts are digests under
a key.
"""

from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Final

from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from prolong_server.call import Call
from prolong_server.config import Rates
from prolong_server.rules import errors

# How long Redis may take, and for how long it is left alone when it took longer.
REDIS_SECONDS: Final = 0.2
SILENT_SECONDS: Final = 5.0
_MOST_BLOCKED: Final = 10_000
# What one subscriber of IPv6 is given, at the least (RFC 6177).
_IPV6_PREFIX: Final = 64


class Limiter:
    """Counts refusals and remembers who is over a limit, and until when."""

    def __init__(self, rates: Rates, redis_url: str | None = None) -> None:
        self._rates = rates
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = None if redis_url is None else _shared(redis_url)
        self._silent_until = 0.0
        self._blocked: dict[str, float] = {}
        self._latest = 0.0

    def admit(self, call: Call, target: str) -> None:
        """Raise RateLimited if this address, or this address with this target, was refused too often."""
        now = call.now.timestamp()
        if now >= self._latest:
            # Nobody is over a limit, so that nobody needs to be looked for.
            return
        for _, name in self._named(call, target):
            until = self._blocked.get(name, 0.0)
            if until > now:
                raise errors.RateLimited(retry_after=ceil(until - now))

    def count(self, call: Call, target: str) -> None:
        """Count a refusal; RateLimited if it is one too many."""
        over = [self._over(item, name, call.now) for item, name in self._named(call, target)]
        if any(over):
            raise errors.RateLimited(retry_after=ceil(max(over)))

    def _named(self, call: Call, target: str) -> list[tuple[RateLimitItem, str]]:
        if call.address is None:
            return []
        address, key = _network(call.address), call.keys.secrets[0][: blake2b.MAX_KEY_SIZE]
        both = f"{address} {target.strip().upper()}"
        return [(self._rates.address, _name(address, key)), (self._rates.target, _name(both, key))]

    def _over(self, item: RateLimitItem, name: str, now: datetime) -> float:
        """For how many seconds from now on the limit is exceeded; 0 if it is not."""
        until = self._hit(item, name, now.timestamp())
        if until is None:
            return 0.0
        if len(self._blocked) >= _MOST_BLOCKED:
            self._blocked = {one: end for one, end in self._blocked.items() if end > now.timestamp()}
        self._blocked[name] = until
        self._latest = max(self._latest, until)
        return max(until - now.timestamp(), 1.0)

    def _hit(self, item: RateLimitItem, name: str, now: float) -> float | None:
        if self._shared is not None and now >= self._silent_until:
            try:
                return _hit(self._shared, item, name)
            except StorageError:
                self._silent_until = now + SILENT_SECONDS
        return _hit(self._own, item, name)


def _hit(counts: FixedWindowRateLimiter, item: RateLimitItem, name: str) -> float | None:
    return None if counts.hit(item, name) else counts.get_window_stats(item, name).reset_time


def _shared(redis_url: str) -> FixedWindowRateLimiter:
    patience = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    return FixedWindowRateLimiter(storage_from_string(redis_url, wrap_exceptions=True, **patience))


def _name(text: str, key: bytes) -> str:
    return blake2b(text.encode(errors="replace"), key=key, digest_size=16).hexdigest()


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    found = ip_address(address)
    return str(ip_network((found, _IPV6_PREFIX), strict=False)) if found.version == 6 else address
