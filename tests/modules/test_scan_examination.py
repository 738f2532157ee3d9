"""What is taken as a scan, and every upload that is not, with its reason; all are read as they are in earnest."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from prolong_server.modules import scan_store, scans
from prolong_server.modules.scan_examination import Claim
from prolong_server.modules.scan_jobs import MediaType
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import ScanFault
from tests.modules import accepted, hostile, papers, pictures
from tests.modules.accepted import Accepted
from tests.modules.hostile import Hostile

CLAIMS = {
    MediaType.PDF: [("letter.pdf", "application/pdf"), ("Лист №1.PDF", ""), ("", "application/x-pdf"), ("letter", "")],
    MediaType.JPEG: [("a.jpg", "image/jpeg"), ("a.jpeg", "image/jpg"), ("a.JPE", ""), ("..jfif", "image/pjpeg")],
    MediaType.PNG: [("a.png", "image/png"), ("", "application/octet-stream"), ("a.b.png", " IMAGE/PNG; x=y")],
    MediaType.TIFF: [("a.tif", "image/tiff"), ("C:\\scans\\a.tiff", "image/x-tiff"), ("/etc/passwd/a.TIF. ", "")],
}
PLAIN = {
    MediaType.PDF: papers.letter,
    MediaType.JPEG: lambda: pictures.picture("JPEG"),
    MediaType.PNG: lambda: pictures.picture("PNG"),
    MediaType.TIFF: lambda: pictures.picture("TIFF"),
}


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def received(tmp_path: Path, content: bytes, claim: Claim | None = None) -> tuple[scans.Scan, bytes]:
    """The scan that was kept, and what was kept of it."""
    scan = scans.receive(tmp_path / "scans", io.BytesIO(content), claim or Claim())
    with scan_store.open_scan(tmp_path / "scans", scan.sha256) as kept:
        return scan, kept.read()


def test_there_are_more_than_a_hundred_hostile_uploads_for_every_reason():
    assert len({upload.name for upload in hostile.UPLOADS}) == len(hostile.UPLOADS) > 150
    assert {upload.reason for upload in hostile.UPLOADS} == set(ScanFault) - {ScanFault.TOO_LARGE, ScanFault.INFECTED}


@pytest.mark.parametrize("upload", hostile.UPLOADS, ids=lambda upload: f"{upload.reason}: {upload.name}")
def test_a_hostile_upload_is_refused_by_its_reason_and_nothing_of_it_is_kept(tmp_path, upload: Hostile):
    with pytest.raises(errors.ScanRefused) as told:
        received(tmp_path, upload.make(), upload.claim)
    assert told.value.reason is upload.reason
    assert files(tmp_path) == []


@pytest.mark.parametrize("upload", accepted.UPLOADS, ids=lambda upload: upload.name)
def test_a_scan_of_every_kind_is_kept_under_the_digest_of_what_is_stored(tmp_path, upload: Accepted):
    scan, kept = received(tmp_path, upload.make())
    assert (scan.media_type, scan.pages) == (upload.media_type, upload.pages)
    assert (scan.sha256, scan.size) == (hashlib.sha256(kept).hexdigest(), len(kept))
    assert [path.name for path in files(tmp_path)] == [scan.sha256]


@pytest.mark.parametrize("name", accepted.DOCUMENTS)
def test_a_document_is_kept_to_the_byte_for_its_signature_holds_for_nothing_else(tmp_path, name):
    content = accepted.DOCUMENTS[name][0]()
    assert received(tmp_path, content)[1] == content


@pytest.mark.parametrize("upload", accepted.UPLOADS, ids=lambda upload: upload.name)
def test_what_was_kept_is_a_scan_itself_a_picture_of_the_plainest_modes(tmp_path, upload: Accepted):
    first, kept = received(tmp_path, upload.make())
    if first.media_type is not MediaType.PDF:
        assert Image.open(io.BytesIO(kept), formats=[first.media_type.removeprefix("image/")]).mode in {"1", "L", "RGB"}
    again, _ = received(tmp_path, kept)
    assert (again.media_type, again.pages) == (first.media_type, first.pages)


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, claims in CLAIMS.items() for said in claims])
def test_a_name_and_a_type_that_agree_with_the_content_or_say_nothing_are_believed(tmp_path, kind, said):
    assert received(tmp_path, PLAIN[kind](), Claim(*said))[0].media_type is kind


@pytest.mark.parametrize("kind", CLAIMS)
@pytest.mark.parametrize("other", CLAIMS)
def test_a_name_or_a_type_of_another_kind_is_refused_whatever_the_content(tmp_path, kind, other):
    if kind is other:
        assert received(tmp_path, PLAIN[kind](), Claim(CLAIMS[other][0][0], other))[0].media_type is kind
        return
    for said in (Claim(filename=CLAIMS[other][0][0]), Claim(media_type=other)):
        with pytest.raises(errors.ScanRefused) as told:
            received(tmp_path, PLAIN[kind](), said)
        assert told.value.fields == {"reason": "mislabelled"}
