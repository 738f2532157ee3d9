"""The virus scanner: asked before anything else reads the file, and never gone round."""

import io
import tempfile
from pathlib import Path

import pytest

from prolong_server.modules import scanner, scans
from prolong_server.modules.scan_examination import Claim
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import ScanFault
from tests.modules import clamd, papers, pictures

CLEAN = papers.letter()
INFECTED = papers.letter(contents=papers.stream(clamd.VIRUS))
UNCLEAR = {
    "an error": b"INSTREAM size limit exceeded. ERROR\0",
    "nothing": b"",
    "nonsense": b"\xff\xfe\0",
    "another protocol": b"HTTP/1.1 200 OK\r\n\r\n",
    "half a word": b"stream: O",
    "too much": b"stream: OK" * 1000,
    "a good word of another": b"other: OK\0",
}


def receive(tmp_path: Path, content: bytes, by) -> scans.Scan:
    return scans.receive(tmp_path / "scans", io.BytesIO(content), Claim(), by)


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "scans").rglob("*") if path.is_file()]


def test_a_clean_scan_is_kept_and_the_scanner_saw_every_byte(tmp_path):
    with clamd.listening() as (by, seen):
        assert receive(tmp_path, CLEAN, by).pages == 1
    assert seen == [CLEAN]


def test_a_large_upload_reaches_the_scanner_piece_by_piece_and_whole(tmp_path):
    content = pictures.saved(pictures.drawing(size=(900, 900)), "TIFF")
    assert len(content) > 2_000_000
    with clamd.listening() as (by, seen):
        receive(tmp_path, content, by)
    assert seen == [content]


def test_an_infected_upload_is_refused_and_not_kept(tmp_path):
    with clamd.listening() as (by, _), pytest.raises(errors.ScanRefused) as told:
        receive(tmp_path, INFECTED, by)
    assert told.value.reason is ScanFault.INFECTED
    assert files(tmp_path) == []


def test_the_scanner_is_asked_before_the_content_is_judged(tmp_path):
    with clamd.listening() as (by, seen), pytest.raises(errors.ScanRefused) as told:
        receive(tmp_path, b"no scan at all " + clamd.VIRUS, by)
    assert told.value.reason is ScanFault.INFECTED
    assert len(seen) == 1


def test_a_scanner_at_a_unix_socket_is_asked_too(tmp_path):
    # A Unix socket's path must fit into about a hundred bytes.
    with tempfile.TemporaryDirectory() as folder, clamd.listening(Path(folder) / "clamd.ctl") as (by, seen):
        receive(tmp_path, CLEAN, by)
        with pytest.raises(errors.ScanRefused):
            receive(tmp_path, INFECTED, by)
    assert seen == [CLEAN, INFECTED]


@pytest.mark.parametrize("answer", UNCLEAR.values(), ids=UNCLEAR)
def test_without_a_clear_word_of_the_scanner_nothing_is_accepted(tmp_path, answer):
    with clamd.listening(answer=lambda content: answer) as (by, _), pytest.raises(errors.TryAgain):
        receive(tmp_path, CLEAN, by)
    assert files(tmp_path) == []


def test_a_scanner_that_is_down_means_try_again_and_never_unscanned(tmp_path):
    for by in (("127.0.0.1", clamd.free_port()), tmp_path / "no.ctl"):
        with pytest.raises(errors.TryAgain):
            receive(tmp_path, CLEAN, by)
    assert files(tmp_path) == []


def test_without_a_scanner_in_the_settings_the_file_is_judged_by_its_content_alone(tmp_path):
    assert receive(tmp_path, CLEAN, None).pages == 1


def test_the_scanners_word_ends_at_its_nul(tmp_path):
    (tmp_path / "file").write_bytes(CLEAN)
    with clamd.listening(answer=lambda content: b"stream: OK\0stream: Late FOUND\0") as (by, _):
        scanner.scan(by, tmp_path / "file")
