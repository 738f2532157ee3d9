"""The README's sections for dealers and developers, line by line in a shell, against a served demo."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import console
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SECTIONS = ("A dealer", "A product developer")
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^## ([^:\n]+)[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def script() -> str:
    """The shell lines of the sections, in the order in which they stand."""
    told = dict(_SECTION.findall((ROOT / "README.md").read_text("utf-8")))
    return "\n".join(block for name in SECTIONS for block in _BLOCK.findall(told[name]))


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> str:
    """What a person sees who pastes every line into a terminal beside a running demo."""
    place = tmp_path_factory.mktemp("readme")
    (place / ".venv").symlink_to(sys.prefix)
    with console.serving(place / "prolong-data", "demo", "--workers", "1") as (base, _process):
        lines = script().replace("http://127.0.0.1:8000", base).replace("9000", str(console.free_port()))
        trap = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
        ended = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", trap + lines],
            cwd=place,
            env=console.environment(place / "prolong-data"),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_code_is_checked_redeemed_and_the_same_receipt_told_again(shown):
    assert re.findall(r"^HTTP (\d{3})$", shown, re.MULTILINE) == ["200", "200", "201", "200"]


def test_a_dealer_sees_its_sales_its_leads_and_its_account_and_gets_a_signed_message(shown):
    assert '"state":"issued"' in shown
    assert '"redeemed":' in shown
    assert ",GRACE,bulwark,home,1,UA," in shown
    assert "opening_balance" in shown
    assert re.search(r"^order\.issued \{'order': 'ord_\w+'", shown, re.MULTILINE)


def test_the_sdk_renews_and_verifies_what_it_was_given(shown):
    assert re.search(r"^VALID 20\d\d-\d\d-\d\d$", shown, re.MULTILINE)
    assert re.search(r"^20\d\d-\d\d-\d\d VALID ", shown, re.MULTILINE)
