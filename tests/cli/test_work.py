"""The worker: every job, again and again; no failure of one keeps another from its work."""

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import IO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.cli import house, jobs, working
from prolong_server.cli.jobs import Job
from prolong_server.config import Settings
from prolong_server.keyring import KeysBehind
from prolong_server.models.webhooks import WebhookEndpoint
from prolong_server.operations import sealing, webhook_endpoints
from prolong_server.operations.webhook_endpoints import EndpointSpec
from tests import waiting
from tests.cli import console
from tests.conftest import key_text
from tests.waiting import PATIENCE


@pytest.fixture
def chosen(database_url, tmp_path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        secret_keys=(key_text(b"s"),),
        code_keys=(key_text(b"c"),),
        signing_keys=(key_text(b"k"),),
    )


def counting(down_from: int) -> Callable[[Call], int]:
    """A job that has so many things to do, one at a time."""
    left = [down_from]

    def run(_call: Call) -> int:
        left[0] -= 1
        return 1 if left[0] >= 0 else 0

    return run


def once_noting(done: list[str]) -> Callable[[Call], int]:
    """A job that notes that its turn came, and has nothing to do."""

    def run(_call: Call) -> int:
        done.append("after")
        return 0

    return run


def failing(_call: Call) -> int:
    raise ZeroDivisionError("secret words that belong in no log")


def test_once_does_every_job_until_nothing_is_left_and_names_those_that_failed(chosen):
    done: list[str] = []
    with house.opened(chosen) as opened:
        after = Job("after", 1, once_noting(done))
        failed = working.once(opened, [Job("many", 1, counting(5)), Job("bad", 1, failing), after])
    assert failed == ("bad",)
    assert done == ["after"]


def test_each_batch_is_a_call_of_its_own_by_the_system(chosen):
    calls: list[Call] = []

    def run(call: Call) -> int:
        calls.append(call)
        return 1 if len(calls) < 3 else 0

    with house.opened(chosen) as opened:
        working.once(opened, [Job("seen", 1, run)])
    assert len({call.request_id for call in calls}) == 3
    assert all(call.request_id.startswith("job-") and call.actor.kind == "system" for call in calls)
    assert calls[0].now < calls[1].now < calls[2].now


def test_keys_that_were_rotated_beside_the_worker_are_loaded_and_the_job_done_again(chosen):
    asked: list[frozenset[int]] = []

    def run(call: Call) -> int:
        asked.append(frozenset(key.id for key in call.keys.codes))
        if len(asked) == 1:
            raise KeysBehind(frozenset())
        return 0

    with house.opened(chosen) as opened:
        assert working.attempt(opened, Job("behind", 1, run)) == 0
    assert len(asked) == 2


def test_pauses_after_failures_grow_to_five_minutes_and_end_with_the_first_success():
    job = Job("any", 3600, failing, full=10)
    pauses = [working.pause(job, None, failures) for failures in (1, 2, 3, 8, 9, 500)]
    assert pauses == [2, 4, 8, 256, 300, 300]
    assert working.pause(job, 0, 0) == working.pause(job, 9, 0) == 3600
    assert working.pause(job, 10, 0) == 0


def test_every_job_has_a_name_of_its_own_and_a_pause(chosen):
    listed = jobs.of(chosen)
    assert len({job.name for job in listed}) == len(listed)
    assert all(job.every >= 1 and job.full >= 1 for job in listed)


def test_on_an_empty_house_no_job_has_anything_to_do(chosen):
    with house.opened(chosen) as opened:
        assert working.once(opened, jobs.of(chosen)) == ()
        assert [job.run(opened.call()) for job in jobs.of(chosen)] == [0] * len(jobs.of(chosen))


def test_a_failure_is_logged_by_its_kind_and_place_and_without_its_words(tmp_path):
    data = tmp_path / "data"
    console.run(data, "db", "upgrade")
    code = (
        "import sys; from prolong_server.api import request_log; from prolong_server.cli import house, working;"
        "from prolong_server.cli.jobs import Job; from tests.cli.test_work import failing\n"
        "request_log.configure()\n"
        "with house.opened() as opened: working.once(opened, [Job('bad', 1, failing)])"
    )
    environment = console.environment(data) | {"PYTHONPATH": os.getcwd()}
    command = [str(console.PROGRAM.with_name("python")), "-W", "ignore", "-c", code]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    line = json.loads(ended.stderr.splitlines()[-1])
    assert (line["job"], line["error"], line["event"]) == ("bad", "ZeroDivisionError", "job_failed")
    assert line["places"][-1].endswith(" failing")
    assert "secret words" not in ended.stderr


