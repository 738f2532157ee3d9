"""A process of its own that calls services: `python -m tests.child URL`, with one job a line on standard input.

A job is JSON: ["redeem", code, license_key], ["order", dealer, quantity, idempotency_key], ["execute", request], or
["webhooks"]. It says `ready`, and after each job one line of JSON: what it was answered. TryAgain is sent again, as a
client would.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import cast

from prolong_server.call import Answer, Once
from prolong_server.channel import orders
from prolong_server.channel.order_views import OrderView
from prolong_server.channel.orders import OrderSpec
from prolong_server.licensing import redemptions
from prolong_server.modules import execution
from prolong_server.operations import outbound, webhooks
from prolong_server.operations.idempotency import Replayed
from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor
from tests.modules.stage import REPRESENTATIVE
from tests.receivers import LOOPBACK
from tests.room import opened

ATTEMPTS = 40


def redeem(code: str, license_key: str) -> str:
    """The id of the receipt."""
    return redemptions.redeem(vendor.called(), vendor.renewal(code, license_key)).receipt.id


def order(dealer: str, quantity: int, key: str) -> str:
    """The id of the order; for a key that was used before the id of the first."""
    spec = OrderSpec(CodeKind.RENEWAL, vendor.PRODUCT, "home", 1, 1, quantity, dealer=dealer)
    once = Once(1, "orders.place", key, sha256(key.encode()).digest(), _told)
    try:
        return orders.place(vendor.called(once=once), spec).id
    except Replayed as first:
        return first.answer.body.decode()


def execute(request: str) -> str:
    """The state of the request afterwards."""
    return execution.execute(vendor.called(actor=REPRESENTATIVE), request).state.value


def work_webhooks() -> str:
    """How many events were fanned out and how many deliveries sent."""
    call = vendor.called()
    told = webhooks.dispatch(call)
    return f"{told} {webhooks.deliver(call, outbound.client(LOOPBACK))}"


def _told(placed: object) -> Answer:
    return Answer(201, cast(OrderView, placed).id.encode())


def _definite(work: Callable[[], str]) -> str:
    for _ in range(ATTEMPTS):
        try:
            return work()
        except (errors.TryAgain, errors.StillRunning):
            continue
        except Refusal as refusal:
            return refusal.code
    return "try_again"


def main() -> None:
    """Do the jobs in their order."""
    works: dict[str, Callable[..., str]] = {"redeem": redeem, "order": order, "execute": execute}
    works["webhooks"] = work_webhooks
    with opened(sys.argv[1]):
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            print(json.dumps(_definite(partial(works[name], *arguments))), flush=True)


if __name__ == "__main__":
    main()
