"""The journey `redeemer`, the storm: every request spends a fresh code on a license of its own."""

from locust import task

from loadtests.journey import Journey
from loadtests.shapes import WEIGHTS


class Redeemer(Journey):
    """A customer with a code in hand."""

    weight = WEIGHTS["redeemer"]

    @task
    def spend(self) -> None:
        """Spend one code; anything but 201 is a failure."""
        pair = self.take()
        if pair is not None:
            self.redeem(pair, "redeemer: redeem", (201,))
