"""The journey `dealer`: orders, downloads, leads, reports, the account."""

import random
import secrets

from locust import task

from loadtests.journey import STOCK, Journey, field, judge
from loadtests.shapes import WEIGHTS

AUTHORIZED = {"Authorization": f"Bearer {STOCK.dealer_token}"}
LOOKED_AT = ("/v1/dealer", "/v1/leads", "/v1/reports/redemptions", "/v1/account/entries", "/v1/orders")


class Dealer(Journey):
    """A dealer's program."""

    weight = WEIGHTS["dealer"]

    @task(1)
    def order(self) -> None:
        """Order, order the same once more by the same key, and download: one order, and all of its codes."""
        form = {"kind": "renewal", "product": STOCK.product, "edition": STOCK.edition, "period_years": 1, "seats": 1}
        form |= {"quantity": random.randint(5, 50)}
        key = secrets.token_hex(16)
        orders = {self._place(form, key), self._place(form, key)}
        if len(orders) == 1 and (order := orders.pop()):
            self._download(order, form["quantity"])

    def _place(self, form: dict[str, object], key: str) -> str | None:
        headers = AUTHORIZED | {"Idempotency-Key": key}
        asked = {"json": form, "headers": headers, "name": "dealer: order", "catch_response": True}
        with self.client.post("/v1/orders", **asked) as answer:
            judge(answer, (201,))
            return field(answer, "id") if answer.status_code == 201 else None

    def _download(self, order: str, quantity: object) -> None:
        asked = {"headers": AUTHORIZED | {"Accept": "text/csv"}, "name": "dealer: download", "catch_response": True}
        with self.client.get(f"/v1/orders/{order}/codes", **asked) as answer:
            judge(answer, (200,))
            codes = len((answer.text or "").split()) - 1
            if answer.status_code == 200 and codes != quantity:
                answer.failure(f"{codes} codes of {quantity}")

    @task(4)
    def look(self) -> None:
        """Look at one of the lists."""
        path = random.choice(LOOKED_AT)
        with self.client.get(path, headers=AUTHORIZED, name=f"dealer: {path}", catch_response=True) as answer:
            judge(answer, (200,))
