"""How many users there are when: the mixed shapes as arithmetic, without locust."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Phase:
    """So many seconds in which the users go evenly from what they were to `share` of the most."""

    seconds: float
    share: float


SHAPES: Final = {
    # Just long enough for every journey to have been gone once.
    "smoke": (Phase(4, 1.0),),
    # For `make load`: up, a spike, down again.
    "short": (Phase(4, 0.3), Phase(8, 0.3), Phase(1, 1.0), Phase(8, 1.0), Phase(1, 0.3), Phase(5, 0.3)),
    "steady": (Phase(10, 0.5), Phase(170, 0.5)),
    # The last evening of a month: quiet, all at once, and the long way down.
    "month-end": (Phase(5, 0.1), Phase(55, 0.1), Phase(5, 1.0), Phase(85, 1.0), Phase(60, 0.2), Phase(30, 0.2)),
    "soak": (Phase(20, 0.5), Phase(580, 0.5)),
}
#: How many of all users are on which journey.
WEIGHTS: Final = {"redeemer": 5, "replayer": 2, "guesser": 2, "validator": 4, "dealer": 1}
SPENDERS: Final = ("redeemer", "replayer")
_RESERVE: Final = 1.3


def users_at(phases: tuple[Phase, ...], most: int, second: float) -> int | None:
    """How many users there are at a second; None when the shape is over. Never none, for that would end a journey."""
    before = 0.0
    for phase in phases:
        if second < phase.seconds:
            share = before + (phase.share - before) * second / phase.seconds
            return max(1, round(most * share))
        second -= phase.seconds
        before = phase.share
    return None


def seconds_of(phases: tuple[Phase, ...]) -> float:
    """How long the shape is."""
    return sum(phase.seconds for phase in phases)


def user_seconds(phases: tuple[Phase, ...], most: int) -> float:
    """The seconds of all users together."""
    shares = [0.0, *(phase.share for phase in phases)]
    lasts = zip(phases, shares[:-1], shares[1:], strict=True)
    return most * sum(phase.seconds * (before + after) / 2 for phase, before, after in lasts)


def pairs_for(phases: tuple[Phase, ...], most: int, pace: float) -> int:
    """Pairs of code and license that last for the shape: one for each step of a journey that spends, and a reserve."""
    share = sum(WEIGHTS[name] for name in SPENDERS) / sum(WEIGHTS.values())
    return int(_RESERVE * user_seconds(phases, most) * share / pace) + most
