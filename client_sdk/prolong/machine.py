"""The computer that the product runs on, told by an opaque fingerprint (rule R6)."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from prolong.reading import TEXT


@dataclass(frozen=True)
class Machine:
    """`fingerprint`: opaque, 16–128 printable ASCII; `name`: what the owner calls the computer, if it is to be told."""

    fingerprint: str = field(repr=False, metadata=TEXT)
    name: str | None = field(default=None, repr=False, metadata=TEXT)


@dataclass(frozen=True)
class System:
    """Where a system keeps its identity; by default, the system that this runs on.

    `registry` is the module `winreg` of Windows, `library` the C library of macOS as `ctypes` gives it.
    """

    platform: str = sys.platform
    files: tuple[Path, ...] = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
    registry: Any = None
    library: Any = None


def this_computer(product: str, directory: Path | None = None, system: System | None = None) -> Machine:
    """The computer this runs on, as `product` sees it: hashed for each product, so that two cannot compare notes.

    The identity is the one that the system was given when it was installed (Linux, Windows) or made (macOS), so it
    stands as long as the system does. Where there is none, a random one is kept in `directory` (default: the user's
    own). Raises `OSError` when that cannot be written.
    """
    identity = _system_identity(system or System()) or _kept_identity(directory or _own_directory())
    digest = hashlib.sha256(f"prolong machine\0{product}\0{identity}".encode())
    return Machine(digest.hexdigest())


def _system_identity(system: System) -> str:
    if system.platform == "win32":
        return _registered_identity(system.registry or import_module("winreg"))
    if system.platform == "darwin":
        return _host_identity(system.library)
    texts = (path.read_text(encoding="ascii").strip() for path in system.files if path.is_file())
    return next((text for text in texts if text), "")


def _registered_identity(registry: Any) -> str:
    """The identity that Windows gave itself when it was installed."""
    # A 32-bit program would otherwise look into a registry of its own, where the value is missing.
    access = registry.KEY_READ | registry.KEY_WOW64_64KEY
    try:
        with registry.OpenKey(registry.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography", 0, access) as key:
            return str(registry.QueryValueEx(key, "MachineGuid")[0]).strip().lower()
    except OSError:
        return ""


def _host_identity(library: Any) -> str:
    """The hardware's identity as macOS tells it (`gethostuuid`)."""
    import ctypes

    uuid, no_waiting = ctypes.create_string_buffer(16), (ctypes.c_long * 2)(1, 0)
    try:
        failed = (library or ctypes.CDLL(None)).gethostuuid(uuid, no_waiting)
    except (OSError, AttributeError):
        return ""
    return "" if failed else uuid.raw.hex()


def _own_directory() -> Path:
    from platformdirs import user_data_path  # Here, because few systems come this far.

    return user_data_path("prolong")


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
