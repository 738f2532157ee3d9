"""What every journey stands on: the stock in hand, the clients' log, the pace of a user."""

from typing import Any

from locust import FastHttpUser, between

from loadtests import journal, settings, stock
from loadtests.stock import NothingLeft

SETTINGS = settings.read()
STOCK = stock.read(SETTINGS.stock)
JOURNAL = journal.opened(SETTINGS.log)


class Journey(FastHttpUser):
    """A user who waits a little between two steps; each subclass is one journey."""

    abstract = True
    wait_time = between(0.5 * SETTINGS.pace, 1.5 * SETTINGS.pace)
    network_timeout = 30.0

    def take(self) -> int | None:
        """The place of a fresh pair; None, and a failure in the statistics, where none is left."""
        try:
            return STOCK.take()
        except NothingLeft as nothing:
            self.environment.events.request.fire(
                request_type="seed", name="stock", response_time=0, response_length=0, exception=nothing, context={}
            )
            return None

    def redeem(self, pair: int, name: str, expected: tuple[int, ...]) -> tuple[int, str | None]:
        """Spend the pair once more; the status and the receipt. Another status than expected fails the request."""
        form = STOCK.form(STOCK.codes[pair], STOCK.license_keys[pair])
        JOURNAL.sent(pair)
        with self.client.post("/v1/redemptions", json=form, name=name, catch_response=True) as answer:
            receipt = field(answer, "id") if answer.status_code in (200, 201) else None
            JOURNAL.answered(pair, answer.status_code, receipt)
            judge(answer, expected)
        return answer.status_code, receipt


def judge(answer: Any, expected: tuple[int, ...]) -> None:
    """Let a request fail that was answered with another status than expected; an expected refusal is no failure."""
    if answer.status_code in expected:
        answer.success()
    else:
        answer.failure(f"status {answer.status_code}: {field(answer, 'code')}")


def field(answer: Any, name: str) -> Any:
    """A field of an answer's JSON; None where there is none."""
    try:
        return answer.json().get(name)
    except (ValueError, AttributeError):
        return None
