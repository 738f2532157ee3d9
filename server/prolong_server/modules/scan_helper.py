"""The helper: loads the libraries once, then forks a process with limits for each file (see `scan_guard`)."""

import errno
import os
import resource
import signal
import sys
from typing import BinaryIO, Final, NoReturn

from prolong_server.modules import scan_documents, scan_images, scan_painting
from prolong_server.modules.scan_jobs import (
    ANSWER_BYTES,
    FILE_BYTES,
    MEMORY_BYTES,
    WALL_SECONDS,
    Answer,
    Job,
    MediaType,
)
from prolong_server.rules.errors import ScanRefused
from prolong_server.rules.vocabulary import ScanFault

_LIMITS: Final = {
    resource.RLIMIT_AS: MEMORY_BYTES,
    resource.RLIMIT_FSIZE: FILE_BYTES,
    resource.RLIMIT_NOFILE: 32,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_CORE: 0,
}
_OUT_OF_TIME: Final = {signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL}


def main(processor_seconds: int) -> None:
    """Answer each line of standard input, until there is no more; a file gets so much processor time."""
    limits = _LIMITS | {resource.RLIMIT_CPU: processor_seconds}
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(_answered(line, limits))
        sys.stdout.buffer.flush()


def confine(limits: dict[int, int]) -> None:
    """Take from this process its standard files, and what goes beyond the limits, for good."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.umask(0o077)
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
    for limit, wanted in limits.items():
        # A stricter limit of the host stands; to raise it would be refused.
        hardest = resource.getrlimit(limit)[1]
        most = wanted if hardest == resource.RLIM_INFINITY else min(wanted, hardest)
        resource.setrlimit(limit, (most, most))


def _answered(line: bytes, limits: dict[int, int]) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _do(line, writing, limits)
    os.close(writing)
    with open(reading, "rb") as told:
        answer = told.read(ANSWER_BYTES)
    _, status = os.waitpid(child, 0)
    return _understood(answer, status).written()


def _understood(answer: bytes, status: int) -> Answer:
    try:
        return Answer.read(answer)
    except ValueError:
        return Answer(refused=_fault(status))


def _fault(status: int) -> ScanFault:
    """Why a process ended without a word: out of time, or a library broke on what it read."""
    is_out_of_time = os.WIFSIGNALED(status) and os.WTERMSIG(status) in _OUT_OF_TIME
    return ScanFault.BOMB if is_out_of_time else ScanFault.DAMAGED


def _do(line: bytes, writing: int, limits: dict[int, int]) -> NoReturn:
    try:
        confine(limits)
        with open(writing, "wb") as telling:
            _tell(telling, Job.read(line))
    finally:
        # Whatever happens, the fork must not go on as if it were the helper.
        os._exit(0)


def _tell(telling: BinaryIO, job: Job) -> None:
    try:
        answer = Answer(number=_work(job))
    except ScanRefused as refused:
        answer = Answer(refused=refused.reason)
    except (MemoryError, RecursionError):
        answer = Answer(refused=ScanFault.BOMB)
    except OSError as failure:
        answer = Answer(refused=ScanFault.BOMB if failure.errno == errno.EFBIG else ScanFault.DAMAGED)
    except Exception:  # noqa: BLE001 - whatever a library raises at a hostile file, the file is what is wrong
        answer = Answer(refused=ScanFault.DAMAGED)
    telling.write(answer.written())


def _work(job: Job) -> int | None:
    is_document = job.media_type is MediaType.PDF
    if job.page is not None:
        paint = scan_painting.paint_document if is_document else scan_painting.paint_image
        return paint(job, job.page)
    return scan_documents.examine(job.source) if is_document else scan_images.examine(job)
