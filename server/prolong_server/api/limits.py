"""Limits of guessing at the JSON door: who has been refused too often is told when to come back (429)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from flask import Flask, current_app

from prolong_server import lane
from prolong_server.access.limits import Limiter
from prolong_server.call import Call
from prolong_server.config import Settings
from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal

LIMITED: Final = frozenset({"redemptions.redeem", "redemptions.check", "activations.activate", "validations.validate"})
# What one is told who guesses. A malformed code is no guess: its check symbol was wrong, and nothing was looked up.
_GUESSES: Final = (errors.CodeNotFound, errors.LicenseNotFound)

_UNLIMITED: Final = nullcontext()


def register(app: Flask, settings: Settings) -> None:
    """Give the application its limiter, unless the settings have none."""
    rates = settings.rate_limits
    app.extensions["prolong_limiter"] = None if rates is None else Limiter(rates, settings.redis_url)


def guarded(call: Call, target: str) -> AbstractContextManager[None]:
    """Do the block for who was not refused too often, and count if it is refused as a guess. Raises RateLimited.

    `target` is the license key that is named, or the code where none is.
    """
    limiter = _limiter()
    return _UNLIMITED if limiter is None else _limited(limiter, call, target)


@contextmanager
def _limited(limiter: Limiter, call: Call, target: str) -> Iterator[None]:
    limiter.admit(call, target)
    try:
        yield
    except _GUESSES:
        lane.blocking(limiter.count)(call, target)
        raise


def note(call: Call, target: str, problem: Refusal | None) -> None:
    """Count a refusal that is told as part of a good answer. Raises RateLimited."""
    limiter = _limiter()
    if limiter is not None and isinstance(problem, _GUESSES):
        lane.blocking(limiter.count)(call, target)


def _limiter() -> Limiter | None:
    found: Limiter | None = current_app.extensions["prolong_limiter"]
    return found
