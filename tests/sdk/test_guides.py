"""The five-minute guides, line by line in a shell against a served demo, and the sample page in a real browser."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.cli import console
from tests.sdk import screen

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "client_sdk" / "docs"


@dataclass(frozen=True)
class Place:
    """The directory that a person stands in, with a demo that is served beside it; `pages` is a free port."""

    folder: Path
    server: str
    pages: int

    def blocks(self, guide: str, language: str) -> list[str]:
        """What is to be typed, with the addresses of this place."""
        found = re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / guide).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        here = [block.replace("http://127.0.0.1:8000", self.server) for block in found]
        return [block.replace("8080", str(self.pages)) for block in here]

    def environment(self, **more: str) -> dict[str, str]:
        home = {"HOME": str(self.folder), "XDG_DATA_HOME": "", "XDG_STATE_HOME": ""}
        return {**console.environment(self.folder / "prolong-data"), **home, **more}

    def type(self, guide: str) -> str:
        """What a person sees who pastes every line of the guide."""
        trap = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"
        lines = "\n".join([trap, *self.blocks(guide, "sh")])
        return self.run(
            "bash", "-eu", "-o", "pipefail", "-c", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{lines}"
        )

    def run(self, *words: str, **more: str) -> str:
        told = {"cwd": self.folder, "env": self.environment(**more), "timeout": 180}
        ended = subprocess.run(words, capture_output=True, text=True, check=False, **told)  # type: ignore[call-overload]
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return str(ended.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("guides")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "client_sdk").symlink_to(ROOT / "client_sdk")
    with console.serving(folder / "prolong-data", "demo", "--workers", "1") as (base, _process):
        yield Place(folder, base, console.free_port())


@pytest.fixture(scope="module")
def partner(place: Place) -> str:
    return place.type("partners.md")


def test_a_product_developer_who_types_the_guide_sees_what_it_says(place: Place) -> None:
    shown = place.type("product-developers.md")
    first, second = re.findall(r"^Renewed through (\S+) (.*)\nvalid \d+$", shown, re.MULTILINE)
    assert (first[0], first[1], second) == (second[0], "", (first[0], "(told before)"))
    assert "Buy a new license: https://bulwark.example/buy\nvalid" in shown
    assert "True valid\nCheck the connection to the internet and try again later." in shown
    assert "Renewed. The license runs through" in shown
    assert '{"valid": true, "code": "VALID"' in shown


def test_the_guides_programs_run_as_they_stand(place: Place) -> None:
    window, form = place.blocks("product-developers.md", "python")
    with screen.opened() as display:
        place.run(
            sys.executable,
            "-c",
            window.replace("root.mainloop()", "root.after(300, root.destroy)\nroot.mainloop()"),
            DISPLAY=display,
        )
    assert place.run(sys.executable, "-c", form).startswith("Код ще неповний")


def test_ten_lines_are_ten_lines() -> None:
    [lines] = re.findall(
        r"ten\.py <<'PYTHON'\n(.*?)^PYTHON$", (DOCS / "product-developers.md").read_text("utf-8"), re.M | re.S
    )
    assert len([line for line in lines.splitlines() if line and "import" not in line]) <= 10


def test_a_partner_who_types_the_guide_sees_what_it_says(partner: str) -> None:
    shown = partner
    assert re.search(r"bought\.csv: 161 bytes\. Keep it safe", shown)
    assert re.search(r"^ord_\w+  \S+  5 x bulwark home renewal, 2360\.00 UAH, confirmed", shown, re.MULTILINE)
    assert re.search(r"^issued, order ord_", shown, re.MULTILINE)
    assert "Voided: 1" in shown
    assert "issued Counts(issued=2, redeemed=0, voided=0)" in shown
    assert "evt_1 code.voided 3\nCompare the secret" in shown


@contextmanager
def browsing() -> Iterator[Page]:
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or "chromium"
        args = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=args)
        yield browser.new_page(locale="en-US")
        browser.close()


@contextmanager
def sample_page(place: Place) -> Iterator[str]:
    """The sample as the guide serves it, for the demo's address."""
    folder = place.folder / "partner-page"
    shutil.copytree(ROOT / "client_sdk" / "examples" / "partner-page", folder)
    page = folder / "index.html"
    page.write_text(page.read_text("utf-8").replace("http://127.0.0.1:8000", place.server), "utf-8")
    words = ["-m", "http.server", str(place.pages), "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield f"http://127.0.0.1:{place.pages}/"
        finally:
            server.terminate()


@pytest.mark.usefixtures("partner")
def test_the_sample_page_renews_a_license_in_a_real_browser(place: Place) -> None:
    code = (place.folder / "prolong-data" / "bought.csv").read_text().splitlines()[2]
    with sample_page(place) as address, browsing() as page:
        page.goto(address)
        page.get_by_label("Code", exact=True).fill(code)
        page.get_by_role("button", name="Check the code").click()
        page.get_by_label("License key").fill("DEMO-HOME-RUNNING")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Renew the license").click()
        expect(page.locator("#thanks")).to_contain_text("Thank you! Your license now runs through", timeout=20_000)
