"""Lists of codes on their way into files: in constant memory, whole or not at all, readable by their owner alone.

A list is worth its price, and `confirm` destroys the vendor's copy: the file is on the disk for good before it gets its
name. A transfer that breaks off, or ends before its announced length, is begun again.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Optional

import httpx
import stamina

from prolong._calls import JSON, Budget, Call
from prolong._exchange import Exchange, Failed
from prolong._runners import failures, whole

#: Bytes done and bytes in all; None where the server does not tell.
Progress = Callable[[int, Optional[int]], object]
_MEDIA = MappingProxyType(
    {
        ".csv": "text/csv",
        ".json": JSON,
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
_ATTEMPTS = 5
_LONGEST_PAUSE = 5.0


def call(path: str, target: Path) -> Call:
    """What to ask for to fill the file; raises `ValueError` for a suffix that is no kind of list."""
    media = _MEDIA.get(target.suffix.lower())
    if media is None:
        raise ValueError("A list of codes is a .csv, .json or .xlsx file.")
    # Of a list that is packed on the way the announced length would say nothing.
    return Call("GET", path, media=media, headers={"Accept-Encoding": "identity"})


def fetch(wire: httpx.Client, asked: Call, target: Path, silence: float, progress: Progress | None) -> None:
    """Fill the file, in several attempts; one is given up when nothing came for `silence` seconds.

    Raises the refusal or `Unreachable`, and `OSError` where the disk refuses; then the file is as it was.
    """
    exchange = Exchange(asked, Budget(silence))
    try:
        for attempt in stamina.retry_context(_again(silence), _ATTEMPTS, timeout=None, wait_max=_LONGEST_PAUSE):
            with attempt:
                exchange = Exchange(asked, Budget(silence))
                with _draft(target) as file:
                    _receive(wire, exchange, file, silence, progress)
    except Failed as failure:
        raise exchange.conclusion(failure) from failure


def _again(silence: float) -> Callable[[Exception], bool | float]:
    def judged(error: Exception) -> bool | float:
        if not isinstance(error, Failed) or not error.again:
            return False
        wait = error.retry_after
        return True if wait is None else wait if wait <= silence else False

    return judged


def _receive(
    wire: httpx.Client, exchange: Exchange, file: IO[bytes], silence: float, progress: Progress | None
) -> None:
    request = {**exchange.request(), "timeout": silence}
    with failures(exchange), wire.stream(**request) as response:
        if not _is_list(response, exchange.call.media):
            raise _refused(exchange, response)
        done, total = 0, _length(response)
        for chunk in response.iter_bytes():
            done += file.write(chunk)
            if progress is not None:
                progress(done, total)
        if total not in (None, done):
            raise Failed("the list was cut off", again=True)


def _is_list(response: httpx.Response, media: str) -> bool:
    told = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.status_code == 200 and told == media


def _length(response: httpx.Response) -> int | None:
    """Bytes to come; None when they are chunked, which also tells a whole answer from one that was cut off."""
    told = response.headers.get("content-length", "")
    if told.isascii() and told.isdigit():
        return None if "content-encoding" in response.headers else int(told)
    if response.headers.get("transfer-encoding", "").lower() != "chunked":
        raise Failed("the length of the list is not told", again=False)
    return None


def _refused(exchange: Exchange, response: httpx.Response) -> Exception:
    received = bytearray()
    for chunk in response.iter_bytes():
        exchange.take(received, chunk)
    exchange.judge(whole(response, received))
    return Failed("another thing than a list of codes", again=False)


@contextmanager
def _draft(target: Path) -> Iterator[IO[bytes]]:
    """A file beside the target that takes its place when the block ends well, and is removed when it does not."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    _settle(target.parent)


_BINARY: int = getattr(os, "O_BINARY", 0)


def _settle(directory: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
