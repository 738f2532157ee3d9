"""Whatever is cut, turned over or mixed into a scan: it is kept whole or refused, soon, and the server goes on."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from prolong_server.modules import scan_store, scans
from prolong_server.modules.scan_examination import Claim
from prolong_server.rules import errors
from tests.modules import accepted, papers, pictures

WHOLE = {
    "pdf": papers.letter(resources=b"/Font << >>", contents=papers.flate(papers.TEXT * 9)),
    "packed pdf": papers.in_object_stream(b"(quiet)"),
    "pdf of pictures": accepted.DOCUMENTS["pictures written by Pillow"][0](),
    "jpeg": pictures.picture("JPEG"),
    "png": pictures.picture("PNG"),
    "tiff": pictures.many_pages(3, "1", compression="group4"),
    "lzw": pictures.picture("TIFF", compression="tiff_lzw"),
}
KINDS = st.sampled_from(sorted(WHOLE))
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(directory, content: bytes) -> scans.Scan | str:
    """The scan, or the reason of its refusal; what was kept can be read again in full."""
    try:
        scan = scans.receive(directory, io.BytesIO(content), Claim())
    except errors.ScanRefused as refused:
        return str(refused.reason)
    assert scan_store.verify(directory, scan.sha256)
    if scan.media_type != "application/pdf":
        with scan_store.open_scan(directory, scan.sha256) as kept, Image.open(kept) as image:
            image.load()
    return scan


@given(kind=KINDS, part=st.floats(0, 1))
@OFTEN
def test_a_scan_that_was_cut_is_refused_or_kept_whole(tmp_path, kind, part):
    whole = WHOLE[kind]
    told(tmp_path, whole[: int(len(whole) * part)])


@given(kind=KINDS, flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=6))
@OFTEN
def test_a_scan_with_bytes_turned_over_is_refused_or_kept_whole(tmp_path, kind, flips):
    content = bytearray(WHOLE[kind])
    for place, change in flips:
        content[int(len(content) * place)] ^= change
    told(tmp_path, bytes(content))


@given(one=KINDS, other=KINDS, part=st.floats(0, 1))
@OFTEN
def test_two_scans_grown_together_are_refused_or_kept_whole(tmp_path, one, other, part):
    cut = int(len(WHOLE[one]) * part)
    told(tmp_path, WHOLE[one][:cut] + WHOLE[other] + WHOLE[one][cut:])


@given(head=st.sampled_from([b"%PDF-1.7\n", b"\xff\xd8\xff", pictures.PNG, b"II*\0", b"MM\0*"]), rest=st.binary())
@OFTEN
def test_a_right_beginning_alone_makes_no_scan(tmp_path, head, rest):
    assert told(tmp_path, head + rest) == "damaged"


@pytest.mark.parametrize("kind", WHOLE)
def test_half_a_scan_is_never_taken_for_a_whole_one(tmp_path, kind):
    whole = WHOLE[kind]
    assert isinstance(told(tmp_path, whole), scans.Scan)
    assert told(tmp_path, whole[: len(whole) // 2]) == "damaged"
