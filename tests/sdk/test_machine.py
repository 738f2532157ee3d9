"""The fingerprint of this computer."""

import stat
from pathlib import Path

import pytest

from prolong import machine
from prolong.machine import this_computer


def test_the_fingerprint_is_stable_and_differs_from_product_to_product(tmp_path: Path) -> None:
    first = this_computer("lab", tmp_path).fingerprint
    assert this_computer("lab", tmp_path).fingerprint == first
    assert this_computer("studio", tmp_path).fingerprint != first
    assert 16 <= len(first) <= 128
    assert first.isascii()


def test_a_kept_identity_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "directory"
    first = machine._kept_identity(directory)
    assert machine._kept_identity(directory) == first
    assert [path.name for path in directory.iterdir()] == ["machine-id"]
    assert stat.S_IMODE((directory / "machine-id").stat().st_mode) == 0o600


def test_of_two_that_make_the_identity_at_once_the_first_wins(tmp_path: Path) -> None:
    machine._place(tmp_path / "machine-id", "first")
    machine._place(tmp_path / "machine-id", "second")
    assert machine._kept_identity(tmp_path) == "first"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        machine._kept_identity(tmp_path / "file")
