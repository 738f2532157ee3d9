"""A page of a kept scan as a PNG of bounded size. Runs only in a process of `scan_helper`."""

from contextlib import closing
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image

from prolong_server.modules import scan_images
from prolong_server.modules.scan_jobs import Job

LONGEST_SIDE: Final = 2000


def paint_image(job: Job, page: int) -> int | None:
    """Paint a page (from 1) of an image; its number, or None where there is no such page."""
    with scan_images.opened(job.media_type, job.source) as image:
        if not 1 <= page <= getattr(image, "n_frames", 1):
            return None
        image.seek(page - 1)
        scan_images.weigh(image)
        _write(scan_images.plain(image), job.target)
    return page


def paint_document(job: Job, page: int) -> int | None:
    """Paint a page (from 1) of a PDF; its number, or None where there is no such page."""
    with closing(pypdfium2.PdfDocument(job.source)) as document:
        if not 1 <= page <= len(document):
            return None
        _write(painted(document, page, LONGEST_SIDE), job.target)
    return page


def painted(document: pypdfium2.PdfDocument, page: int, side: int) -> Image.Image:
    """The page (from 1) as a picture whose longer side has `side` pixels. Raises what the library raises."""
    with closing(document[page - 1]) as leaf:
        scale = side / max(*leaf.get_size(), 1)
        with closing(leaf.render(scale=scale, may_draw_forms=False)) as bitmap:
            picture: Image.Image = bitmap.to_pil().convert("RGB")
    return picture


def _write(picture: Image.Image, target: Path) -> None:
    # Black and white shrinks to shades of gray, or thin strokes would vanish.
    shown = picture.convert("L") if picture.mode == "1" else picture
    shown.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    with target.open("xb") as writing:
        shown.save(writing, "PNG", compress_level=3)
