"""The computer that the product runs on, told by an opaque fingerprint (rule R6)."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

from prolong.reading import TEXT

_SYSTEM_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


@dataclass(frozen=True)
class Machine:
    """`fingerprint`: opaque, 16–128 printable ASCII; `name`: what the owner calls the computer, if it is to be told."""

    fingerprint: str = field(repr=False, metadata=TEXT)
    name: str | None = field(default=None, repr=False, metadata=TEXT)


def this_computer(product: str, directory: Path | None = None) -> Machine:
    """The computer this runs on, as `product` sees it: hashed for each product, so that two cannot compare notes.

    Where the system has no identity of its own, a random one is kept in `directory` (default: the user's own).
    Raises `OSError` when that cannot be written.
    """
    identity = _system_identity() or _kept_identity(directory or user_data_path("prolong"))
    digest = hashlib.sha256(f"prolong machine\0{product}\0{identity}".encode())
    return Machine(digest.hexdigest())


def _system_identity() -> str:
    texts = (path.read_text(encoding="ascii").strip() for path in _SYSTEM_IDS if path.is_file())
    return next((text for text in texts if text), "")


def _kept_identity(directory: Path) -> str:
    """Read the identity, or make it. Linking a finished file into place lets the first of two processes win."""
    path = directory / "machine-id"
    if not path.is_file():
        directory.mkdir(parents=True, exist_ok=True)
        _place(path, secrets.token_hex(16))
    return path.read_text(encoding="ascii").strip()


def _place(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
