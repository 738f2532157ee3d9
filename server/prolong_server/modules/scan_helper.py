"""The helper: loads the libraries once, then forks a process with limits for each file (see `scan_guard`)."""

import os
import resource
import signal
import sys
from typing import BinaryIO, Final, NoReturn

from prolong_server.modules import scan_documents, scan_images, scan_painting
from prolong_server.modules.scan_jobs import (
    FILE_BYTES,
    MEMORY_BYTES,
    PROCESSOR_SECONDS,
    WALL_SECONDS,
    Answer,
    Job,
    MediaType,
)
from prolong_server.rules.errors import ScanRefused
from prolong_server.rules.vocabulary import ScanFault

_LIMITS: Final = {
    resource.RLIMIT_AS: MEMORY_BYTES,
    resource.RLIMIT_CPU: PROCESSOR_SECONDS,
    resource.RLIMIT_FSIZE: FILE_BYTES,
    resource.RLIMIT_NOFILE: 32,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_CORE: 0,
}
_OUT_OF_TIME: Final = {signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL}


def main() -> None:
    """Answer each line of standard input, until there is no more."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(_answered(line))
        sys.stdout.buffer.flush()


def _answered(line: bytes) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _do(line, writing)
    os.close(writing)
    with open(reading, "rb") as told:
        answer = told.read()
    _, status = os.waitpid(child, 0)
    return answer or Answer(refused=_fault(status)).written()


def _fault(status: int) -> ScanFault:
    """Why a process ended without a word: out of time, or a library broke on what it read."""
    is_out_of_time = os.WIFSIGNALED(status) and os.WTERMSIG(status) in _OUT_OF_TIME
    return ScanFault.BOMB if is_out_of_time else ScanFault.DAMAGED


def _do(line: bytes, writing: int) -> NoReturn:
    try:
        _confine()
        with open(writing, "wb") as telling:
            _tell(telling, Job.read(line))
    finally:
        # Whatever happens, the fork must not go on as if it were the helper.
        os._exit(0)


def _confine() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.umask(0o077)
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
    for limit, most in _LIMITS.items():
        resource.setrlimit(limit, (most, most))


def _tell(telling: BinaryIO, job: Job) -> None:
    try:
        answer = Answer(number=_work(job))
    except ScanRefused as refused:
        answer = Answer(refused=refused.reason)
    except (MemoryError, RecursionError):
        answer = Answer(refused=ScanFault.BOMB)
    except Exception:  # noqa: BLE001 - whatever a library raises at a hostile file, the file is what is wrong
        answer = Answer(refused=ScanFault.DAMAGED)
    telling.write(answer.written())


def _work(job: Job) -> int | None:
    is_document = job.media_type is MediaType.PDF
    if job.page is not None:
        paint = scan_painting.paint_document if is_document else scan_painting.paint_image
        return paint(job, job.page)
    return scan_documents.examine(job.source) if is_document else scan_images.examine(job)
