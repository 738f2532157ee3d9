"""Fixtures that every test may use: a real PostgreSQL, and a fresh migrated database in it."""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests import postgres as servers

_numbers = itertools.count(1)
AnyReport = TypeVar("AnyReport", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In CI a skipped test has failed: what is not run proves nothing."""
    report = yield
    return _without_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """In CI a skipped module has failed, too."""
    report = yield
    return _without_skip(report)


def _without_skip(report: AnyReport) -> AnyReport:
    expected_to_fail = hasattr(report, "wasxfail")
    if os.environ.get("CI") and report.skipped and not expected_to_fail:
        report.outcome = "failed"
        report.longrepr = f"Skipped, which CI does not allow: {report.longrepr}"
    return report


def migrate(url: str, directory: Path) -> None:
    """Bring the database at `url` to the newest tables, as an operator does; made keys go to `directory`."""
    program = Path(sys.executable).with_name("prolong-server")
    settings = {"PROLONG_DATABASE_URL": url, "PROLONG_DATA_DIR": str(directory)}
    subprocess.run([program, "db", "upgrade"], env=os.environ | settings, check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def postgres_directory() -> Iterator[Path]:
    """A short path for servers: a Unix socket's path must fit into about a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="prolong-") as folder:
        yield Path(folder).resolve()


@pytest.fixture(scope="session")
def postgres(postgres_directory: Path) -> Iterator[servers.Postgres]:
    """The PostgreSQL of this run, asked where its data is before anything is written to it."""
    server = servers.start(postgres_directory / "main")
    try:
        assert Path(server.show("data_directory")).is_relative_to(postgres_directory)
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_template(postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database, made once, of which every test gets a copy."""
    migrate(postgres.create("prolong_template"), tmp_path_factory.mktemp("keys"))
    return "prolong_template"


@pytest.fixture
def postgres_url(postgres: servers.Postgres, postgres_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated database of this test alone."""
    name = f"prolong_{next(_numbers)}"
    yield postgres.create(name, postgres_template)
    postgres.drop(name)
