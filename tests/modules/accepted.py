"""Uploads that are scans: name, how to make the file, what it is, and how many pages it has."""

import io
import zlib
from base64 import a85encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PIL import Image
from pypdf import PdfReader, PdfWriter

from prolong_server.modules.scan_jobs import MediaType
from tests.modules import papers, pictures
from tests.modules.papers import annotated, flate, letter, opening, revised, stream, with_picture
from tests.modules.pictures import picture


@dataclass(frozen=True)
class Accepted:
    """One upload."""

    name: str
    make: Callable[[], bytes] = field(repr=False)
    media_type: MediaType
    pages: int = 1


def _rewritten() -> bytes:
    written = io.BytesIO()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(papers.pages(3))))
    writer.add_outline_item(title="Лист", page_number=0)
    writer.write(written)
    return written.getvalue()


def _of_pictures() -> bytes:
    first, second = pictures.drawing(), pictures.drawing("1", seed=2)
    return pictures.saved(first, "PDF", save_all=True, append_images=[second])


def _two_in_one() -> bytes:
    first, second = pictures.drawing(), pictures.drawing(seed=2)
    return pictures.saved(first, "MPO", save_all=True, append_images=[second])


GRAY = bytes(range(100)) * 100
SIGNED = b"/AcroForm << /SigFlags 3 /Fields [5 0 R] >>"
SIGNATURE = b"<< /FT /Sig /T (a) /V << /Type /Sig /Filter /Adobe.PPKLite /Contents <00> /ByteRange [0 1 2 3] >> >>"

DOCUMENTS: dict[str, tuple[Callable[[], bytes], int]] = {
    "letter": (letter, 1),
    "letter of a later version": (lambda: letter(head=b"%PDF-2.0\n"), 1),
    "fifty pages": (lambda: papers.pages(50), 50),
    "written by pypdf, with an outline": (_rewritten, 3),
    "pictures written by Pillow": (_of_pictures, 2),
    "packed contents": (lambda: letter(contents=flate(papers.TEXT)), 1),
    "contents as packed text": (
        lambda: letter(
            contents=stream(a85encode(zlib.compress(papers.TEXT)) + b"~>", b"/Filter [/ASCII85Decode /FlateDecode]")
        ),
        1,
    ),
    "objects in an object stream": (lambda: papers.in_object_stream(b"(quiet)"), 1),
    "signed after it was written": (lambda: revised(letter(catalog=SIGNED, more={5: b"null"}), 5, SIGNATURE), 1),
    "shown at a page": (lambda: opening(b"[3 0 R /FitH 800]"), 1),
    "shown at a page by an action": (lambda: opening(b"<< /S /GoTo /D [3 0 R /Fit] >>"), 1),
    "link to the company": (lambda: annotated(b"/Subtype /Link /A << /S /URI /URI (https://firm.example) >>"), 1),
    "link for mail": (lambda: annotated(b"/Subtype /Link /A << /S /URI /URI (MAILTO:office@firm.example) >>"), 1),
    "picture as jpeg": (lambda: with_picture(120, 170, picture("JPEG", "L"), b"/Filter /DCTDecode"), 1),
    "picture packed": (lambda: with_picture(100, 100, zlib.compress(GRAY), b"/Filter /FlateDecode"), 1),
    "picture as it is": (lambda: with_picture(100, 100, GRAY, b""), 1),
    "picture as packed jpeg": (
        lambda: with_picture(120, 170, zlib.compress(picture("JPEG", "L")), b"/Filter [/FlateDecode /DCTDecode]"),
        1,
    ),
}

IMAGES: dict[str, tuple[MediaType, Callable[[], bytes]]] = {
    **{f"jpeg {mode}": (MediaType.JPEG, partial(picture, "JPEG", mode)) for mode in ("L", "RGB", "CMYK")},
    "jpeg that comes step by step": (MediaType.JPEG, lambda: picture("JPEG", progressive=True)),
    "jpeg of full color": (MediaType.JPEG, lambda: picture("JPEG", subsampling=0, quality=98)),
    "jpeg of a phone with a second picture": (MediaType.JPEG, _two_in_one),
    "jpeg with something behind": (MediaType.JPEG, lambda: picture("JPEG") + b"SECRET" * 20),
    **{
        f"png {mode}": (MediaType.PNG, partial(picture, "PNG", mode))
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    },
    "png in seven passes": (MediaType.PNG, lambda: pictures.png(8, 8, bytes(9 * 8))),
    "png with something behind": (MediaType.PNG, lambda: picture("PNG") + b"SECRET" * 20),
    **{
        f"tiff {mode}": (MediaType.TIFF, partial(picture, "TIFF", mode))
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "LAB")
    },
    **{
        f"tiff packed by {way}": (MediaType.TIFF, partial(picture, "TIFF", mode, compression=way))
        for way, mode in {
            "group3": "1",
            "group4": "1",
            "packbits": "L",
            "tiff_lzw": "RGB",
            "tiff_adobe_deflate": "RGB",
            "jpeg": "RGB",
        }.items()
    },
    "tiff that begins with big ends": (MediaType.TIFF, lambda: picture("TIFF", "I;16B")),
    "smallest of all": (MediaType.PNG, lambda: pictures.saved(Image.new("L", (1, 1)), "PNG")),
}

UPLOADS = (
    *(Accepted(name, make, MediaType.PDF, pages) for name, (make, pages) in DOCUMENTS.items()),
    *(Accepted(name, make, media_type) for name, (media_type, make) in IMAGES.items()),
    Accepted("tiff of five pages", lambda: pictures.many_pages(5, "RGB"), MediaType.TIFF, 5),
    Accepted("tiff of fifty pages", lambda: pictures.many_pages(50, compression="group4"), MediaType.TIFF, 50),
)
