"""Pictures as scanners and cameras make them, and their parts."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
SIZE = (120, 170)


def drawing(mode: str = "RGB", size: tuple[int, int] = SIZE, seed: int = 1) -> Image.Image:
    """A picture of soft colors that is the same each time."""
    dice = random.Random(seed)
    rough = Image.frombytes("RGB", (4, 5), dice.randbytes(4 * 5 * 3))
    return rough.resize(size, Image.Resampling.BICUBIC).convert(mode)


def saved(image: Image.Image, form: str, **how: Any) -> bytes:
    """The picture as a file."""
    written = io.BytesIO()
    image.save(written, form, **how)
    return written.getvalue()


def picture(form: str, mode: str = "RGB", **how: Any) -> bytes:
    """A drawing as a file."""
    return saved(drawing(mode), form, **how)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG, with its right sum."""
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *extra: bytes, depth: int = 8, color: int = 0) -> bytes:
    """A PNG whose head says what we want, with these packed rows and further parts before them."""
    head = chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, depth, color, 0, 0, 0))
    return PNG + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def tiff(entries: dict[int, tuple[int, int, int]], data: bytes = b"", after: int = 0) -> bytes:
    """A TIFF of one directory: tag -> kind, count, value; `after` is where the next directory is said to be."""
    rows = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(entries.items()))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + struct.pack("<I", after) + data


def gray_tiff(width: int, height: int, **changes: tuple[int, int, int]) -> dict[int, tuple[int, int, int]]:
    """The entries of a gray picture whose data follow its directory of eight entries; names like `tag_259` change."""
    entries = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 1),
        262: (3, 1, 1),
        273: (4, 1, 8 + 2 + 12 * 8 + 4),
        278: (4, 1, height),
        279: (4, 1, width * height),
    }
    return entries | {int(name.removeprefix("tag_")): entry for name, entry in changes.items()}


def jpeg_sized(width: int, height: int) -> bytes:
    """A small JPEG whose head claims another size."""
    content = bytearray(picture("JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack("!HH", height, width)
    return bytes(content)


def many_pages(count: int, mode: str = "1", size: tuple[int, int] = SIZE, **how: Any) -> bytes:
    """A TIFF of so many pages."""
    first, *others = [drawing(mode, size, seed) for seed in range(count)]
    return saved(first, "TIFF", save_all=True, append_images=others, **how)
