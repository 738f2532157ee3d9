"""How much the streams of a PDF unpack to, found without ever holding it (ISO 32000, 7.4).

Runs only in a process of `scan_helper`.
"""

import zlib
from typing import Final

from pypdf.filters import decode_stream_data
from pypdf.generic import ArrayObject, NumberObject, PdfObject, StreamObject

from prolong_server.modules.scan_jobs import PIXELS, SIDE
from prolong_server.rules.errors import ScanRefused
from prolong_server.rules.vocabulary import ScanFault

# 100 million pixels of three bytes; text, fonts and drawings need far less; and all of a file's together.
IMAGE_BYTES: Final = 3 * PIXELS
OTHER_BYTES: Final = 50_000_000
ALL_BYTES: Final = 600_000_000
_PIECE: Final = 1 << 20
_FLATE: Final = "/FlateDecode"
_AS_TEXT: Final = {"/ASCII85Decode", "/ASCIIHexDecode"}
_PACKED: Final = {_FLATE, "/LZWDecode", "/RunLengthDecode"}
_PICTURE: Final = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"}


class Scale:
    """What the streams of one file have weighed so far."""

    def __init__(self) -> None:
        self._left = ALL_BYTES

    def weigh(self, value: PdfObject) -> None:
        """Add the object, if it is a stream. Raises ScanRefused for one that is too heavy, or odd in its filters."""
        if not isinstance(value, StreamObject):
            return
        is_image = "/Subtype" in value and str(value["/Subtype"]) == "/Image"
        if is_image:
            _measure(value)
        self._left -= _unpacked(value, min(self._left, IMAGE_BYTES if is_image else OTHER_BYTES))


def _measure(image: StreamObject) -> None:
    width, height = image["/Width"], image["/Height"]
    if not isinstance(width, NumberObject) or not isinstance(height, NumberObject):
        raise ScanRefused(ScanFault.DAMAGED)
    if width * height > PIXELS or max(width, height) > SIDE:
        raise ScanRefused(ScanFault.TOO_MANY_PIXELS)


def _unpacked(stream: StreamObject, limit: int) -> int:
    """The bytes that the stream unpacks to; of one that holds a picture's own format, those before that is decoded."""
    filters = _filters(stream)
    _judge(filters)
    data = stream._data  # noqa: SLF001 - the packed bytes have no public name
    if not filters or filters[0] in _PICTURE:
        return len(data)
    if filters[0] == _FLATE:
        return _inflated(data, limit)
    if filters[-1] in _PICTURE:
        # Text of a picture is longer than the picture.
        return len(data)
    size = len(decode_stream_data(stream))
    if size > limit:
        raise ScanRefused(ScanFault.BOMB)
    return size


def _filters(stream: StreamObject) -> list[str]:
    if "/Filter" not in stream:
        return []
    named = stream["/Filter"]
    return [str(name.get_object()) for name in named] if isinstance(named, ArrayObject) else [str(named)]


def _judge(filters: list[str]) -> None:
    """At most one of each kind, in the order text, packed, picture: nothing is packed twice. Raises ScanRefused."""
    order = [kind for name in filters for kind, names in enumerate((_AS_TEXT, _PACKED, _PICTURE)) if name in names]
    if len(order) != len(filters) or order != sorted(set(order)):
        raise ScanRefused(ScanFault.BOMB)


def _inflated(data: bytes, limit: int) -> int:
    size = 0
    unpacking = zlib.decompressobj()
    while data and not unpacking.eof:
        size += len(unpacking.decompress(data, _PIECE))
        if size > limit:
            raise ScanRefused(ScanFault.BOMB)
        data = unpacking.unconsumed_tail
    return size
