"""An event loop such as the server has, and its lane."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import uvloop
from flask import Flask

from prolong_server.lane import Lane

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to in a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def in_lane(app: Flask, *works: Callable[[], object]) -> list[object]:
    """What each of them comes to, carried in one lane and begun in this order."""
    told: dict[int, object] = {}

    def done(at: int, work: Callable[[], object]) -> None:
        with app.app_context():
            told[at] = work()

    async def carry() -> None:
        road = Lane(asyncio.get_running_loop(), 2)
        await asyncio.gather(*(road.carry(partial(done, at, work)) for at, work in enumerate(works)))

    run(carry())
    return [told[at] for at in range(len(works))]
