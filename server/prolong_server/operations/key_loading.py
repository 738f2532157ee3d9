"""From settings, data directory and database to a keyring: found, checked, and for a new database made.

Two hosts with keys of their own would take each other's genuine codes for forgeries. So keys are made only for a
database that knows none at all, and a start without one that the database knows stops with a sentence.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime

from prolong_server import db
from prolong_server.config import Settings, WrongSetting
from prolong_server.keyring import CodeKey, Keyring
from prolong_server.models.operations import KeyPurpose
from prolong_server.operations import key_files, key_material, key_records
from prolong_server.operations.key_material import KeyMaterial
from prolong_server.operations.key_records import KnownKey

Random = Callable[[int], bytes]
_NEEDED_FOR = {
    KeyPurpose.CODE: "codes made under it would be taken for forgeries",
    KeyPurpose.SIGNING: "documents signed with it could not be made again",
    KeyPurpose.SECRET: "what is sealed under it could not be opened",
}


def load(settings: Settings, now: datetime, random: Random) -> Keyring:
    """The keys of the settings or, where these name none, of the data directory; new ones on top are recorded.

    Keys are made in the data directory when the database knows none at all. Raises WrongSetting with one sentence
    when a key is not well written or one that the database knows is missing; TryAgain when the database is away.
    """
    # Rows before files: whoever makes the first keys writes the files first, so that what is recorded is then there.
    with db.lookups() as connection:
        recorded = key_records.known(connection)
    found = held(settings)
    if not recorded or key_records.unknown(recorded, found):
        found, recorded = _register(settings, now, random)
    stop_if_missing(settings, recorded, found)
    return _keyring(recorded, found)


def given(settings: Settings, purpose: KeyPurpose) -> tuple[str, ...]:
    """The keys of this purpose that the settings themselves give; none where the data directory is asked."""
    return {
        KeyPurpose.CODE: settings.code_keys,
        KeyPurpose.SIGNING: settings.signing_keys,
        KeyPurpose.SECRET: settings.secret_keys,
    }[purpose]


def variable(purpose: KeyPurpose) -> str:
    """The variable that gives the keys of this purpose."""
    return f"PROLONG_{purpose.upper()}_KEYS"


def held(settings: Settings) -> list[KeyMaterial]:
    """Every key that settings and data directory hold, of each purpose newest first. Raises WrongSetting."""
    return [key for purpose in KeyPurpose for key in _held_for(settings, purpose)]


def stop_if_missing(settings: Settings, recorded: Iterable[KnownKey], held_keys: Collection[KeyMaterial]) -> None:
    """Raise WrongSetting, naming purpose and place, unless every key in use is held, and one of each purpose."""
    for purpose in _missing(recorded, held_keys):
        raise WrongSetting(
            f"A {purpose} key that the database knows is missing: put it back where it was looked for, "
            f"{_source(settings, purpose)}, or into {variable(purpose)}, because {_NEEDED_FOR[purpose]}."
        )


def _register(settings: Settings, now: datetime, random: Random) -> tuple[list[KeyMaterial], tuple[KnownKey, ...]]:
    with db.transaction() as connection:
        key_records.lock(connection)
        recorded = key_records.known(connection)
        if not recorded:
            _make_absent(settings, random)
        found = held(settings)
        stop_if_missing(settings, recorded, found)
        key_records.add(connection, key_records.unknown(recorded, found), now)
        return found, key_records.known(connection)


def _make_absent(settings: Settings, random: Random) -> None:
    # Files come before rows: after a crash in between, the next start finds the files and records them.
    for purpose in KeyPurpose:
        if not given(settings, purpose) and not key_files.read(settings.data_dir, purpose):
            key_files.create(settings.data_dir, purpose, [key_material.make(random)])


def _held_for(settings: Settings, purpose: KeyPurpose) -> Iterable[KeyMaterial]:
    source = _source(settings, purpose)
    texts = given(settings, purpose) or key_files.read(settings.data_dir, purpose)
    return dict.fromkeys(key_material.read(purpose, text, source) for text in texts)


def _source(settings: Settings, purpose: KeyPurpose) -> str:
    return variable(purpose) if given(settings, purpose) else str(key_files.path(settings.data_dir, purpose))


def _missing(recorded: Iterable[KnownKey], held_keys: Iterable[KeyMaterial]) -> Iterator[KeyPurpose]:
    fingerprints = {fingerprint for key in held_keys for fingerprint in key.fingerprints}
    yield from (key.purpose for key in recorded if not key.retired and key.fingerprint not in fingerprints)
    yield from set(KeyPurpose) - {key.purpose for key in held_keys}


def _keyring(recorded: Iterable[KnownKey], held_keys: Iterable[KeyMaterial]) -> Keyring:
    in_use = {key.fingerprint: key for key in recorded if not key.retired}
    # The recorded row decides, its scheme too: all processes that hold a key make the same digests under it.
    live = [(key, in_use[name]) for key in held_keys for name in key.fingerprints & in_use.keys()]
    return Keyring(
        codes=tuple(CodeKey(row.id, key.secret, row.scheme) for key, row in live if key.purpose is KeyPurpose.CODE),
        signing=tuple(key.signing for key, _row in live if key.purpose is KeyPurpose.SIGNING),
        secrets=tuple(key.secret for key, _row in live if key.purpose is KeyPurpose.SECRET),
    )
