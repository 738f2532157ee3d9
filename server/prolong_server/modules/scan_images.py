"""JPEG, PNG and TIFF: read to the last pixel and written anew, so that nothing but the pixels is kept.

What is kept looks the same everywhere: turned as the camera said, without transparency, in black and white, gray or
RGB. Runs only in a process of `scan_helper`.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from prolong_server.modules.scan_jobs import ALL_PIXELS, PAGES, PIXELS, SIDE, Job, MediaType
from prolong_server.rules.errors import ScanRefused
from prolong_server.rules.vocabulary import ScanFault

# Only these are tried, whatever the content pretends to be.
_FORMATS: Final = {
    MediaType.JPEG: JpegImagePlugin.JpegImageFile.format,
    MediaType.PNG: PngImagePlugin.PngImageFile.format,
    MediaType.TIFF: TiffImagePlugin.TiffImageFile.format,
}
_DEEP_GRAY: Final = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_LOSSY: Final = {"jpeg", "tiff_jpeg"}


def opened(media_type: MediaType, source: Path | IO[bytes]) -> Image.Image:
    """The image, its size judged and nothing decoded yet. Raises ScanRefused, or what the library raises."""
    # Our own limit speaks, below, for every page; the library's would be a warning first.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    return Image.open(source, formats=[_FORMATS[media_type]])


def examine(job: Job) -> int:
    """Write the image anew to the job's target; how many pages it has. Raises ScanRefused, or what a library raises."""
    with opened(job.media_type, job.source) as image, job.target.open("xb+") as target:
        if job.media_type is MediaType.TIFF:
            return _write_pages(image, target)
        if job.media_type is MediaType.PNG and getattr(image, "is_animated", False):
            raise ScanRefused(ScanFault.NOT_A_SCAN)
        weigh(image)
        # A camera's JPEG may hold a second, smaller picture; the first is the one that everybody sees.
        how = _as_jpeg(image) if job.media_type is MediaType.JPEG else {"optimize": False}
        plain(image).save(target, _FORMATS[job.media_type], **how)
        return 1


def weigh(image: Image.Image) -> int:
    """The pixels of the page at hand. Raises ScanRefused when they are too many."""
    pixels = image.width * image.height
    if pixels > PIXELS or max(image.size) > SIDE:
        raise ScanRefused(ScanFault.TOO_MANY_PIXELS)
    return pixels


def plain(image: Image.Image) -> Image.Image:
    """The decoded page as it is looked at: upright, on white paper, of mode 1, L or RGB, without anything else."""
    image.load()
    # A copy is no file any more: what is written of it takes over no tag. It is turned in place, to save memory.
    shown = _on_white(image) if image.has_transparency_data else image.copy()
    ImageOps.exif_transpose(shown, in_place=True)
    if shown.mode not in {"1", "L", "RGB"}:
        shown = _eight_bits(shown) if shown.mode in _DEEP_GRAY else shown.convert("RGB")
    shown.info = {}
    return shown


def _on_white(image: Image.Image) -> Image.Image:
    """What is transparent could be seen by one program and hidden by another, so it is laid on white."""
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(layer, mask=layer.getchannel("A"))
    paper.info = dict(image.info)
    return paper


def _eight_bits(image: Image.Image) -> Image.Image:
    return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")


def _as_jpeg(image: Image.Image) -> dict[str, Any]:
    """Tables and sampling of the original, so that writing it anew costs next to nothing of the picture."""
    tables = getattr(image, "quantization", None)
    sampling = JpegImagePlugin.get_sampling(image)
    if image.mode not in {"L", "RGB"} or not tables or sampling < 0:
        return {"quality": 92}
    return {"qtables": tables, "subsampling": sampling}


def _write_pages(image: Image.Image, target: IO[bytes]) -> int:
    pages = 0
    with TiffImagePlugin.AppendingTiffWriter(target) as writing:
        for how, page in _pages(image):
            page.save(writing, "TIFF", **how)
            writing.newFrame()
            pages += 1
    return pages


def _pages(image: Image.Image) -> Iterator[tuple[dict[str, Any], Image.Image]]:
    """Each page and how to write it, one at a time in memory."""
    for number in range(_weigh_all(image)):
        image.seek(number)
        was = str(image.info.get("compression", ""))
        page = plain(image)
        yield _as_tiff(page, was), page


def _weigh_all(image: Image.Image) -> int:
    """How many pages there are, none decoded yet. Raises ScanRefused when they are too many or too large together."""
    count = getattr(image, "n_frames", 1)
    if count > PAGES:
        raise ScanRefused(ScanFault.TOO_MANY_PAGES)
    left = ALL_PIXELS
    for number in range(count):
        image.seek(number)
        left -= weigh(image)
        if left < 0:
            raise ScanRefused(ScanFault.TOO_MANY_PIXELS)
    return int(count)


def _as_tiff(page: Image.Image, was: str) -> dict[str, Any]:
    if page.mode == "1":
        return {"compression": "group4"}
    return {"compression": "jpeg", "quality": 92} if was in _LOSSY else {"compression": "tiff_adobe_deflate"}
