"""A backup of the whole house in one file, taken while it serves, and its restoration into an empty database.

The keys are left out unless asked for: a backup with them opens every sealed list and signs every document, so whoever
finds it can do both; one without them is worth nothing to its finder, and to its owner only beside the keys.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prolong_server.config import Settings
from prolong_server.models.operations import KeyPurpose
from prolong_server.operations import archives, dumps, key_files
from prolong_server.operations.dumps import BackupFailed

__all__ = ["BackupFailed", "BackupView", "backup", "restore"]
_DATABASE = "database"


@dataclass(frozen=True, slots=True)
class BackupView:
    """A backup: when it was made, of which kind of database, with which revision of its tables and files of keys.

    `keys` names the purposes whose keys are in it. Keys that the settings give are never in it.
    """

    made_at: str
    database: str
    revision: str | None
    keys: tuple[str, ...]


def backup(settings: Settings, target: Path, now: datetime, *, with_keys: bool = False) -> BackupView:
    """Write a backup to the new file `target` (mode 0600). Raises BackupFailed with one sentence."""
    keys = {_part(purpose): key_files.path(settings.data_dir, purpose) for purpose in KeyPurpose if with_keys}
    held = {name: path for name, path in keys.items() if path.exists()}
    with _workplace(target.parent) as folder:
        dump = Path(folder) / _DATABASE
        dumps.dump(settings.database_url, dump)
        facts = {
            "made_at": now.isoformat(),
            "database": dumps.kind(settings.database_url),
            "revision": dumps.revision(settings.database_url),
        }
        archives.write(target, {_DATABASE: dump} | held, facts)
    return _view(facts | {"files": held})


def restore(settings: Settings, source: Path) -> BackupView:
    """Fill the empty database of `settings` from a backup, and put back the keys that are in it.

    Raises BackupFailed with one sentence, and changes nothing, when the database is not empty or of the other kind,
    when the file is not a whole backup, or when other keys are in the place of those to be put back.
    """
    with _workplace(source.parent) as name:
        folder = Path(name)
        manifest = archives.extract(source, folder)
        if manifest.get("database") != dumps.kind(settings.database_url):
            raise BackupFailed(f"This is a backup of {manifest.get('database')}; name a database of this kind.")
        keys = _keys(manifest, folder)
        _refuse_other_keys(settings, keys)
        dumps.load(settings.database_url, folder / _DATABASE)
        for purpose, texts in keys.items():
            key_files.create(settings.data_dir, purpose, texts)
    return _view(manifest)


def _workplace(folder: Path) -> "tempfile.TemporaryDirectory[str]":
    try:
        return tempfile.TemporaryDirectory(prefix=".backup-", dir=folder)
    except OSError:
        raise BackupFailed(f"Nothing can be written to {folder}; a backup needs room there.") from None


def _keys(manifest: dict[str, Any], folder: Path) -> dict[KeyPurpose, list[str]]:
    names = {purpose: _part(purpose) for purpose in KeyPurpose if _part(purpose) in manifest["files"]}
    return {purpose: (folder / name).read_text("ascii").split() for purpose, name in names.items()}


def _refuse_other_keys(settings: Settings, keys: dict[KeyPurpose, list[str]]) -> None:
    for purpose, texts in keys.items():
        held = key_files.read(settings.data_dir, purpose)
        if held and list(held) != texts:
            where = key_files.path(settings.data_dir, purpose)
            raise BackupFailed(f"Other {purpose} keys are in {where}, so nothing was changed; move them away first.")


def _part(purpose: KeyPurpose) -> str:
    return f"{purpose}-keys"


def _view(manifest: dict[str, Any]) -> BackupView:
    keys = tuple(str(purpose) for purpose in KeyPurpose if _part(purpose) in manifest["files"])
    return BackupView(manifest["made_at"], manifest["database"], manifest["revision"], keys)
