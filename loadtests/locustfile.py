"""What `locust -f loadtests/locustfile.py` runs: the users of every journey, in the shape that is set, to a verdict."""

from typing import Any

from locust import LoadTestShape, events

from loadtests import shapes, verdict
from loadtests.dealer import Dealer
from loadtests.guesser import Guesser
from loadtests.journey import JOURNAL, SETTINGS
from loadtests.redeemer import Redeemer
from loadtests.replayer import Replayer
from loadtests.validator import Validator
from loadtests.verdict import Measured

__all__ = ["Dealer", "Guesser", "Mixed", "Redeemer", "Replayer", "Validator"]


class Mixed(LoadTestShape):
    """All journeys together, as many users as the shape has at that second."""

    def tick(self) -> tuple[int, float] | None:
        """The users of this second, and how fast they come; None when the shape is over."""
        users = shapes.users_at(shapes.SHAPES[SETTINGS.shape], SETTINGS.users, self.get_run_time())
        return None if users is None else (users, float(SETTINGS.users))


@events.quitting.add_listener
def conclude(environment: Any, **_: Any) -> None:
    """Say the verdict; it is the exit code."""
    JOURNAL.close()
    entries = environment.stats.entries.values()
    measured = [
        Measured(entry.name, entry.num_requests, entry.num_failures, entry.get_response_time_percentile(0.95))
        for entry in entries
    ]
    reasons = verdict.judge(measured, Replayer.doubles, SETTINGS.thresholds)
    print(verdict.told(reasons))
    environment.process_exit_code = 1 if reasons else 0
