"""Connections to PostgreSQL for what is done in a lane: while one waits for its answer, the lane goes on."""

import select
import traceback
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait
from sqlalchemy import Connection, Engine
from sqlalchemy.pool import QueuePool

from prolong_server import lane
from prolong_server.lane import Fiber

# Those who wait for an answer have been told to try again long before.
HUNG_SECONDS: Final = 5.0
T = TypeVar("T")


class LaneConnection(psycopg.Connection[Any]):
    """A connection that waits as whoever uses it may: a thread by itself, a fiber by standing aside."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """What the library's protocol comes to. Raises what it raises; a fiber waits `HUNG_SECONDS` at most."""
        fiber = lane.present()
        if fiber is None:
            return super().wait(gen, interval, timeout)
        try:
            return _driven(fiber, gen, self.pgconn.socket)
        except TimeoutError:
            # Nobody knows what the server will still say, so that nothing more can be asked here.
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from None


def _driven(fiber: Fiber, gen: PQGen[T], descriptor: int) -> T:
    try:
        wanted = next(gen)
        while True:
            wants = {"reads": bool(wanted & Wait.R), "writes": bool(wanted & Wait.W)}
            reads, writes = fiber.until_ready(descriptor, HUNG_SECONDS, **wants)
            if not reads and not writes:
                raise TimeoutError
            wanted = gen.send(Ready((Ready.R if reads else 0) | (Ready.W if writes else 0)))
    except StopIteration as end:
        told: T = end.value
        return told


def is_dead(connection: psycopg.Connection[Any]) -> bool:
    """Whether an idle connection has ended: it has nothing to read unless the server has said good-bye."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def connected(engine: Engine) -> Connection:
    """A connection of an engine that nobody but the lane uses. To connect anew a thread is needed, and takes over."""
    pool = engine.pool
    has_idle = isinstance(pool, QueuePool) and pool.checkedin() > 0
    return engine.connect() if has_idle else lane.foremost(engine.connect)()


def connecting(*, in_lane: bool) -> Callable[..., psycopg.Connection[Any]]:
    """How an engine connects, as SQLAlchemy's event `do_connect` has it; in a lane to replace one that has ended."""
    kind = LaneConnection if in_lane else psycopg.Connection

    def connect(_dialect: object, _record: object, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        try:
            return kind.connect(*args, **options)
        except psycopg.Error as failure:
            # The library leaves the socket in a cycle with this error. Until somebody collected that, a database that
            # has stood still would take each of them for a client when it goes on.
            traceback.clear_frames(failure.__traceback__)
            raise

    return lane.foremost(connect) if in_lane else connect
