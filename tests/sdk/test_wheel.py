"""The SDK stands alone: its wheel installs into an empty environment, without the server, and imports lightly."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

SDK = Path(__file__).parents[2] / "client_sdk"
UV = Path(sys.executable).with_name("uv")
#: What a program pays for only when it makes a client or verifies a document.
HEAVY = {"httpx", "stamina", "tenacity", "anyio", "joserfc", "cryptography", "platformdirs", "asyncio", "tkinter"}
#: The ten lines of the README's guide need no more than this.
PROBE = """
import json, sys
import prolong
light = sorted({name.partition(".")[0] for name in sys.modules})
with prolong.Client("https://server.invalid", product="lab", product_version="1", store=prolong.MemoryStore(),
                    timeout=0.2, machine="fingerprint-0001") as client:
    try:
        client.check("code")
    except prolong.Unreachable:
        heavy = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"light": light, "heavy": heavy, "typed": prolong.__path__[0]}))
"""

#: A document is verified, and one of another signature is not.
VERIFY = """
import datetime, json, sys
from prolong import documents, errors
vectors = json.load(open(sys.argv[1], encoding="utf-8"))
now = datetime.datetime.fromtimestamp(vectors["now"], datetime.timezone.utc)
assert documents.verify(vectors["document"], vectors["keys"], now).seq == 3
try:
    documents.verify(vectors["document"][:-5] + "AAAAA", vectors["keys"], now)
except errors.BadSignature as error:
    print("wrong_signature is", type(error).__name__)
"""
VECTORS = SDK / "docs" / "vectors" / "license_document.json"


def run(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the tools of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, because the tools of the build leave their traces beside the sources.
    run("cp", "-r", SDK, folder / "sdk")
    run(UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", folder, folder / "sdk")
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, symlinks=True)
    found = folder / "bin" / "python"
    # What is fetched once is at hand, so nothing but the installing itself is timed below.
    run(UV, "pip", "install", "--quiet", "--python", found, *sources(wheel))
    return found


def test_it_installs_in_less_than_three_seconds(wheel: Path, python: Path, tmp_path: Path) -> None:
    # The processor's own time, because other programs on the machine are none of the SDK's; the clock's is reported.
    taken = sorted(installed_in(tmp_path / str(number), wheel) for number in range(2))
    print("installed in", ", ".join(f"{spent:.2f} s ({passed:.2f} s by the clock)" for spent, passed in taken))
    assert taken[0][0] < 3


def installed_in(folder: Path, wheel: Path) -> tuple[float, float]:
    venv.create(folder, symlinks=True)
    asked = sources(wheel)
    before = os.times()
    run(UV, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *asked)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, after.elapsed - before.elapsed


def sources(wheel: Path) -> list[str]:
    """The wheel and the index that pip knows, if it was given one."""
    told = run(sys.executable, "-m", "pip", "config", "list").splitlines()
    known = dict(line.partition("=")[::2] for line in told)
    flags = [("global.index-url", "--index-url"), ("global.extra-index-url", "--extra-index-url")]
    found = [(flag, url) for name, flag in flags for url in known.get(name, "").strip("'").split()]
    # As pip does: the indexes that this computer was given are equally trusted.
    return [str(wheel), "--index-strategy", "unsafe-best-match", *(word for pair in found for word in pair)]


def test_the_wheel_installs_alone_and_imports_lightly(python: Path, tmp_path: Path) -> None:
    found = json.loads(run(python, "-I", "-W", "error", "-c", PROBE))
    assert HEAVY.isdisjoint(found["light"])
    assert {"httpx", "stamina"} <= set(found["heavy"])
    assert "prolong_server" not in found["heavy"]
    assert Path(found["typed"], "py.typed").is_file()


def test_its_command_runs(python: Path) -> None:
    assert "register" in run(python.with_name("prolong"), "--help")


def test_it_imports_in_less_than_150_ms(python: Path) -> None:
    run(python, "-c", "import prolong")
    # The processor's own time, because other programs on the machine are none of the SDK's.
    timed = "import time; t = time.process_time(); import prolong; print(time.process_time() - t)"
    taken = sorted(float(run(python, "-c", timed)) for _ in range(9))
    print(f"imported in {taken[0] * 1000:.0f} ms, the median {taken[4] * 1000:.0f} ms")
    assert taken[0] < 0.15


def test_the_oldest_libraries_that_it_asks_for_will_do(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path, symlinks=True)
    python = tmp_path / "bin" / "python"
    run(UV, "pip", "install", "--quiet", "--resolution", "lowest-direct", "--python", python, *sources(wheel))
    found = json.loads(run(python, "-I", "-c", PROBE))
    assert {"httpx", "stamina"} <= set(found["heavy"])
    assert run(python, "-I", "-c", VERIFY, VECTORS).strip() == "wrong_signature is BadSignature"
