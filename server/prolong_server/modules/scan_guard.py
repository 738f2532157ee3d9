"""Where uploaded files are read: in short-lived processes with bounded memory and time, never in the server's own.

A *helper* is a program of its own that has loaded the libraries once; for each file it forks a process, which sets its
limits, reads that file and ends. The helper knows neither the environment nor the keys and tables of the server. What
it tells is taken as JSON and nothing more, for whatever reads a hostile file may have been taken over by it.
"""

import atexit
import os
import selectors
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Final

from prolong_server.modules.scan_jobs import ANSWER_BYTES, PROCESSOR_SECONDS, WALL_SECONDS, Answer, Job
from prolong_server.rules import errors

HELPERS: Final = 2
# How long an upload waits for a free helper, and how long a helper may take to load, beyond a file's own time.
PATIENCE_SECONDS: Final = 20.0
_HOME: Final = str(Path(__file__).parents[1])
# The package is entered by its folder alone: its own first file would load the web, the tables and the keys.
_START: Final = """
import sys, types
package = types.ModuleType("prolong_server")
package.__path__ = [sys.argv[1]]
sys.modules["prolong_server"] = package
from prolong_server.modules import scan_helper
scan_helper.main(int(sys.argv[2]))
"""


class Guard:
    """So many helpers at most, each made when it is first needed and kept; a file gets so much processor time."""

    def __init__(self, helpers: int = HELPERS, processor_seconds: int = PROCESSOR_SECONDS) -> None:
        self._processor_seconds = processor_seconds
        self._idle: SimpleQueue[_Helper | None] = SimpleQueue()
        for _ in range(helpers):
            self._idle.put(None)

    def run(self, job: Job) -> int:
        """Do the job; the number that it answers (pages). Raises ScanRefused, NotFound (no such page) or TryAgain."""
        answer = self._ask(job)
        if answer.refused is not None:
            raise errors.ScanRefused(answer.refused)
        if answer.number is None:
            raise errors.NotFound
        return answer.number

    def close(self) -> None:
        """End the helpers that are idle; a job that comes later makes a new one."""
        for helper in [self._idle.get() for _ in range(self._idle.qsize())]:
            if helper is not None:
                helper.end()
            self._idle.put(None)

    def _ask(self, job: Job) -> Answer:
        try:
            helper = self._idle.get(timeout=PATIENCE_SECONDS)
        except Empty:
            raise errors.TryAgain from None
        try:
            helper = helper or _Helper(self._processor_seconds)
            return helper.ask(job)
        except (OSError, ValueError) as failure:
            if helper is not None:
                helper.end()
            helper = None
            raise errors.TryAgain from failure
        finally:
            self._idle.put(helper)


class _Helper:
    """One helper program and the two pipes to it."""

    def __init__(self, processor_seconds: int) -> None:
        self._program = subprocess.Popen(  # noqa: S603 - no shell, nothing from outside
            [sys.executable, "-I", "-c", _START, _HOME, str(processor_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
        atexit.register(self.end)

    def ask(self, job: Job) -> Answer:
        """Raises OSError or ValueError when the helper is gone, silent or speaks nonsense."""
        to, told = _pipe(self._program.stdin), _pipe(self._program.stdout)
        to.write(job.written())
        to.flush()
        with selectors.DefaultSelector() as waiting:
            waiting.register(told, selectors.EVENT_READ)
            if not waiting.select(WALL_SECONDS + PATIENCE_SECONDS):
                raise TimeoutError
        return Answer.read(told.readline(ANSWER_BYTES))

    def end(self) -> None:
        """End the program and what it has forked, at once, and forget it."""
        atexit.unregister(self.end)
        with suppress(ProcessLookupError):
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()
        for pipe in (self._program.stdin, self._program.stdout):
            # A pipe that still holds a job for a dead helper says so when it is closed.
            with suppress(BrokenPipeError):
                _pipe(pipe).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError
    return pipe


GUARD: Final = Guard()
