"""Pages of kept scans as pictures of bounded size, which look as the scan does."""

import io

import pytest
from PIL import Image

from prolong_server.modules import scan_pages, scan_store
from prolong_server.modules.scan_jobs import MediaType
from prolong_server.modules.scan_painting import LONGEST_SIDE
from prolong_server.rules import errors
from tests.modules import accepted, papers, pictures
from tests.modules.test_scan_examination import files, received
from tests.modules.test_scan_images import difference


def page(tmp_path, scan, number: int = 1) -> Image.Image:
    painted = scan_pages.render(tmp_path / "scans", scan.sha256, scan.media_type, number)
    shown = Image.open(io.BytesIO(painted), formats=["PNG"])
    shown.load()
    return shown


@pytest.mark.parametrize("upload", accepted.UPLOADS, ids=lambda upload: upload.name)
def test_the_last_page_of_every_scan_can_be_looked_at(tmp_path, upload):
    scan, _ = received(tmp_path, upload.make())
    shown = page(tmp_path, scan, scan.pages)
    assert 1 <= max(shown.size) <= LONGEST_SIDE
    assert [path.name for path in files(tmp_path)] == [scan.sha256]


@pytest.mark.parametrize("make", [lambda: papers.pages(3), lambda: pictures.many_pages(3, "RGB")])
@pytest.mark.parametrize("number", [-1, 0, 4, 10**9])
def test_a_page_that_the_scan_has_not_is_not_found(tmp_path, make, number):
    scan, _ = received(tmp_path, make())
    with pytest.raises(errors.NotFound):
        page(tmp_path, scan, number)


@pytest.mark.parametrize("digest", ["0" * 64, "../../keys", ""])
def test_a_scan_that_was_never_kept_is_not_found(tmp_path, digest):
    with pytest.raises(errors.NotFound):
        scan_pages.render(tmp_path / "scans", digest, MediaType.PDF, 1)


def test_each_page_of_a_tiff_is_painted_as_it_is(tmp_path):
    scan, _ = received(tmp_path, pictures.many_pages(3, "RGB"))
    for number in range(3):
        assert difference(page(tmp_path, scan, number + 1), pictures.drawing(seed=number)) == 0


def test_a_document_is_painted_with_its_drawing_in_its_place(tmp_path):
    scan, _ = received(tmp_path, papers.letter(contents=papers.stream(b"1 0 0 rg 0 421 595 421 re f")))
    shown = page(tmp_path, scan)
    assert max(shown.size) == LONGEST_SIDE
    assert shown.getpixel((700, 500)) == (255, 0, 0)
    assert shown.getpixel((700, 1500)) == (255, 255, 255)


def test_a_large_picture_is_made_smaller_and_thin_strokes_stay_to_be_seen(tmp_path):
    large = Image.new("1", (8000, 6000), 1)
    large.paste(0, (0, 3000, 8000, 3001))
    scan, _ = received(tmp_path, pictures.saved(large, "TIFF", compression="group4"))
    shown = page(tmp_path, scan)
    assert shown.size == (2000, 1500)
    assert min(shown.crop((1000, 740, 1001, 760)).tobytes()) < 250
    assert shown.getpixel((1000, 100)) == 255


@pytest.mark.parametrize("spoiled", [b"%PDF-1.7 spoiled", b""])
def test_a_kept_scan_that_cannot_be_painted_any_more_is_refused_with_a_reason(tmp_path, spoiled):
    scan, _ = received(tmp_path, papers.letter())
    scan_store.path(tmp_path / "scans", scan.sha256).write_bytes(spoiled)
    with pytest.raises(errors.ScanRefused) as told:
        page(tmp_path, scan)
    assert told.value.fields == {"reason": "damaged"}


@pytest.mark.parametrize("box", [b"0 0 14400 14400", b"0 0 3 3", b"0 0 14000 1", b"0 0 0.1 9000", b"-50 -50 50 50"])
def test_a_huge_sheet_and_a_tiny_one_are_painted_at_the_same_bounded_size(tmp_path, box):
    scan, _ = received(tmp_path, papers.letter(box=box))
    assert max(page(tmp_path, scan).size) == LONGEST_SIDE
