"""Uploads that must never be kept: name, how to make the file, what its sender says of it, and why it is refused."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from PIL import Image

from prolong_server.modules.scan_examination import Claim
from prolong_server.rules.vocabulary import ScanFault
from tests.modules import papers, pictures
from tests.modules.papers import annotated, flate, letter, opening, stream
from tests.modules.pictures import chunk, gray_tiff, picture, png, tiff

JS = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
ROW = b"\0" + b"\x80" * 64


@dataclass(frozen=True)
class Hostile:
    """One upload."""

    name: str
    make: Callable[[], bytes] = field(repr=False)
    reason: ScanFault
    claim: Claim = field(default_factory=Claim)


def zipped() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return written.getvalue()


def zeros(megabytes: int) -> bytes:
    """So many zeros, packed, made without packing each."""
    packing = zlib.compressobj(9)
    first = packing.compress(bytes(1 << 20)) + packing.flush(zlib.Z_FULL_FLUSH)
    return first + (packing.compress(bytes(1 << 20)) + packing.flush(zlib.Z_FULL_FLUSH)) * (megabytes - 1)


def lzw_bomb(size: int) -> bytes:
    """The longest runs that LZW can say: each code is the one before and one byte more."""
    bits, width, code, written = [], 9, 258, 0
    bits += [f"{256:09b}", f"{0:09b}"]
    while written < size:
        bits.append(f"{code:0{width}b}")
        code += 1
        written += code - 256
        if code + 1 >= 1 << width:
            width += 1
        if width > 12:
            bits.append(f"{256:012b}")
            width, code = 9, 258
            bits.append(f"{0:09b}")
    text = "".join(bits)
    return int(text + "0" * (-len(text) % 8), 2).to_bytes((len(text) + 7) // 8, "big")


NOT_A_SCAN: dict[str, bytes | Callable[[], bytes]] = {
    "nothing": b"",
    "one byte": b"%",
    "plain text": "Лист про перенесення".encode(),
    "web page": b"<!DOCTYPE html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "xml with entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "gif": lambda: picture("GIF", "P"),
    "webp": lambda: picture("WEBP"),
    "bmp": lambda: picture("BMP"),
    "icon": lambda: picture("ICO"),
    "jpeg 2000": lambda: picture("JPEG2000"),
    "portable pixmap": lambda: picture("PPM"),
    "postscript": lambda: picture("EPS", "L"),
    "tga": lambda: picture("TGA"),
    "photoshop": b"8BPS\0\x01" + b"\0" * 64,
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "zip": zipped,
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0",
    "seven zip": b"7z\xbc\xaf\x27\x1c\0\x04",
    "rar": b"Rar!\x1a\x07\x01\0",
    "windows program": b"MZ\x90\0\x03\0\0\0",
    "linux program": b"\x7fELF\x02\x01\x01\0",
    "shell script": b"#!/bin/sh\nrm -rf /\n",
    "old office document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64,
    "rich text": b"{\\rtf1 letter}",
    "film": b"\0\0\0\x20ftypisom\0\0\x02\0",
    "pickle": b"\x80\x04cos\nsystem\n(S'id'\ntR.",
    "big tiff": b"II+\0\x08\0\0\0" + b"\0" * 64,
    "pdf behind a blank line": lambda: b"\n" + letter(),
    "pdf behind a byte order mark": lambda: b"\xef\xbb\xbf" + letter(),
    "pdf behind a script": lambda: b"#!/bin/sh\nexit\n" + letter(),
    "pdf of an unknown version": lambda: letter(head=b"%PDF-3.0\n"),
    "png behind a byte": lambda: b"\0" + picture("PNG"),
    "png with unix line ends": lambda: picture("PNG").replace(b"\r\n", b"\n", 1),
    "jpeg without its first mark": lambda: picture("JPEG")[2:],
}

MISLABELLED: dict[str, tuple[Claim, Callable[[], bytes]]] = {
    "pdf named as a picture": (Claim("letter.jpg"), letter),
    "pdf named as a program": (Claim("letter.pdf.exe"), letter),
    "pdf named as a program with a dot behind": (Claim("letter.exe. "), letter),
    "pdf named as a web page": (Claim("letter.html", "application/pdf"), letter),
    "pdf declared as text": (Claim("letter.pdf", "text/html"), letter),
    "pdf declared as a picture": (Claim("", "image/png"), letter),
    "png named as pdf": (Claim("scan.pdf"), lambda: picture("PNG")),
    "png declared as svg": (Claim("scan.png", "image/svg+xml"), lambda: picture("PNG")),
    "jpeg named as png": (Claim("scan.png", "image/png"), lambda: picture("JPEG")),
    "jpeg declared as tiff": (Claim("scan.jpg", "image/tiff; q=1"), lambda: picture("JPEG")),
    "tiff named as jpeg": (Claim("C:\\scans\\act.jpeg"), lambda: picture("TIFF")),
    "tiff named as a shell script": (Claim("act.tiff/../run.sh"), lambda: picture("TIFF")),
    "pdf with a zip archive behind": (Claim(), lambda: letter() + zipped()),
    "pdf with a zip archive inside": (Claim(), lambda: letter(more={5: stream(zipped() + b"\0" * 40)})),
    "pdf with a web page in its head": (Claim(), lambda: letter(head=b"%PDF-1.7\n%<ScRiPt>alert(1)</script>\n")),
    "pdf with a script behind its end": (Claim(), lambda: letter() + b"<script>alert(1)</script>"),
    "pdf with a program behind its end": (Claim(), lambda: letter() + b"\x7fELF\x02\x01\x01" + b"\0" * 99),
}

ENCRYPTED: dict[str, Callable[[], bytes]] = {
    "rc4 of 40 bits": lambda: papers.encrypted("RC4-40"),
    "rc4 of 128 bits": lambda: papers.encrypted("RC4-128"),
    "aes of 128 bits": lambda: papers.encrypted("AES-128"),
    "aes of 256 bits": lambda: papers.encrypted("AES-256"),
    "aes of 256 bits, revision 5": lambda: papers.encrypted("AES-256-R5"),
    "opened without a password": lambda: papers.encrypted("AES-256", user=""),
    "rc4 opened without a password": lambda: papers.encrypted("RC4-128", user=""),
}

SCRIPTED: dict[str, Callable[[], bytes]] = {
    "script on opening": lambda: opening(JS),
    "script on opening behind a reference": lambda: opening(b"5 0 R", {5: JS}),
    "script whose kind is behind a reference": lambda: opening(b"<< /S 5 0 R /JS (x) >>", {5: b"/JavaScript"}),
    "script spelled in hexadecimal": lambda: opening(b"<< /#53 /J#61va#53cript /#4a#53 (x) >>"),
    "script as a stream": lambda: opening(b"<< /S /JavaScript /JS 5 0 R >>", {5: flate(b"app.alert(1)")}),
    "script in the tree of names": lambda: letter(catalog=b"/Names << /JavaScript << /Names [(a) %b] >> >>" % JS),
    "script after another action": lambda: opening(b"<< /S /GoTo /D [3 0 R /Fit] /Next %b >>" % JS),
    "action after another action": lambda: opening(b"<< /S /GoTo /D [3 0 R /Fit] /Next << /S /Named >> >>"),
    "script on closing": lambda: letter(catalog=b"/AA << /WC %b >>" % JS),
    "script on a page": lambda: letter(page=b"/AA << /O << /S /Named /N /Print >> >>"),
    "script under a click": lambda: annotated(b"/Subtype /Link /A %b" % JS),
    "script in a button": lambda: annotated(b"/Subtype /Widget /FT /Btn /AA << /E %b >>" % JS),
    "script nobody refers to": lambda: letter(more={5: JS}),
    "script that no table lists": lambda: letter(loose=b"9 0 obj\n%b\nendobj\n" % JS),
    "script in an object stream": lambda: papers.in_object_stream(b"<< /S /JavaScript /JS (x) >>"),
    "script deep in arrays": lambda: letter(more={5: b"[[[[[<< /A [<< /B %b >>] >>]]]]]" % JS}),
    "script in an older revision": lambda: papers.revised(letter(more={5: JS}), 5, b"null"),
    "program under a click": lambda: annotated(b"/Subtype /Link /A << /S /Launch /F (cmd.exe) >>"),
    "program on opening": lambda: opening(b"<< /S /Launch /Win << /F (cmd.exe) >> >>"),
    "printing on opening": lambda: opening(b"<< /S /Named /N /Print >>"),
    "web page on opening": lambda: opening(b"<< /S /URI /URI (https://example.org) >>"),
    "link with a script": lambda: annotated(b"/Subtype /Link /A << /S /URI /URI (javascript:alert\\(1\\)) >>"),
    "link to a file": lambda: annotated(b"/Subtype /Link /A << /S /URI /URI (file:///etc/passwd) >>"),
    "link to a share": lambda: annotated(b"/Subtype /Link /A << /S /URI /URI (\\\\\\\\host\\\\share) >>"),
    "link without an address": lambda: annotated(b"/Subtype /Link /A << /S /URI >>"),
    "link behind a reference": lambda: annotated(b"/Subtype /Link /A << /S /URI /URI 5 0 R >>", {5: b"(vbscript:x)"}),
    "link into another document": lambda: annotated(b"/Subtype /Link /A << /S /GoToR /F (\\\\\\\\host\\\\x) /D [0] >>"),
    "link into an attached document": lambda: annotated(b"/Subtype /Link /A << /S /GoToE /D [0 /Fit] >>"),
    "form that sends itself": lambda: annotated(b"/Subtype /Widget /A << /S /SubmitForm /F (https://example.org) >>"),
    "form that fills itself": lambda: annotated(b"/Subtype /Widget /A << /S /ImportData /F (a.fdf) >>"),
    "form that empties itself": lambda: annotated(b"/Subtype /Widget /A << /S /ResetForm >>"),
    "form of xfa": lambda: letter(catalog=b"/AcroForm << /XFA 5 0 R /Fields [] >>", more={5: flate(b"<xdp:xdp/>")}),
    "attached file": lambda: letter(
        catalog=b"/Names << /EmbeddedFiles << /Names [(a) 5 0 R] >> >>",
        more={5: b"<< /Type /Filespec /F (a.exe) /EF << /F 6 0 R >> >>", 6: stream(b"MZ", b"/Type /EmbeddedFile")},
    ),
    "attached file of a page": lambda: letter(page=b"/AF [<< /Type /Filespec /F (a) /EF << /F 4 0 R >> >>]"),
    "attached file as a pin": lambda: annotated(b"/Subtype /FileAttachment /FS << /Type /Filespec /F (a.exe) >>"),
    "portfolio": lambda: letter(catalog=b"/Collection << /View /T >>"),
    "rich media": lambda: annotated(b"/Subtype /RichMedia /RichMediaContent << >>"),
    "model in space": lambda: annotated(b"/Subtype /3D /3DD 4 0 R"),
    "film in a frame": lambda: annotated(b"/Subtype /Movie /Movie << /F (a.avi) >>"),
    "sound": lambda: annotated(b"/Subtype /Sound /Sound 4 0 R"),
    "film on a screen": lambda: annotated(b"/Subtype /Screen /A << /S /Rendition /OP 0 >>"),
    "hidden layers on a click": lambda: annotated(b"/Subtype /Link /A << /S /SetOCGState /State [/ON] >>"),
    "data in a file outside": lambda: letter(contents=stream(b"", b"/F (/etc/passwd)")),
    "page of another document": lambda: letter(
        more={5: stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Ref << /F (a.pdf) /Page 0 >>")}
    ),
    "program for printers": lambda: letter(more={5: stream(b"%!PS quit", b"/Type /XObject /Subtype /PS")}),
}

BOMB: dict[str, Callable[[], bytes]] = {
    "page of 100 MB": lambda: letter(contents=stream(zeros(100), b"/Filter /FlateDecode")),
    "picture that unpacks to 400 MB": lambda: papers.with_picture(100, 100, zeros(400), b"/Filter /FlateDecode"),
    "packed twice": lambda: letter(
        contents=stream(zlib.compress(zeros(50), 9), b"/Filter [/FlateDecode /FlateDecode]")
    ),
    "packed in two ways": lambda: letter(contents=stream(b"x", b"/Filter [/LZWDecode /FlateDecode]")),
    "packed nine times": lambda: letter(contents=stream(b"x", b"/Filter [" + b"/ASCIIHexDecode " * 9 + b"]")),
    "packed in a way nobody knows": lambda: letter(contents=stream(b"x", b"/Filter /BrotliDecode")),
    "long runs": lambda: letter(contents=stream(b"\x81\x20" * 800_000, b"/Filter /RunLengthDecode")),
    "lzw": lambda: letter(contents=stream(lzw_bomb(100_000_000), b"/Filter /LZWDecode")),
    "sixteen large parts": lambda: letter(more=dict.fromkeys(range(5, 21), stream(zeros(40), b"/Filter /FlateDecode"))),
    "object stream of 100 MB": lambda: papers.in_object_stream(b"(" + b"a" * 100_000_000 + b")"),
    "20,000 objects": lambda: letter(more=dict.fromkeys(range(5, 20_005), b"null")),
    "arrays in arrays": lambda: letter(more={5: b"[" * 5000 + b"]" * 5000}),
    "array of 200,000": lambda: letter(more={5: b"[" + b"0 " * 200_000 + b"]"}),
}

DAMAGED: dict[str, Callable[[], bytes]] = {
    "pdf of a head alone": lambda: b"%PDF-1.7\n",
    "pdf that is a script": lambda: b"%PDF-1.4\n#!/bin/sh\nrm -rf /\n",
    "pdf that is a script with an end": lambda: b"%PDF-1.4\n#!/bin/sh\nrm -rf /\n%%EOF\n",
    "pdf cut in its middle": lambda: letter()[:300] + b"\n%%EOF",
    "pdf without an end": lambda: letter().replace(b"%%EOF", b""),
    "pdf without a table": lambda: letter().replace(b"xref", b"frex"),
    "pdf whose table lies elsewhere": lambda: letter().replace(b"startxref\n", b"startxref\n9"),
    "pdf whose table names itself": lambda: letter(trailer=b"/Prev 0"),
    "pdf without a root": lambda: letter().replace(b"/Root 1 0 R", b"/Toor 1 0 R"),
    "pdf without pages": lambda: letter().replace(b"/Pages 2 0 R", b"/Segap 2 0 R"),
    "pdf of no page": lambda: papers.pages(0),
    "pdf whose pages go in a circle": lambda: letter().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
    "pdf whose stream is torn": lambda: letter(
        contents=stream(zlib.compress(papers.TEXT)[:9], b"/Filter /FlateDecode")
        .replace(b"x\xda", b"xx")
        .replace(b"x\x9c", b"xx")
    ),
    "pdf with a picture without a size": lambda: papers.with_picture(9, 9, bytes(81), b"").replace(
        b"/Width 9", b"/W (a) 9"
    ),
    "pdf of dictionaries in dictionaries": lambda: letter(more={5: b"<< /A " * 5000 + b"1" + b" >>" * 5000}),
    "png of a head alone": lambda: pictures.PNG,
    "png cut in its middle": lambda: picture("PNG")[:2000],
    "png with a wrong sum": lambda: picture("PNG").replace(b"IDAT", b"IDAU", 1),
    "png without rows": lambda: pictures.PNG + picture("PNG")[8:33] + chunk(b"IEND", b""),
    "png of no size": lambda: png(0, 0, b""),
    "png of a kind nobody knows": lambda: png(64, 64, ROW * 64, depth=7, color=5),
    "png with a text that unpacks to 100 MB": lambda: png(
        64, 64, ROW * 64, chunk(b"zTXt", b"Comment\0\0" + zeros(100))
    ),
    "png with a profile that unpacks to 100 MB": lambda: png(64, 64, ROW * 64, chunk(b"iCCP", b"icc\0\0" + zeros(100))),
    "jpeg of a head alone": lambda: b"\xff\xd8\xff\xe0",
    "jpeg cut in its middle": lambda: picture("JPEG")[:1500],
    "jpeg without tables": lambda: picture("JPEG").replace(b"\xff\xdb", b"\xff\xfe"),
    "jpeg of no size": lambda: pictures.jpeg_sized(0, 0),
    "jpeg that is a script": lambda: b"\xff\xd8\xff<?php system($_GET['c']); ?>",
    "tiff of a head alone": lambda: b"II*\0\x08\0\0\0",
    "tiff whose directory lies elsewhere": lambda: b"MM\0*\xff\xff\xff\xf0",
    "tiff without data": lambda: tiff(gray_tiff(64, 64)),
    "tiff whose data lie elsewhere": lambda: tiff(gray_tiff(64, 64, tag_273=(4, 1, 0xFFFFFF00)), bytes(4096)),
    "tiff of a packing nobody knows": lambda: tiff(gray_tiff(64, 64, tag_259=(3, 1, 9999)), bytes(4096)),
    "tiff of ten thousand million samples": lambda: tiff(gray_tiff(64, 64, tag_277=(3, 1, 60000)), bytes(4096)),
    "tiff cut in its middle": lambda: picture("TIFF", compression="tiff_lzw")[:4000],
}

TOO_MANY_PIXELS: dict[str, Callable[[], bytes]] = {
    "png that claims four thousand million pixels": lambda: png(65_000, 65_000, ROW),
    "png of 101 million real pixels": lambda: pictures.saved(Image.new("1", (10_100, 10_000)), "PNG"),
    "png one pixel high": lambda: png(99_000_000, 1, ROW),
    "jpeg that claims four thousand million pixels": lambda: pictures.jpeg_sized(65_500, 65_500),
    "tiff that claims four thousand million pixels": lambda: tiff(gray_tiff(65_000, 65_000), bytes(4096)),
    "tiff of six pages of 90 million pixels": lambda: pictures.saved(
        Image.new("1", (9000, 10_000)),
        "TIFF",
        save_all=True,
        append_images=[Image.new("1", (9000, 10_000))] * 5,
        compression="group4",
    ),
    "pdf whose picture claims four thousand million": lambda: papers.with_picture(
        65_000, 65_000, picture("JPEG", "L"), b"/Filter /DCTDecode"
    ),
    "pdf whose fax is endless": lambda: papers.with_picture(60_000, 1000, b"\0" * 99, b"/Filter /CCITTFaxDecode"),
}


def moving() -> bytes:
    return pictures.saved(
        pictures.drawing(), "PNG", save_all=True, append_images=[pictures.drawing(seed=2), pictures.drawing(seed=3)]
    )


def _tables() -> Iterator[Hostile]:
    for name, made in NOT_A_SCAN.items():
        yield Hostile(name, made if callable(made) else partial(bytes, made), ScanFault.NOT_A_SCAN)
    yield Hostile("png that moves", moving, ScanFault.NOT_A_SCAN)
    for name, (claim, make) in MISLABELLED.items():
        yield Hostile(name, make, ScanFault.MISLABELLED, claim)
    plain = {
        ScanFault.ENCRYPTED: ENCRYPTED,
        ScanFault.SCRIPTED: SCRIPTED,
        ScanFault.BOMB: BOMB,
        ScanFault.DAMAGED: DAMAGED,
        ScanFault.TOO_MANY_PIXELS: TOO_MANY_PIXELS,
    }
    for reason, table in plain.items():
        for name, make in table.items():
            yield Hostile(name, make, reason)
    yield Hostile("pdf of 51 pages", lambda: papers.pages(51), ScanFault.TOO_MANY_PAGES)
    yield Hostile("tiff of 51 pages", lambda: pictures.many_pages(51, size=(9, 9)), ScanFault.TOO_MANY_PAGES)


UPLOADS = tuple(_tables())
