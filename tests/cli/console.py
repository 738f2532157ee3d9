"""The program as a person runs it: real processes, a free port, real requests."""

import http.client
import itertools
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import stamina
import structlog
from click.testing import CliRunner, Result

from prolong_server.cli import main
from tests.waiting import PATIENCE

PROGRAM = Path(sys.executable).with_name("prolong-server")
# Below the ports that the system hands out by itself, and for each process of the tests a stretch of its own.
_ports = itertools.count(10_000 + os.getpid() % 500 * 40)
_LINE = re.compile(r"^# (?P<about>.+) -> (?P<status>\d{3})(?: (?P<word>\w+))?\n(?P<command>curl .+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of demo.txt: what it says that it is answered with, and the command."""

    about: str
    status: int
    word: str | None
    command: str


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The environment of a program that keeps its data in `data` and knows no other setting."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROLONG_")}
    return kept | {"PROLONG_DATA_DIR": str(data)} | settings


def run(data: Path, *words: str, **settings: str) -> Result:
    """Run a command to its end, as in a process of its own."""
    unset: dict[str, str | None] = {name: None for name in os.environ if name.startswith("PROLONG_")}
    before = os.umask(0o077)
    try:
        return CliRunner().invoke(main, words, env=unset | {"PROLONG_DATA_DIR": str(data)} | settings)
    finally:
        os.umask(before)
        # A program sets up the log of its process, which here is that of all tests.
        structlog.reset_defaults()


def free_port() -> int:
    """A port that nobody listens at, and that nobody else is given before a server has started there."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def is_listening(port: int) -> bool:
    """Whether somebody listens at a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@contextmanager
def serving(data: Path, *words: str, **settings: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A command that serves: its address and its process, which is stopped at the end if it still runs."""
    port = free_port()
    command = [str(PROGRAM), *words, "--port", str(port)]
    told = environment(data, **settings)
    with (
        (data.parent / "out").open("w") as out,
        (data.parent / "err").open("w") as err,
        subprocess.Popen(command, env=told, stdout=out, stderr=err, text=True) as process,
    ):
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(base, process)
            yield base, process
        finally:
            process.terminate()
            process.wait(PATIENCE)


@stamina.retry(on=OSError, attempts=None, timeout=PATIENCE, wait_initial=0.05, wait_max=0.2)
def wait_for(base: str, process: "subprocess.Popen[str]") -> None:
    """Wait until the server answers; at once when its process has ended."""
    assert process.poll() is None, "the server ended before it served"
    # Not by httpx, which loads every certificate of the system each time: that would starve who is waited for.
    with closing(http.client.HTTPConnection(base.removeprefix("http://"), timeout=PATIENCE)) as wire:
        wire.request("GET", "/healthz")
        assert wire.getresponse().status == 200


def lines(text: str) -> list[Shown]:
    """The lines of a demo.txt."""
    return [Shown(at["about"], int(at["status"]), at["word"], at["command"]) for at in _LINE.finditer(text)]


def send(command: str) -> httpx.Response:
    """Do what a `curl` command of the demo does."""
    words = iter(shlex.split(command)[1:])
    url, headers, data = "", {}, None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words).encode()
        elif word == "-w":
            next(words)
        elif not word.startswith("-"):
            url = word
    return httpx.request("GET" if data is None else "POST", url, headers=headers, content=data, timeout=PATIENCE)
