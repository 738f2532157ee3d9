"""The suite's own promises, tried on suites of one file: in one process as in two."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import unskipped

ROOT = Path(__file__).parents[1]
SKIPPED_TEST = "import pytest\n\ndef test_it():\n    pytest.skip('no browser here')\n"
SKIPPED_MODULE = "import pytest\n\npytest.skip('no browser here', allow_module_level=True)\n"
EXPECTED_FAILURE = "import pytest\n\n@pytest.mark.xfail(strict=True)\ndef test_it():\n    raise ValueError\n"


def ended(folder: Path, text: str, processes: int, **environment: str) -> tuple[bool, str]:
    """Whether pytest was content with a file of this text, and its closing line."""
    (folder / "test_file.py").write_text(text)
    (folder / "none.ini").touch()
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", unskipped.__name__, "-c", "none.ini"]
    told = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    told |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment
    run = [*command, "-n", str(processes), "--dist", "loadfile"]
    done = subprocess.run(run, env=told, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode == pytest.ExitCode.OK, done.stdout.splitlines()[-1]


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize(("text", "told"), [(SKIPPED_TEST, "1 failed"), (SKIPPED_MODULE, "1 error")])
def test_in_ci_what_is_skipped_has_failed(tmp_path, text, told, processes):
    content, line = ended(tmp_path, text, processes, CI="true")
    assert not content
    assert told in line


def test_elsewhere_what_is_skipped_is_told(tmp_path):
    content, line = ended(tmp_path, SKIPPED_TEST, 0)
    assert "1 skipped" in line
    assert content


def test_a_failure_that_is_expected_is_not_a_skip(tmp_path):
    content, line = ended(tmp_path, EXPECTED_FAILURE, 2, CI="true")
    assert "1 xfailed" in line
    assert content
