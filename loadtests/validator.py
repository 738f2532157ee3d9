"""The journey `validator`: products that check in, as each does once a day."""

import random

from locust import task

from loadtests.journey import STOCK, Journey, field
from loadtests.shapes import WEIGHTS


class Validator(Journey):
    """An installed product."""

    weight = WEIGHTS["validator"]

    @task
    def check_in(self) -> None:
        """Ask whether the license holds; it does, and a document says so."""
        key = random.choice(STOCK.checked_in)
        form = {"license_key": key, "product": STOCK.product, "machine": {"fingerprint": f"load-test-{key}"}}
        with self.client.post(
            "/v1/licenses/validate", json=form, name="validator: check in", catch_response=True
        ) as answer:
            if field(answer, "code") != "VALID" or not field(answer, "license_document"):
                answer.failure(f"status {answer.status_code}: {field(answer, 'code')}")
