"""What a redemption costs beside time: processor seconds of process trees, memory, write-ahead log, statements."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.stage import Stage, connected

_STATEMENT = re.compile(r"^prolong\|LOG: +(?:statement|execute [^:]*): (?P<text>.*)$", re.MULTILINE)
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass(frozen=True, slots=True)
class LogBytes:
    """Bytes of the write-ahead log: of records, and of whole pages, each at its first change after a checkpoint."""

    records: int
    pages: int


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def family(pid: int) -> list[psutil.Process]:
    """The process and all that descend from it."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """Processor seconds of the process and its descendants until now, those that have ended included."""
    total = 0.0
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def peak_megabytes(pid: int) -> float:
    """The greatest memory that the largest process of the family has had resident, in MB of 2^20 bytes."""
    peaks = [_peak(process) for process in family(pid)]
    return max(peaks) / 1024


def _peak(process: psutil.Process) -> int:
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def forget_peaks(pid: int) -> None:
    """Let the peaks of the family begin anew from what is resident now."""
    for process in family(pid):
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def postmaster(stage: Stage) -> int:
    """The process of PostgreSQL from which all its others descend."""
    return int((Path(stage.postgres.show("data_directory")) / "postmaster.pid").read_text().split()[0])


def log_position(stage: Stage) -> str:
    """Up to where the write-ahead log is on the disk, and so can be read."""
    with connected(stage) as connection:
        row = connection.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
    return str(row[0]) if row else "0/0"


def log_bytes(stage: Stage, begin: str, end: str) -> LogBytes:
    """What was written to the log between two positions."""
    files = Path(stage.postgres.show("data_directory")) / "pg_wal"
    command = [str(stage.postgres.programs / "pg_waldump"), "-p", str(files), "-s", begin, "-e", end, "--stats"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return read_log_bytes(told)


def read_log_bytes(told: str) -> LogBytes:
    """What pg_waldump told. Raises RuntimeError when it told no total."""
    found = re.search(r"^Total +\d+ +(\d+) \[[^]]*\] +(\d+) \[", told, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pg_waldump did not tell a total:\n{told}")
    return LogBytes(int(found[1]), int(found[2]))


@contextmanager
def statements(stage: Stage) -> Iterator[list[str]]:
    """The statements that servers send meanwhile, `BEGIN` and `COMMIT` included; known when the block is over."""
    log = Path(stage.postgres.show("data_directory")) / "log"
    found: list[str] = []
    _set_log(stage, "log_statement = 'all'", "log_line_prefix = '%a|'")
    begin = log.stat().st_size
    try:
        yield found
    finally:
        _set_log(stage, "log_statement = 'none'", "log_line_prefix = '%m [%p] '")
    with log.open("rb") as file:
        file.seek(begin)
        found.extend(match["text"] for match in _STATEMENT.finditer(file.read().decode(errors="replace")))


def _set_log(stage: Stage, *settings: str) -> None:
    with connected(stage) as connection:
        for setting in settings:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf(), pg_sleep(0.5)")


def without_frames(texts: list[str]) -> list[str]:
    """The statements that do something: without those that only begin and end transactions."""
    return [text for text in texts if not text.upper().startswith(_FRAME)]
