"""Keys in the data directory: one file for each purpose, one key a line, newest first.

The folder has mode 0700, a file 0600. A file appears and changes as a whole (written beside, synced, then linked or
renamed), so that whoever reads at that moment, or after a power cut, sees the old one or the new one.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from prolong_server.config import WrongSetting
from prolong_server.models.operations import KeyPurpose

_FOLDER = "keys"


def path(data_dir: Path, purpose: KeyPurpose) -> Path:
    """Where the keys of this purpose are looked for."""
    return data_dir / _FOLDER / f"{purpose}-keys"


def read(data_dir: Path, purpose: KeyPurpose) -> tuple[str, ...]:
    """The keys of this purpose as text, newest first; none if there is no file. Raises WrongSetting."""
    file = path(data_dir, purpose)
    try:
        lines = file.read_text("ascii").split()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError):
        raise WrongSetting(f"The {purpose} keys in {file} cannot be read; restore the file and its owner.") from None
    return tuple(lines)


def create(data_dir: Path, purpose: KeyPurpose, keys: Iterable[str]) -> None:
    """Write the first file of this purpose, unless another process was faster: then its file stays. WrongSetting."""
    with _written(path(data_dir, purpose), keys) as (new, file), contextlib.suppress(FileExistsError):
        os.link(new, file)


def replace(data_dir: Path, purpose: KeyPurpose, keys: Iterable[str]) -> None:
    """Put these keys in the place of those that the file held. Raises WrongSetting."""
    with _written(path(data_dir, purpose), keys) as (new, file):
        new.replace(file)


@contextlib.contextmanager
def _written(file: Path, keys: Iterable[str]) -> Iterator[tuple[Path, Path]]:
    """A new file with these keys, safe on the disk, to be put in the place of `file`; whatever becomes of it."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file with mode 0600.
        handle, name = tempfile.mkstemp(prefix=".new-", dir=file.parent)
        try:
            _fill(handle, keys)
            yield Path(name), file
        finally:
            Path(name).unlink(missing_ok=True)
        _sync(file.parent)
    except OSError:
        raise WrongSetting(f"The keys cannot be written to {file.parent}; let the server write there.") from None


def _fill(handle: int, keys: Iterable[str]) -> None:
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.writelines(f"{key}\n" for key in keys)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
