"""The file of a backup: a tar of the database, the keys if asked for, and a manifest with the SHA-256 of each part."""

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from prolong_server.operations.dumps import BackupFailed

_MANIFEST = "manifest.json"
_FORMAT = 1
_NOT_OURS = "This file is not a whole backup of Prolong, so nothing was changed; take another one."


def write(target: Path, parts: Mapping[str, Path], facts: Mapping[str, object]) -> None:
    """Write a new archive, for its owner alone, that appears as a whole or not at all. BackupFailed."""
    manifest = {**facts, "format": _FORMAT, "files": {name: _sha256(path) for name, path in parts.items()}}
    try:
        # mkstemp makes the file with mode 0600.
        handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    except OSError:
        raise BackupFailed(f"The backup cannot be written to {target.parent}; choose another folder.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            _fill(file, parts, json.dumps(manifest, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(name, target)
    except FileExistsError:
        raise BackupFailed(f"{target} exists already and is never overwritten; choose another name.") from None
    except OSError as failure:
        raise BackupFailed(f"The backup could not be written ({failure.strerror}); nothing was left behind.") from None
    finally:
        Path(name).unlink()


def extract(source: Path, folder: Path) -> dict[str, Any]:
    """Write the parts of an archive, each checked against its SHA-256, into the folder; the manifest. BackupFailed."""
    try:
        with tarfile.open(source, "r:") as archive:
            manifest: dict[str, Any] = json.loads(_part(archive, _MANIFEST).read())
            for name, sha256 in manifest["files"].items():
                _unpack(archive, name, sha256, folder / name)
    except FileNotFoundError:
        raise BackupFailed(f"There is no backup at {source}.") from None
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, OSError):
        raise BackupFailed(_NOT_OURS) from None
    if manifest.get("format") != _FORMAT:
        raise BackupFailed("This backup was made by a newer Prolong; restore it with that one.")
    return manifest


def _fill(file: io.BufferedWriter, parts: Mapping[str, Path], manifest: bytes) -> None:
    with tarfile.open(fileobj=file, mode="w:") as archive:
        head = tarfile.TarInfo(_MANIFEST)
        head.size, head.mode = len(manifest), 0o600
        archive.addfile(head, io.BytesIO(manifest))
        for name, path in parts.items():
            archive.add(path, arcname=name, recursive=False)


def _part(archive: tarfile.TarFile, name: str) -> io.BufferedReader:
    part = archive.extractfile(name)
    if part is None:
        raise KeyError(name)
    return part  # type: ignore[return-value]  # typeshed says IO[bytes]; it is tarfile.ExFileObject, a BufferedReader


def _unpack(archive: tarfile.TarFile, name: str, sha256: str, path: Path) -> None:
    # Only plain names: whoever made the archive must not choose where on this host a file is written.
    if Path(name).name != name:
        raise ValueError(name)
    with path.open("xb") as file:
        path.chmod(0o600)
        part = _part(archive, name)
        while block := part.read(1 << 20):
            file.write(block)
    if _sha256(path) != sha256:
        raise ValueError(name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
