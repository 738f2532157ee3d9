"""Processes that call services, started together, and killed where a test wants it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from tests.waiting import PATIENCE


class Child:
    """One process of `tests.child`; `give` hands it jobs, `answers` reads what it was told, `kill` ends it at once."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.child", url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._read() == "ready"

    def give(self, jobs: Sequence[Sequence[Any]]) -> None:
        """Hand over jobs; the child begins at once."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(json.dumps(job) + "\n" for job in jobs))
        self._process.stdin.flush()

    def answers(self, count: int) -> list[str]:
        """The next `count` answers."""
        return [self._read() for _ in range(count)]

    def kill_after(self, seconds: float) -> list[str]:
        """SIGKILL the child after so many seconds and return what it had answered until then."""
        timer = threading.Timer(seconds, os.kill, (self._process.pid, signal.SIGKILL))
        timer.start()
        assert self._process.stdout is not None
        told = [json.loads(line) for line in self._process.stdout if line.endswith("\n")]
        timer.join()
        self.close()
        return told

    def close(self) -> None:
        """Wait until it is gone."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait(PATIENCE)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return str(json.loads(self._process.stdout.readline()))
