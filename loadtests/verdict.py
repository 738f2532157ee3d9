"""Whether a load test was good: double spends, errors and slow journeys against the thresholds; without locust."""

from collections.abc import Iterable
from dataclasses import dataclass

from loadtests.settings import Thresholds


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of request of one journey: how many, how many of them failed, and the p95 in milliseconds."""

    name: str
    requests: int
    failures: int
    p95: float


def judge(measured: Iterable[Measured], doubles: int, thresholds: Thresholds) -> list[str]:
    """Every reason against the test, as a sentence; none if it was good."""
    kinds = list(measured)
    reasons = [f"{doubles} codes were spent twice."] if doubles else []
    requests = sum(kind.requests for kind in kinds)
    if not requests:
        return [*reasons, "Nothing was asked, so nothing was shown."]
    share = sum(kind.failures for kind in kinds) / requests
    if share > thresholds.errors:
        reasons.append(f"{share:.2%} of the requests failed, {thresholds.errors:.2%} at most were to.")
    slow = (kind for kind in kinds if kind.p95 > thresholds.milliseconds)
    return reasons + [f"{kind.name}: p95 {kind.p95:.0f} ms, {thresholds.milliseconds:.0f} at most." for kind in slow]


def told(reasons: list[str]) -> str:
    """The verdict as a person reads it at the end."""
    return (
        "Verdict: good." if not reasons else "\n".join(["Verdict: not good.", *(f"  {reason}" for reason in reasons)])
    )
