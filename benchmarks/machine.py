"""The machine that a result was measured on, named so that a reader can tell what the numbers mean."""

import os
import platform
import re
import shutil
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import load
from tests import postgres

_SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
    "checkpoint_timeout",
)
ROOT = Path(__file__).parents[1]


def described() -> dict[str, Any]:
    """Processor, memory, system, versions, the commit, and how busy the machine was with other work."""
    return {
        "processor": _found(r"^model name\s*: (.+)$", Path("/proc/cpuinfo")),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_found(r"^MemTotal:\s+(\d+) kB$", Path("/proc/meminfo"))) / 1024**2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "granian": version("granian"),
        "sqlalchemy": version("sqlalchemy"),
        "load_generator": "wrk" if load.has_wrk() else "benchmarks.generator",
        "load_average_before": round(os.getloadavg()[0], 2),
        "commit": _commit(),
    }


def postgres_described(server: postgres.Postgres) -> dict[str, str]:
    """Version and settings of PostgreSQL that decide how fast it is, as it tells them itself."""
    return {name: server.show(name) for name in _SETTINGS}


def _found(pattern: str, file: Path) -> str:
    match = re.search(pattern, file.read_text(), re.MULTILINE)
    return match[1] if match else "0"


@cache
def _commit() -> str:
    # Once for a run: what the run itself writes does not make the source another one.
    git = shutil.which("git")
    if git is None:
        return "unknown"
    told = subprocess.run(
        [git, "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"
