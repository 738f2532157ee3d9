"""What differs between Linux, Windows and macOS, told as arguments: identity, locks, places, how a file is replaced."""

import errno
from pathlib import Path

import platformdirs.macos
import platformdirs.unix
import platformdirs.windows
import pytest

from prolong import Store, _locks, store
from prolong.errors import StoreBusy
from prolong.machine import System, this_computer


class Registry:
    """What `winreg` is on a Windows whose values are these; another program's 32-bit view holds nothing."""

    KEY_READ, KEY_WOW64_64KEY, HKEY_LOCAL_MACHINE = 0x20019, 0x100, "HKLM"

    def __init__(self, **values: str) -> None:
        self.values = values

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def OpenKey(self, root: str, path: str, _: int, access: int) -> "Registry":  # noqa: N802  # Its name on Windows.
        assert (root, path) == ("HKLM", r"SOFTWARE\Microsoft\Cryptography")
        return self if access & self.KEY_WOW64_64KEY else Registry()

    def QueryValueEx(self, key: "Registry", name: str) -> tuple[str, int]:  # noqa: N802  # Its name on Windows.
        if name not in key.values:
            raise FileNotFoundError(errno.ENOENT, "The system cannot find the file specified")
        return key.values[name], 1


class Library:
    """What the C library is on a Mac with this hardware."""

    def __init__(self, uuid: bytes, failed: int = 0) -> None:
        self.uuid, self.failed = uuid, failed

    def gethostuuid(self, buffer: object, _: object) -> int:
        buffer.raw = self.uuid  # type: ignore[attr-defined]  # A buffer of ctypes.
        return self.failed


GUID = "8F4C1A52-3B0E-4C8A-9D55-0A1B2C3D4E5F"
WINDOWS = System("win32", registry=Registry(MachineGuid=GUID))
MAC = System("darwin", library=Library(bytes(range(16))))


@pytest.mark.parametrize(
    ("system", "same", "another"),
    [
        (
            WINDOWS,
            System("win32", registry=Registry(MachineGuid=GUID.lower())),
            System("win32", registry=Registry(MachineGuid="0")),
        ),
        (MAC, System("darwin", library=Library(bytes(range(16)))), System("darwin", library=Library(bytes(16)))),
    ],
    ids=["windows", "mac"],
)
def test_the_systems_own_identity_is_hashed_for_each_product_and_told_by_nothing_else(
    tmp_path: Path, system: System, same: System, another: System
) -> None:
    found = this_computer("lab", tmp_path, system)
    assert found == this_computer("lab", tmp_path, same)
    assert found != this_computer("studio", tmp_path, system)
    assert found != this_computer("lab", tmp_path, another)
    assert GUID.lower() not in found.fingerprint
    assert bytes(range(16)).hex() not in found.fingerprint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "system",
    [
        System("win32", registry=Registry()),
        System("darwin", library=Library(bytes(16), failed=-1)),
        System("darwin", library=object()),
        System("linux", files=()),
    ],
    ids=["no value", "no answer", "no function", "no file"],
)
def test_a_system_without_an_identity_gets_one_that_is_kept(tmp_path: Path, system: System) -> None:
    found = this_computer("lab", tmp_path, system)
    assert found == this_computer("lab", tmp_path, system)
    assert (tmp_path / "machine-id").is_file()


class Regions:
    """What `msvcrt` is on Windows: a region of a file is locked through a descriptor, and not twice."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.holder: int | None = None

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        assert count == 1
        if mode == self.LK_UNLCK:
            assert self.holder == descriptor
            self.holder = None
        elif self.holder is not None:
            raise PermissionError(errno.EACCES, "Permission denied")
        else:
            self.holder = descriptor


def test_a_lock_of_windows_excludes_until_it_is_given_back(tmp_path: Path) -> None:
    regions = Regions()
    with _locks.locked(tmp_path / "change.lock", 0, regions):
        with pytest.raises(StoreBusy), _locks.locked(tmp_path / "change.lock", 0.03, regions):
            pass
        assert regions.holder is not None
    assert regions.holder is None
    with pytest.raises(KeyError), _locks.locked(tmp_path / "change.lock", 0, regions):
        raise KeyError
    assert regions.holder is None


def test_a_failure_that_is_no_lock_of_anothers_is_told_as_it_is(tmp_path: Path) -> None:
    class Broken(Regions):
        def locking(self, descriptor: int, mode: int, count: int) -> None:
            raise OSError(errno.EIO, "the disk is broken")

    with pytest.raises(OSError, match="broken"), _locks.locked(tmp_path / "change.lock", 1, Broken()):
        pass


def test_windows_puts_a_file_in_its_place_when_its_reader_is_done_and_gives_up_when_that_takes_too_long(
    tmp_path: Path,
) -> None:
    draft, path = tmp_path / "draft", tmp_path / "document"
    draft.write_text("new")
    refusals = iter([True, True, False])

    def replace(source: Path, target: Path) -> None:
        if next(refusals, True):
            raise PermissionError(errno.EACCES, "Access is denied")
        source.replace(target)

    store.rename(draft, path, platform="win32", replace=replace)
    assert path.read_text() == "new"
    with pytest.raises(PermissionError):
        store.rename(draft, path, platform="win32", replace=replace, patience=0.03)


def test_another_system_refuses_at_once(tmp_path: Path) -> None:
    tried: list[object] = []

    def refuse(*paths: Path) -> None:
        tried.append(paths)
        raise PermissionError(errno.EACCES, "Permission denied")

    with pytest.raises(PermissionError):
        store.rename(tmp_path / "draft", tmp_path / "document", platform="linux", replace=refuse)
    assert len(tried) == 1


def test_windows_is_not_asked_to_open_a_directory(tmp_path: Path) -> None:
    store._settle(tmp_path / "absent", "win32")
    with pytest.raises(FileNotFoundError):
        store._settle(tmp_path / "absent", "darwin")


@pytest.mark.parametrize(
    ("places", "data", "clock"),
    [
        (platformdirs.windows.Windows, "Local/prolong/prolong", "Local/prolong-clock/prolong-clock"),
        (platformdirs.macos.MacOS, "Library/Application Support/prolong", "Library/Application Support/prolong-clock"),
        (platformdirs.unix.Unix, ".local/share/prolong", ".local/state/prolong-clock"),
    ],
    ids=["windows", "mac", "linux"],
)
def test_each_system_keeps_a_product_among_the_users_own_data_and_the_second_clock_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, places: type, data: str, clock: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", r"C:\Users\Olena\AppData\Local")
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    kept = Store.of("lab", places=places)
    where = {name: kept._path(name).as_posix().replace("\\", "/") for name in ("document", "clock_copy")}
    assert f"/{data}/lab-" in where["document"]
    assert f"/{clock}/" in where["clock_copy"]
