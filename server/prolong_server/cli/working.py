"""The worker: every job in a thread of its own, so that one that waits for the network keeps no other from its work."""

import multiprocessing
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import copy_context
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext
from threading import Event, Thread
from time import perf_counter
from typing import Final

from prolong_server.api import request_log
from prolong_server.cli import house, job_log, jobs
from prolong_server.cli.house import House
from prolong_server.cli.jobs import Job
from prolong_server.config import Settings
from prolong_server.keyring import KeysBehind

LONGEST_PAUSE: Final = 300.0
STOP_SECONDS: Final = 30


def once(opened: House, tasks: Sequence[Job]) -> tuple[str, ...]:
    """Do every job until nothing is left for it; the names of those that failed, which keep no other from its turn."""
    failed = []
    for job in tasks:
        done: int | None = 1
        while done:
            done = attempt(opened, job)
        if done is None:
            failed.append(job.name)
    return tuple(failed)


def run(opened: House, tasks: Sequence[Job]) -> None:
    """Do every job again and again until SIGTERM, SIGINT or the end of the process that has spawned this one.

    What has begun is finished: the batch that runs, not all that waits.
    """
    stop = Event()
    with _ending() as ends:
        # A copy of the context brings the application, and with it the database, into the thread.
        threads = [Thread(target=copy_context().run, args=(_keep_at, opened, job, stop)) for job in tasks]
        for thread in threads:
            thread.start()
        wait(ends)
        stop.set()
        for thread in threads:
            thread.join()


def attempt(opened: House, job: Job) -> int | None:
    """One batch of a job: how many things it did, or None when it failed, which is logged without what it held."""
    began = perf_counter()
    try:
        done = _carry_out(opened, job)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and tried again after a pause
        job_log.failed(job.name, error)
        return None
    if done:
        job_log.did(job.name, done, round((perf_counter() - began) * 1000, 2))
    return done


def pause(job: Job, done: int | None, failures: int) -> float:
    """The seconds until a job's next batch; after failures twice as long each time, up to five minutes."""
    if done is None:
        return min(LONGEST_PAUSE, 2.0 ** min(failures, 16))
    return 0.0 if done >= job.full else job.every


@contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """A worker in a process of its own while the block runs. It notices by itself when this process is killed."""
    context: SpawnContext = multiprocessing.get_context("spawn")
    process = context.Process(target=_spawned, args=(settings,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(STOP_SECONDS)


def _spawned(settings: Settings) -> None:
    request_log.configure()
    with house.opened(settings) as opened:
        run(opened, jobs.of(settings))


def _keep_at(opened: House, job: Job, stop: Event) -> None:
    failures = 0
    while not stop.is_set():
        done = attempt(opened, job)
        failures = failures + 1 if done is None else 0
        stop.wait(pause(job, done, failures))


def _carry_out(opened: House, job: Job) -> int:
    try:
        return job.run(opened.call("job"))
    except KeysBehind as behind:
        opened.keys.refresh_if_behind(behind.known)
        return job.run(opened.call("job"))


@contextmanager
def _ending() -> Iterator[list[socket.socket | int]]:
    """What becomes readable when this process is to end."""
    # A handler that sets an event could come while its own thread holds the event's lock; a byte in a socket cannot.
    told, telling = socket.socketpair()
    with closing(told), closing(telling):
        telling.setblocking(False)
        before = signal.set_wakeup_fd(telling.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        parent = multiprocessing.parent_process()
        try:
            yield [told, parent.sentinel] if parent else [told]
        finally:
            signal.set_wakeup_fd(before)
