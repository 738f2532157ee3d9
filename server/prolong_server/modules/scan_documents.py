"""PDF: read strictly to its last object, and painted, before anybody else has to open it (ISO 32000).

A document that passes is kept as it is, not written anew: a letter may bear an electronic signature, which holds for
exactly these bytes, and the customer can compare the SHA-256 that an approval binds with the own file's. That is why
whatever a letter does not need is refused here instead of being taken out. Runs only in a process of `scan_helper`.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

import pypdfium2
from pypdf import PdfReader, apply_configuration
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError
from pypdf.generic import IndirectObject, PdfObject

from prolong_server.modules import scan_contents, scan_painting, scan_streams
from prolong_server.modules.scan_jobs import PAGES
from prolong_server.rules.errors import ScanRefused
from prolong_server.rules.vocabulary import ScanFault

OBJECTS: Final = 20_000
# A program for web pages looks that far for signs of one, a program for ZIP archives that far from the end.
_SNIFFED: Final = 1024
_ZIP_TAIL: Final = 66_000
_WEB_PAGE: Final = re.compile(rb"<\s*(?:!doctype|html|head|body|script|iframe|svg|img)", re.IGNORECASE)
# Long enough never to stand in compressed data by chance, so that they are found in objects no table lists, too.
_DANGEROUS: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)\b")
_THUMB: Final = 200


def examine(source: Path) -> int:
    """How many pages the document has. Raises ScanRefused, or what a library raises at a damaged one."""
    with source.open("rb") as reading, apply_configuration(jbig2dec_binary=None, disable_legacy_handling=True):
        _examine_outside(reading.read())
        try:
            pages = _examine_objects(reading)
        except (FileNotDecryptedError, DependencyError):
            raise ScanRefused(ScanFault.ENCRYPTED) from None
        except LimitReachedError:
            raise ScanRefused(ScanFault.BOMB) from None
    _paint(source, pages)
    return pages


def _examine_outside(content: bytes) -> None:
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise ScanRefused(ScanFault.DAMAGED)
    tail = content[-_ZIP_TAIL:]
    if content[end + 5 :].strip(b"\r\n\t \0") or b"PK\x05\x06" in tail or _WEB_PAGE.search(content[:_SNIFFED]):
        raise ScanRefused(ScanFault.MISLABELLED)
    if _DANGEROUS.search(content):
        raise ScanRefused(ScanFault.SCRIPTED)


def _examine_objects(reading: BinaryIO) -> int:
    reader = PdfReader(reading, strict=True)
    if reader.is_encrypted:
        raise ScanRefused(ScanFault.ENCRYPTED)
    scale = scan_streams.Scale()
    for value in _objects(reader):
        scan_contents.examine(value)
        scale.weigh(value)
    pages = reader.get_num_pages()
    if pages > PAGES:
        raise ScanRefused(ScanFault.TOO_MANY_PAGES)
    return pages


def _objects(reader: PdfReader) -> Iterator[PdfObject]:
    """The trailer, and every object that a table lists, whether or not anything names it."""
    listed = {(generation, number) for generation, entries in reader.xref.items() for number in entries}
    listed |= {(0, number) for number in reader.xref_objStm}
    if len(listed) > OBJECTS:
        raise ScanRefused(ScanFault.BOMB)
    yield reader.trailer
    for generation, number in sorted(listed):
        value = reader.get_object(IndirectObject(number, generation, reader))
        if value is not None:
            yield value


def _paint(source: Path, pages: int) -> None:
    """Paint each page by another library: two readings of one file must agree, and reviewers must be able to look."""
    with closing(pypdfium2.PdfDocument(source)) as document:
        if len(document) != pages or pages < 1:
            raise ScanRefused(ScanFault.DAMAGED)
        for page in range(1, pages + 1):
            scan_painting.painted(document, page, _THUMB)
