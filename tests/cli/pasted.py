"""The shell lines of a page, pasted into a terminal beside a running demo, as a reader would."""

import re
import subprocess
import sys
from pathlib import Path

from tests.cli import console
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TRAP = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"


def blocks(text: str) -> list[str]:
    """The blocks of shell lines of a page, in their order."""
    return _BLOCK.findall(text)


def shown(place: Path, script: str) -> str:
    """What a person sees who pastes these lines in the directory `place`, in which the demo keeps its data."""
    (place / ".venv").symlink_to(sys.prefix)
    with console.serving(place / "prolong-data", "demo", "--workers", "1") as (base, _process):
        lines = script.replace("http://127.0.0.1:8000", base).replace("9000", str(console.free_port()))
        ended = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", _TRAP + lines],
            cwd=place,
            env=console.environment(place / "prolong-data"),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
