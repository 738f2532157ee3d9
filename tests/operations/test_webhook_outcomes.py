"""Webhooks: what is recorded of each sending, whatever becomes of the others."""

from dataclasses import replace

import pytest

from prolong_server.operations import webhook_claims, webhook_endpoints, webhook_outcomes, webhooks
from prolong_server.operations.outbound import Letter, Outcome
from prolong_server.rules.events import DeliveryError, EndpointStatus
from tests import vendor
from tests.hooks import called, endpoint, log, tell
from tests.vendor import Vendor

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def shop() -> Vendor:
    return vendor.found()


def test_what_cannot_be_recorded_or_sent_is_reported_and_spoils_no_other_outcome(shop):
    for name in ("bad", "worse", "good"):
        endpoint(f"https://{name}.example/")
    tell()
    webhooks.dispatch(called())
    reported: list[Exception] = []

    def post(letter: Letter) -> Outcome:
        if "worse" in letter.url:
            raise ZeroDivisionError
        return Outcome(204) if "good" in letter.url else Outcome(500, DeliveryError.SERVER_ERROR, "Soon")

    def random(size: int) -> bytes:
        if size == 2 and len(reported) == 1:
            raise ArithmeticError
        return bytes(size)

    webhooks.deliver(replace(called(), random=random), post, report=reported.append)
    assert [type(one) for one in reported] == [ZeroDivisionError, ArithmeticError]
    # One failure was recorded, one stays leased and goes out again, the good one was taken.
    assert sorted((one.status, one.attempts) for one in log()) == [("delivered", 1), ("pending", 0), ("pending", 1)]


def test_a_date_no_calendar_has_is_a_failure_of_one_delivery(shop):
    endpoint("https://bad.example/")
    endpoint("https://good.example/")
    tell()
    webhooks.dispatch(called())
    never = Outcome(503, DeliveryError.SERVER_ERROR, "Mon, 1 Jan 99999999999 00:00:00 GMT")
    assert webhooks.deliver(called(), lambda letter: never if "bad" in letter.url else Outcome(204)) == 2
    assert sorted(one.status for one in log()) == ["delivered", "pending"]


def test_a_success_ends_the_failing_also_where_it_was_claimed_before_the_failure(shop):
    name, _ = endpoint()
    tell(1)
    tell(2)
    webhooks.dispatch(called())
    first, second = webhook_claims.claim(called(), (), 10, 10)
    webhook_outcomes.settle(called(), [(first, Outcome(500, DeliveryError.SERVER_ERROR))])
    webhook_outcomes.settle(called(seconds=1), [(second, Outcome(204))])
    assert webhook_endpoints.show(called(), name).failing_since is None


def test_what_is_still_to_be_sent_is_not_cleared_away_however_old(shop):
    name, _ = endpoint()
    tell()
    assert webhooks.dispatch(called(days=31)) == 1
    assert webhooks.purge(called(days=31)) == 0
    webhook_endpoints.change(called(days=31), name, EndpointStatus.DISABLED)
    assert webhooks.purge(called(days=31)) == 1
