"""What the worker tells of its jobs: one line of JSON each. A log that cannot be written stops no job."""

from contextlib import suppress

import structlog

from prolong_server.api import request_log

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
# A full disk, a pipe that nobody reads, a stream that was closed.
_UNWRITABLE = (OSError, ValueError)


def did(job: str, done: int, ms: float) -> None:
    """A batch of a job did something."""
    with suppress(*_UNWRITABLE):
        log.info("job", job=job, done=done, ms=ms)


def failed(job: str, error: Exception) -> None:
    """A batch, or one thing of it, failed: told by the error's kind and the places that it passed, never its words."""
    with suppress(*_UNWRITABLE):
        log.error("job_failed", job=job, error=type(error).__name__, places=request_log.places(error))