@contextmanager
def worker(data, stderr: int | IO[str] = subprocess.PIPE, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """A worker of its own, which is ended at the end."""
    command = [str(console.PROGRAM), "work"]
    with subprocess.Popen(command, env=console.environment(data, **settings), stderr=stderr, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE)


def sealed(data, **settings: str) -> int:
    told = console.run(data, "audit", "verify", "--json", **settings)
    assert told.exit_code == 0, told.output
    return int(json.loads(told.stdout)["sealed"])


def seals(data, number: int) -> bool:
    return sealed(data) == number


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_works_by_itself_and_a_signal_ends_it_soon(tmp_path, stop):
    data = tmp_path / "data"
    console.run(data, "db", "upgrade")
    console.run(data, "staff", "add", "one@vendor.example", "--role", "auditor", "--token")
    with worker(data) as process:
        waiting.until(lambda: sealed(data) == 2)
        process.send_signal(stop)
        assert process.wait(PATIENCE) == 0


def run_until(opened: house.House, tasks: list[Job], stop: threading.Event) -> None:
    """Run the jobs in this process, as `work` does, until `stop` is set: then a signal comes."""

    def kill() -> None:
        stop.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    killer = threading.Thread(target=kill)
    # With a handler of its own the signal ends nothing else, should it come too early.
    signal.signal(signal.SIGTERM, lambda *_: None)
    killer.start()
    try:
        working.run(opened, tasks)
    finally:
        killer.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_signal_waits_for_the_batch_that_runs_and_no_further_one_begins(chosen):
    begun, ended = threading.Event(), []

    def long(_call: Call) -> int:
        begun.set()
        threading.Event().wait(0.3)
        ended.append(1)
        return 1

    with house.opened(chosen) as opened:
        run_until(opened, [Job("long", 1, long)], begun)
    assert len(ended) == 1


def test_a_job_that_fails_always_stops_no_other(chosen):
    enough, seen = threading.Event(), []

    def good(_call: Call) -> int:
        seen.append(1)
        if len(seen) == 20:
            enough.set()
        return 1

    with house.opened(chosen) as opened:
        run_until(opened, [Job("bad", 1, failing), Job("good", 1, good)], enough)
    assert len(seen) >= 20


@pytest.mark.parametrize("words", [[], ["--once"]])
def test_a_worker_starts_only_where_tables_and_keys_are_there(tmp_path, words):
    ended = console.run(tmp_path / "new", "work", *words)
    assert ended.exit_code == 1
    assert "prolong-server db upgrade" in ended.stderr
    data = tmp_path / "data"
    console.run(data, "db", "upgrade")
    console.run(data, "keys", "list")
    next((data / "keys").glob("signing*")).unlink()
    ended = console.run(data, "work", *words)
    assert ended.exit_code == 1
    assert "signing key" in ended.stderr


def test_once_with_a_job_that_failed_ends_with_1_and_names_it(tmp_path):
    data = tmp_path / "data"
    console.run(data, "db", "upgrade")
    console.run(data, "staff", "add", "one@vendor.example", "--role", "auditor", "--token")
    assert console.run(data, "work", "--once").exit_code == 0
    console.run(data, "staff", "add", "two@vendor.example", "--role", "auditor", "--token")
    connection = sqlite3.connect(data / "prolong.db")
    connection.execute("DELETE FROM audit_heads")
    connection.commit()
    connection.close()
    ended = console.run(data, "work", "--once")
    assert ended.exit_code == 1
    assert "audit_chain.seal" in ended.stderr


def test_a_log_that_cannot_be_written_ends_no_job(tmp_path):
    data = tmp_path / "data"
    console.run(data, "db", "upgrade")
    with open("/dev/full", "w") as full, worker(data, stderr=full):
        for number in (1, 2):
            console.run(data, "staff", "add", f"{number}@vendor.example", "--role", "auditor", "--token")
            waiting.until(partial(seals, data, 2 * number))


def test_the_jobs_seal_the_secrets_of_endpoints_under_the_newest_key(chosen):
    with house.opened(chosen) as opened:
        webhook_endpoints.create(opened.call(), EndpointSpec("https://hooks.example/", ("code.voided",)))
    rotated = replace(chosen, secret_keys=(key_text(b"n"), *chosen.secret_keys))
    with house.opened(rotated) as opened:
        secrets = opened.call().keys.secrets
        assert working.once(opened, jobs.of(rotated)) == ()
        with Session(db.db.engine) as session:
            newest = sealing.is_under(WebhookEndpoint.secret, secrets[0])
            assert len(session.scalars(select(WebhookEndpoint).where(newest)).all()) == 1
