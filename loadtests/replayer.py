"""The journey `replayer`: double clicks and retries. However often a pair is sent, it is redeemed once."""

import gevent
from locust import task

from loadtests.journey import Journey
from loadtests.shapes import WEIGHTS

NAME = "replayer: redeem again"


class Replayer(Journey):
    """An impatient customer."""

    weight = WEIGHTS["replayer"]
    #: Pairs for which two first receipts, or two different ones, were told; all users together.
    doubles = 0

    @task
    def click_twice(self) -> None:
        """Two clicks at once, one more later: one 201, and the same receipt each time."""
        pair = self.take()
        if pair is None:
            return
        clicks = [gevent.spawn(self.redeem, pair, NAME, (200, 201)) for _ in range(2)]
        gevent.joinall(clicks)
        answers = [click.value for click in clicks if click.value is not None]
        answers.append(self.redeem(pair, NAME, (200, 201)))
        self.compare(answers)

    def compare(self, answers: list[tuple[int, str | None]]) -> None:
        """Count a double spend when the answers tell of one."""
        receipts = {receipt for _, receipt in answers if receipt is not None}
        if [status for status, _ in answers].count(201) > 1 or len(receipts) > 1:
            Replayer.doubles += 1
