"""The store: a file is there whole or not at all, once, for this user alone, and only by its digest."""

import hashlib
import io
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from prolong_server.modules import scan_store
from prolong_server.rules import errors

LETTER = b"%PDF-1.7 a letter"
DIGEST = hashlib.sha256(LETTER).hexdigest()
NO_DIGESTS = [
    *("", ".", "..", "../../keys/code-keys", "/etc/passwd", "arriving", DIGEST[:-1], DIGEST + "0"),
    *(DIGEST.upper(), DIGEST[:-1] + "g", DIGEST[:-1] + "\0", DIGEST + "\n", f"{DIGEST[:2]}/{DIGEST}"),
]


class Dripping:
    """An upload that gives so many bytes and counts what was taken of it; then it breaks, if it is told to."""

    def __init__(self, size: int, breaks: bool = False) -> None:
        self.left, self.taken, self.breaks = size, 0, breaks

    def read(self, size: int, /) -> bytes:
        piece = min(size, self.left)
        self.left, self.taken = self.left - piece, self.taken + piece
        if self.breaks and not piece:
            raise ConnectionResetError
        return bytes(piece)


def kept(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_what_is_kept_can_be_read_again_under_its_digest(tmp_path):
    assert scan_store.keep(tmp_path, io.BytesIO(LETTER)) == scan_store.Kept(DIGEST, len(LETTER))
    with scan_store.open_scan(tmp_path, DIGEST) as reading:
        assert reading.read() == LETTER
    assert scan_store.verify(tmp_path, DIGEST)


def test_the_same_content_twice_is_one_file(tmp_path):
    assert scan_store.keep(tmp_path, io.BytesIO(LETTER)) == scan_store.keep(tmp_path, io.BytesIO(LETTER))
    assert len(kept(tmp_path)) == 1


def test_20_mb_are_kept_and_a_byte_more_is_refused(tmp_path):
    assert scan_store.keep(tmp_path, Dripping(scan_store.SCAN_BYTES)).size == 20 * 1024 * 1024
    with pytest.raises(errors.ScanTooLarge) as told:
        scan_store.keep(tmp_path, Dripping(scan_store.SCAN_BYTES + 1))
    assert told.value.fields == {"reason": "too_large"}
    assert len(kept(tmp_path)) == 1


def test_an_endless_upload_is_refused_as_soon_as_it_is_too_large(tmp_path):
    endless = Dripping(1 << 40)
    with pytest.raises(errors.ScanTooLarge):
        scan_store.keep(tmp_path, endless, limit=1000)
    assert endless.taken <= 1 << 20
    assert kept(tmp_path) == []


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path):
    with pytest.raises(errors.TryAgain):
        scan_store.keep(tmp_path, Dripping(5000, breaks=True))
    assert list((tmp_path / "arriving").iterdir()) == []


def test_a_disk_that_takes_nothing_more_means_try_again(tmp_path):
    (tmp_path / "arriving").write_text("in the way")
    with pytest.raises(errors.TryAgain):
        scan_store.keep(tmp_path, io.BytesIO(LETTER))


def test_folders_and_files_are_for_this_user_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        scan_store.keep(tmp_path / "scans", io.BytesIO(LETTER))
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "scans", *(tmp_path / "scans").rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


@pytest.mark.parametrize("name", NO_DIGESTS)
@pytest.mark.parametrize("ask", [scan_store.open_scan, scan_store.erase, scan_store.path])
def test_a_text_that_is_no_digest_names_no_file(tmp_path, ask, name):
    scan_store.keep(tmp_path, io.BytesIO(LETTER))
    with pytest.raises(errors.NotFound):
        ask(tmp_path, name)
    assert not scan_store.verify(tmp_path, name)
    assert len(kept(tmp_path)) == 1


def test_a_file_that_was_never_kept_is_not_found(tmp_path):
    with pytest.raises(errors.NotFound):
        scan_store.open_scan(tmp_path, DIGEST)
    assert not scan_store.verify(tmp_path, DIGEST)


def test_an_erased_file_is_gone_and_erasing_it_again_says_so(tmp_path):
    scan_store.keep(tmp_path, io.BytesIO(LETTER))
    assert scan_store.erase(tmp_path, DIGEST)
    assert not scan_store.erase(tmp_path, DIGEST)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("spoiled", [b"", LETTER + b".", LETTER.replace(b"letter", b"Letter")])
def test_a_changed_file_is_noticed_and_keeping_it_again_mends_it(tmp_path, spoiled):
    scan_store.keep(tmp_path, io.BytesIO(LETTER))
    scan_store.path(tmp_path, DIGEST).write_bytes(spoiled)
    assert not scan_store.verify(tmp_path, DIGEST)
    scan_store.keep(tmp_path, io.BytesIO(LETTER))
    assert scan_store.verify(tmp_path, DIGEST)


def test_what_killed_uploads_left_is_removed_after_a_day_and_no_sooner(tmp_path):
    now = datetime(2026, 3, 5, 12, tzinfo=UTC)
    for name, age in (("old", timedelta(hours=25)), ("young", timedelta(hours=23))):
        folder = tmp_path / "arriving" / name
        folder.mkdir(parents=True)
        (folder / "upload").write_bytes(LETTER)
        os.utime(folder, ((now - age).timestamp(),) * 2)
    scan_store.keep(tmp_path, io.BytesIO(LETTER))
    assert scan_store.clear(tmp_path, now) == 1
    assert [path.parent.name for path in kept(tmp_path)] == sorted([DIGEST[:2], "young"])
    assert scan_store.clear(tmp_path / "nowhere", now) == 0


def test_many_who_keep_the_same_file_at_once_all_succeed(tmp_path):
    answers = []
    keep = threading.Barrier(8)

    def work() -> None:
        keep.wait()
        answers.append(scan_store.keep(tmp_path, io.BytesIO(LETTER)).sha256)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [DIGEST] * 8
    assert len(kept(tmp_path)) == 1
