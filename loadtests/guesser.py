"""The journey `guesser`: wrong codes, some of them with an owner's key. It costs little and never harms an owner."""

import random

from locust import task

from loadtests.journey import STOCK, Journey, judge
from loadtests.shapes import WEIGHTS

#: Refused, or told to slow down where rate limits are on.
_REFUSED = (404, 422, 429)


class Guesser(Journey):
    """Somebody who tries codes."""

    weight = WEIGHTS["guesser"]

    @task(3)
    def guess(self) -> None:
        """A well-formed code that nobody has made, for a license that somebody else renews at the same time."""
        self._try("/v1/redemptions", random.choice(STOCK.unknown_codes), "guesser: unknown code")

    @task(2)
    def mistype(self) -> None:
        """A code that cannot be one."""
        self._try("/v1/redemptions", "11111-11111-11111-11111-11111", "guesser: malformed code")

    @task(1)
    def ask(self) -> None:
        """A guess that would only be looked at."""
        self._try("/v1/redemptions/check", random.choice(STOCK.unknown_codes), "guesser: check")

    def _try(self, path: str, code: str, name: str) -> None:
        form = STOCK.form(code, random.choice(STOCK.license_keys))
        with self.client.post(path, json=form, name=name, catch_response=True) as answer:
            judge(answer, _REFUSED)
