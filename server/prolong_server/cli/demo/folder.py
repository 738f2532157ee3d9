"""The demo's data directory: its own or new, never anybody else's; and what the demo printed, kept in it."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prolong_server.cli.demo.text import TITLE
from prolong_server.config import WrongSetting

TEXT = "demo.txt"
DATABASE = "prolong.db"
MAIL = "mail"
_UNFINISHED = "demo-unfinished"
_ADDRESS = re.compile(f"^{TITLE}(\\S+)$", re.MULTILINE)


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Keep the directory to ourselves: of two first starts at once one makes the demo, the other waits and finds it."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def holds_demo(directory: Path) -> bool:
    """Whether a demo is there; False where a new one can be made. Raises WrongSetting for anything else there."""
    if (directory / _UNFINISHED).exists():
        _clear(directory)
    if (directory / TEXT).exists() and (directory / DATABASE).exists():
        return True
    if directory.exists() and any(directory.iterdir()):
        raise WrongSetting(
            f"The data directory {directory} holds something else than a demo, which is left as it is: name a new "
            "one in PROLONG_DATA_DIR, or use `prolong-server serve`."
        )
    return False


def begin(directory: Path) -> None:
    """Note that a demo is being made, so that one that was broken off is made anew."""
    (directory / _UNFINISHED).touch(mode=0o600)


def finish(directory: Path, text: str) -> None:
    """Keep what the demo printed, for its user alone: it holds tokens and codes."""
    _write(directory / TEXT, text)
    (directory / _UNFINISHED).unlink()


def told(directory: Path, base: str) -> str:
    """What the demo printed; where it is now served at another address, its lines are changed to that one."""
    text = (directory / TEXT).read_text("utf-8")
    known = _ADDRESS.search(text)
    if known is None or known[1] == base:
        return text
    moved = re.sub(re.escape(known[1]) + r"(?![0-9])", lambda _found: base, text)
    _write(directory / TEXT, moved)
    return moved


def _write(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    beside.replace(file)


def _clear(directory: Path) -> None:
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", TEXT):
        (directory / name).unlink(missing_ok=True)
    shutil.rmtree(directory / "keys", ignore_errors=True)
    (directory / _UNFINISHED).unlink()
