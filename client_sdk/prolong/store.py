"""Where a product keeps what must outlive it: a few named texts, each replaced whole or not at all.

The names are those of `NAMES`. A file is readable by its owner alone, because codes, keys and documents are in them.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from prolong import _locks
from prolong.errors import StoreError

if TYPE_CHECKING:
    from platformdirs.api import PlatformDirsABC

#: What is kept. The clock is kept twice, in two directories, so that deleting one of them does not turn it back.
NAMES = ("intent", "license_key", "document", "revocations", "keys", "clock", "clock_copy")
_PATIENCE = 1.0
_DRAFT = re.compile(rf"(?:{'|'.join(NAMES)})\.[0-9a-f]{{8}}")
_ABANDONED_SECONDS = 600.0


class AnyStore(Protocol):
    """What a client asks of a store; write one of your own to keep things elsewhere."""

    def read(self, name: str) -> str | None:
        """The text kept under a name, or None."""

    def write(self, name: str, text: str) -> None:
        """Replace the text; when this returns it outlives a fall of the power."""

    def delete(self, name: str) -> None:
        """Keep nothing under this name any more."""

    def lock(self, name: str, seconds: float) -> AbstractContextManager[None]:
        """Exclude others, threads and processes, waiting so long at most; raises `StoreBusy`."""


class Store:
    """Files in `directory`, made when first written. All methods raise `StoreError` where the system refuses.

    `second`: another directory, for a copy of the clocks (default: a place of the user's own, by `directory`'s name).
    """

    def __init__(self, directory: str | os.PathLike[str], *, second: str | os.PathLike[str] | None = None) -> None:
        self._directory = Path(directory)
        self._second = Path(second) if second is not None else None

    @classmethod
    def of(cls, product: str, *, places: type[PlatformDirsABC] | None = None) -> Store:
        """The store of a product among the user's own data: what a client takes when it is given none.

        `places`: where a system has them (a class of platformdirs); by default, the system that this runs on.
        """
        from platformdirs import PlatformDirs  # Here, because a client with a store of its own needs it not.

        system = places or PlatformDirs
        # A product's code is any text; what a file system may not take is left out, and the digest tells apart.
        readable = re.sub(r"[^A-Za-z0-9_-]", "", product)[:40]
        directory = system("prolong").user_data_path / f"{readable}-{_digest(product)}"
        return cls(directory, second=system("prolong-clock").user_state_path / _digest(str(directory.absolute())))

    def read(self, name: str) -> str | None:
        """The text kept under a name, or None; None also for a file that is damaged beyond reading."""
        try:
            return self._path(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            return None
        except OSError as error:
            raise _failed(error) from error

    def write(self, name: str, text: str) -> None:
        """Replace the text; when this returns it outlives a fall of the power."""
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(path, text)
        except OSError as error:
            raise _failed(error) from error

    def delete(self, name: str) -> None:
        """Keep nothing under this name any more."""
        path = self._path(name)
        try:
            with suppress(FileNotFoundError):
                path.unlink()
                _settle(path.parent)
        except OSError as error:
            raise _failed(error) from error

    @contextmanager
    def lock(self, name: str, seconds: float) -> Iterator[None]:
        """Exclude others, threads and processes, waiting so long at most; raises `StoreBusy`."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            held = _locks.locked(self._directory / f"{name}.lock", seconds)
            held.__enter__()
        except OSError as error:
            raise _failed(error) from error
        try:
            yield
        finally:
            held.__exit__(None, None, None)

    def _path(self, name: str) -> Path:
        if name not in NAMES:
            raise ValueError(f"A store keeps nothing under the name {name}.")
        return (self._second_directory() if name == "clock_copy" else self._directory) / name

    def _second_directory(self) -> Path:
        if self._second is None:
            from platformdirs import user_state_path

            # Not inside `directory` or beside it: who clears away the one would take the other along.
            self._second = user_state_path("prolong-clock") / _digest(str(self._directory.absolute()))
        return self._second


class MemoryStore:
    """Keeps everything until the process ends: for tests, and for programs that keep things themselves."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._locks = {name: threading.Lock() for name in ("change", "keep")}

    def read(self, name: str) -> str | None:
        """The text kept under a name, or None."""
        return self._texts.get(name)

    def write(self, name: str, text: str) -> None:
        """Replace the text."""
        self._texts[name] = text

    def delete(self, name: str) -> None:
        """Keep nothing under this name any more."""
        self._texts.pop(name, None)

    @contextmanager
    def lock(self, name: str, seconds: float) -> Iterator[None]:
        """Exclude other threads, waiting so long at most; raises `StoreBusy`."""
        # A plain lock: an asynchronous client takes it in one thread and gives it back in another.
        lock = self._locks[name]
        if not lock.acquire(timeout=max(0.0, seconds)):
            raise _locks.busy()
        try:
            yield
        finally:
            lock.release()


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _sweep(draft)
        rename(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    _settle(path.parent)


def _sweep(draft: Path) -> None:
    """Remove drafts that killed processes have left: there are codes and keys in them."""
    now = draft.stat().st_mtime
    for left in draft.parent.iterdir():
        if _DRAFT.fullmatch(left.name):
            with suppress(OSError):
                if left.stat().st_mtime < now - _ABANDONED_SECONDS:
                    left.unlink()


def rename(
    draft: Path,
    path: Path,
    *,
    platform: str = sys.platform,
    replace: Callable[[Path, Path], object] = os.replace,
    patience: float = _PATIENCE,
) -> None:
    """Put the draft in its place. Windows refuses for as long as another process is just reading the old file."""
    until = time.monotonic() + patience

    def done() -> bool:
        try:
            replace(draft, path)
        except PermissionError:
            if platform != "win32" or time.monotonic() > until:
                raise
            return False
        return True

    while not done():
        time.sleep(0.01)


def _settle(directory: Path, platform: str = sys.platform) -> None:
    """Make a new or removed name outlive a fall of the power; Windows does so by itself, and opens no directory."""
    if platform != "win32":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _failed(error: OSError) -> StoreError:
    return StoreError(f"What must be kept cannot be read or written ({type(error).__name__}: {error.strerror}).")
