"""Many at once: threads that start together, each with an application context and so a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal

ATTEMPTS = 30


def _answered(work: Callable[[], object]) -> object:
    # On a slow machine a lock may not be had in time: a client then sends its request again, and so does the crowd.
    for _ in range(ATTEMPTS):
        try:
            return work()
        except errors.TryAgain:
            continue
        except Refusal as refusal:
            return refusal.code
    return errors.TryAgain.code


def together(works: Sequence[Callable[[], object]]) -> list[Any]:
    """Run all works at the same moment and return what each answered: its result, or the code of its refusal."""
    app = cast(LocalProxy[Flask], current_app)._get_current_object()
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        with app.app_context():
            start.wait()
            return _answered(work)

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
