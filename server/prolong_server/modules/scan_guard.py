"""Where uploaded files are read: in short-lived processes with bounded memory and time, never in the server's own.

A *helper* is a program of its own that has loaded the libraries once; for each file it forks a process, which sets its
limits, reads that file and ends. The helper knows neither the environment nor the keys and tables of the server. What
it tells is taken as JSON and nothing more, for whatever reads a hostile file may have been taken over by it.
"""

import atexit
import json
import selectors
import subprocess
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Final

from prolong_server.modules.scan_jobs import WALL_SECONDS, Answer, Job
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import ScanFault

HELPERS: Final = 2
# How long an upload waits for a free helper, and how long a helper may take to load, beyond a file's own time.
PATIENCE_SECONDS: Final = 20.0
_ANSWER_BYTES: Final = 4096
_HOME: Final = str(Path(__file__).parents[1])
# The package is entered by its folder alone: its own first file would load the web, the tables and the keys.
_START: Final = """
import sys, types
package = types.ModuleType("prolong_server")
package.__path__ = [sys.argv[1]]
sys.modules["prolong_server"] = package
from prolong_server.modules import scan_helper
scan_helper.main()
"""


class Guard:
    """The helpers of this process: at most HELPERS, each made when it is first needed and kept."""

    def __init__(self, helpers: int = HELPERS) -> None:
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

    def _ask(self, job: Job) -> Answer:
        try:
            helper = self._idle.get(timeout=PATIENCE_SECONDS)
        except Empty:
            raise errors.TryAgain from None
        try:
            helper = helper or _Helper()
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

    def __init__(self) -> None:
        self._program = subprocess.Popen(  # noqa: S603 - no shell, nothing from outside
            [sys.executable, "-I", "-c", _START, _HOME],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
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
        return _answer(json.loads(told.readline(_ANSWER_BYTES)))

    def end(self) -> None:
        """End the program, at once, and forget it."""
        atexit.unregister(self.end)
        self._program.kill()
        self._program.wait()
        for pipe in (self._program.stdin, self._program.stdout):
            # A pipe that still holds a job for a dead helper says so when it is closed.
            try:
                _pipe(pipe).close()
            except BrokenPipeError:
                continue


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError
    return pipe


def _answer(told: Any) -> Answer:
    if not isinstance(told, dict):
        raise TypeError
    number, refused = told.get("number"), told.get("refused")
    return Answer(number if isinstance(number, int) else None, None if refused is None else ScanFault(refused))


GUARD: Final = Guard()
