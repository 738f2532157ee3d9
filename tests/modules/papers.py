"""PDFs written by hand, object by object: whole letters, and letters with something that no letter needs."""

import io
import struct
import zlib

from pypdf import PdfReader, PdfWriter

TEXT = b"0.5 g 100 100 300 400 re f"


def document(objects: dict[int, bytes], trailer: bytes = b"", head: bytes = b"%PDF-1.7\n", loose: bytes = b"") -> bytes:
    """A PDF of these objects with a table of them; `loose` is written before the table and not listed in it."""
    written, places = bytearray(head), {}
    for number, value in objects.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    written += loose
    start, size = len(written), max(objects) + 1
    rows = [b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(size)]
    written += b"xref\n0 %d\n%b" % (size, b"".join(rows))
    written += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(written)


def revised(written: bytes, number: int, value: bytes) -> bytes:
    """The document with one object replaced by what was added behind its end, as signing programs do."""
    before, place = int(written.rsplit(b"startxref\n", 1)[1].split()[0]), len(written)
    added = b"%d 0 obj\n%b\nendobj\n" % (number, value)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Prev %d >>\n" % (number + 1, before)
    return written + added + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (place + len(added))


def stream(data: bytes, about: bytes = b"") -> bytes:
    """A stream object with its true length."""
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), about, data)


def flate(data: bytes, about: bytes = b"") -> bytes:
    """A stream object, packed."""
    return stream(zlib.compress(data, 9), b"/Filter /FlateDecode " + about)


def letter(
    catalog: bytes = b"",
    page: bytes = b"",
    more: dict[int, bytes] | None = None,
    contents: bytes = stream(TEXT),
    resources: bytes = b"",
    box: bytes = b"0 0 595 842",
    **parts: bytes,
) -> bytes:
    """A letter of one page, with additions to its catalog, its page and its objects (from 5)."""
    about = b"/Parent 2 0 R /MediaBox [%b] /Resources << %b >> /Contents 4 0 R %b" % (box, resources, page)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page %b >>" % about,
        4: contents,
    }
    return document(objects | (more or {}), **parts)


def pages(count: int) -> bytes:
    """A document of so many pages."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, count + 3))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>"
    return document(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, count),
            **dict.fromkeys(range(3, count + 3), page),
        }
    )


def with_picture(width: int, height: int, data: bytes, about: bytes) -> bytes:
    """A letter whose page shows a picture of this size and coding."""
    size = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray " % (
        width,
        height,
    )
    return letter(
        more={5: stream(data, size + about)},
        resources=b"/XObject << /Im5 5 0 R >>",
        contents=stream(b"q 500 0 0 700 40 40 cm /Im5 Do Q"),
    )


def annotated(annotation: bytes, more: dict[int, bytes] | None = None) -> bytes:
    """A letter whose page bears an annotation."""
    return letter(page=b"/Annots [<< /Type /Annot /Rect [0 0 90 90] %b >>]" % annotation, more=more)


def opening(action: bytes, more: dict[int, bytes] | None = None) -> bytes:
    """A letter that does something when it is opened."""
    return letter(catalog=b"/OpenAction %b" % action, more=more)


def in_object_stream(hidden: bytes) -> bytes:
    """A letter (PDF 1.5) with objects packed into a stream, one of which is `hidden`, and a table packed likewise."""
    inner = [(1, b"<< /Type /Catalog /Pages 2 0 R >>"), (2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")]
    inner += [(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"), (4, hidden)]
    body, index = b"", b""
    for number, value in inner:
        index += b"%d %d " % (number, len(body))
        body += value + b" "
    written = bytearray(b"%PDF-1.5\n")
    place = len(written)
    written += b"5 0 obj\n%b\nendobj\n" % flate(index + body, b"/Type /ObjStm /N 4 /First %d" % len(index))
    start = len(written)
    entries = [(0, 0, 255), *((2, 5, at) for at in range(4)), (1, place, 0), (1, start, 0)]
    rows = b"".join(struct.pack("!BIB", *entry) for entry in entries)
    table = flate(rows, b"/Type /XRef /Size 7 /W [1 4 1] /Root 1 0 R")
    return bytes(written + b"6 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, start))


def encrypted(algorithm: str, user: str = "secret") -> bytes:
    """A letter under a password; an empty one is needed only to change it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(letter())))
    writer.encrypt(user, "owner", algorithm=algorithm)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def laughing(times: int, depth: int) -> bytes:
    """A letter that draws a drawing that draws a drawing …, so many times on each of so many levels."""
    more = {}
    for level in range(depth):
        inner = level + 6
        drawing = b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Resources << /XObject << /X %d 0 R >> >>" % inner
        more[level + 5] = stream(b"/X Do " * times, drawing)
    more[depth + 5] = stream(b"0 0 9 9 re f " * times, b"/Type /XObject /Subtype /Form /BBox [0 0 99 99]")
    return letter(more=more, resources=b"/XObject << /X 5 0 R >>", contents=stream(b"/X Do " * times))
