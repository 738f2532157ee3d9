"""The journey `redeemer`: every request spends a fresh code on a license of its own."""

import os
from pathlib import Path

from locust import FastHttpUser, constant, task
from locust.exception import StopUser

from loadtests import pairs

WAITING = pairs.read(Path(os.environ.get("PROLONG_LOAD_PAIRS", "pairs.jsonl")))
PRODUCT = os.environ.get("PROLONG_LOAD_PRODUCT", "shield")
VERSION = os.environ.get("PROLONG_LOAD_VERSION", "9.10")


class Redeemer(FastHttpUser):
    """A customer with a code in hand; it stops when no code is left."""

    wait_time = constant(0)

    @task
    def redeem(self) -> None:
        """Spend one code; anything but 201 is a failure of the test."""
        if not WAITING:
            raise StopUser
        pair = WAITING.popleft()
        body = pair | {"product": PRODUCT, "product_version": VERSION, "machine": {"fingerprint": "load-test-machine"}}
        with self.client.post("/v1/redemptions", json=body, catch_response=True) as answer:
            if answer.status_code != 201:
                answer.failure(f"status {answer.status_code}")
