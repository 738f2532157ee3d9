"""The load test as `make load` runs it, for a few seconds; locust is a process of its own environment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_load_is_seeded_run_reconciled_and_judged_by_its_thresholds(tmp_path):
    settings = {"SHAPE": "smoke", "USERS": "14", "PACE": "0.3", "MAX_MILLISECONDS": "0"}
    told = os.environ | {f"PROLONG_LOAD_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "loadtests", "--report", str(tmp_path)]
    done = subprocess.run(command, env=told, cwd=ROOT, capture_output=True, text=True, timeout=300)
    lines = done.stdout.splitlines()
    assert "Verdict: not good." in lines, done.stdout + done.stderr
    reasons = [line for line in lines if line.startswith("  ") and ": p95 " in line]
    journeys = {reason.split(":")[0].strip() for reason in reasons}
    assert journeys == {"dealer", "guesser", "redeemer", "replayer", "validator"}
    assert not [
        line for line in lines if "of the requests failed" in line or ("spent twice." in line and "codes" in line)
    ]
    assert "Every 201 is a row, and nothing was spent twice." in done.stdout
    assert "The load test is failed" in done.stdout
    assert done.returncode == 1
    assert "<html" in (tmp_path / "report.html").read_text("utf-8")
