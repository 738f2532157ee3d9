"""Places one large order and prints, as JSON, its id, its seconds and this process's peak of memory in megabytes."""

import json
import os
import resource
import sys
import time
from dataclasses import replace

from prolong_server import clock, config, create_app
from prolong_server.channel import orders
from prolong_server.channel.orders import OrderSpec
from prolong_server.operations.keys import Holder
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor


def main() -> None:
    """`python -m benchmarks.placing DEALER QUANTITY`, with the settings of the environment."""
    dealer, quantity = sys.argv[1], int(sys.argv[2])
    settings = config.read()
    holder = Holder(settings, clock.now, os.urandom)
    spec = OrderSpec(CodeKind.RENEWAL, vendor.PRODUCT, "home", 1, 1, 1, dealer=dealer)
    with create_app(settings, holder).app_context():
        call = replace(vendor.called(), keys=holder.current(), now=clock.now())
        orders.place(call, spec)
        began = time.perf_counter()
        placed = orders.place(call, replace(spec, quantity=quantity))
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"order": placed.id, "seconds": seconds, "megabytes": peak}))


if __name__ == "__main__":
    main()
