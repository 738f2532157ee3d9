"""The program as `make bench` runs it, for a few seconds: it measures, reconciles, keeps its findings, tidies up."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks import results

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may walk through: started by root, PostgreSQL runs under a user of its own."""
    with tempfile.TemporaryDirectory(prefix="prolong-test-") as name:
        Path(name).chmod(0o755)
        (Path(name) / "tmp").mkdir(mode=0o755)
        yield Path(name)


def started(folder: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks", "--results", str(folder / "results"), *words]
    told = os.environ | {"TMPDIR": str(folder / "tmp")}
    return subprocess.Popen(command, env=told, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def left_of(folder: Path) -> list[str]:
    """Files below the folder for what passes, and processes that work in it."""
    marker = str(folder / "tmp")
    # Whatever was started has inherited where its temporary files are to be, or is told so in its arguments.
    told = psutil.process_iter(["name", "cmdline", "environ"])
    lines = [f"{each.info['name']} {each.info['cmdline']} {each.info['environ']}" for each in told]
    return [line for line in lines if marker in line] + os.listdir(marker)


def test_a_redemption_is_measured_against_postgresql_reconciled_and_kept(folder):
    process = started(folder, "--only", "redemption", "--pairs", "40000", "--rounds", "1", "--seconds", "1")
    told, _ = process.communicate(timeout=300)
    assert process.returncode == 0, told
    assert "every 201 is a row" in told
    found = results.read(folder / "results")["redemption"]
    figures = {figure.name: figure.median for figure in found.findings.figures}
    assert figures["statements for one that read or write"] > 0
    assert figures["at 64 connections, to `c`"] > 0
    assert left_of(folder) == []


def test_a_run_that_is_stopped_by_ctrl_c_leaves_nothing_behind(folder):
    process = started(folder, "--only", "growth", "--sizes", "500", "1000", "--rounds", "50")
    assert process.stdout is not None
    for line in process.stdout:
        if "1000 codes and licenses" in line:
            break
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=120)
    assert process.returncode not in {0, None}
    assert left_of(folder) == [], told
    assert not (folder / "results").exists()
