"""The demo's processes end together, however the first of them ends; and a worker outlives its database."""

import json
import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from prolong_server.cli import serving
from tests import postgres as servers
from tests import waiting
from tests.cli import console
from tests.waiting import PATIENCE


def children(pid: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def sealed(data: Path, **settings: str) -> int:
    told = console.run(data, "audit", "verify", "--json", **settings)
    assert told.exit_code == 0
    return int(json.loads(told.stdout)["sealed"])


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
def test_the_demo_has_a_worker_and_all_its_processes_end_with_it(tmp_path, stop):
    data = tmp_path / "data"
    with console.serving(data, "demo", "--workers", "1") as (_base, process):
        waiting.until(lambda: sealed(data) >= 1)
        tree = children(process.pid)
        assert len(tree) >= 2
        process.send_signal(stop)
        process.wait(PATIENCE)
        waiting.until(lambda: not any(map(is_running, tree)))


def test_the_threads_of_a_worker_do_not_interrupt_each_other_and_it_may_have_many_connections(tmp_path):
    data = tmp_path / "data"
    assert console.run(data, "db", "upgrade").exit_code == 0
    with console.serving(data, "serve", "--workers", "1") as (_base, process):
        (worker,) = (one for one in children(process.pid) if "spawn_main" in Path(f"/proc/{one}/cmdline").read_text())
        policies = [os.sched_getscheduler(int(task.name)) for task in Path(f"/proc/{worker}/task").iterdir()]
        assert policies.count(os.SCHED_BATCH) == len(policies) > 1
        files, most = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        assert files == min(serving.CONNECTIONS + serving.FILES, most) or files > serving.CONNECTIONS


def test_a_worker_whose_database_goes_away_works_on_when_it_is_back(postgres_directory, tmp_path):
    server = servers.start(postgres_directory / "worked")
    try:
        data, url = tmp_path / "data", server.create("worked")
        settings = {"PROLONG_DATABASE_URL": url}
        assert console.run(data, "db", "upgrade", **settings).exit_code == 0
        add_staff(data, settings, "one")
        command = [str(console.PROGRAM), "work"]
        with (
            (tmp_path / "err").open("w") as err,
            subprocess.Popen(command, env=console.environment(data, **settings), stderr=err) as worker,
        ):
            try:
                waiting.until(lambda: sealed(data, **settings) >= 2)
                server.stop()
                waiting.until(lambda: '"error":"TryAgain"' in (tmp_path / "err").read_text())
                server.resume()
                add_staff(data, settings, "two")
                waiting.until(lambda: sealed(data, **settings) >= 4)
                assert worker.poll() is None
            finally:
                os.kill(worker.pid, signal.SIGTERM)
            assert worker.wait(PATIENCE) == 0
    finally:
        server.remove()


def add_staff(data: Path, settings: dict[str, str], name: str) -> None:
    added = console.run(data, "staff", "add", f"{name}@vendor.example", "--role", "auditor", "--token", **settings)
    assert added.exit_code == 0
