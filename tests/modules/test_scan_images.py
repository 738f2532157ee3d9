"""Pictures are written anew: every pixel stays where it was seen, and nothing else survives."""

import io
from typing import Any

import pytest
from PIL import Image, ImageChops, PngImagePlugin, TiffImagePlugin

from tests.modules import pictures
from tests.modules.pictures import drawing, picture, saved
from tests.modules.test_scan_examination import received

SECRET = b"SECRET-PLACE-50.4501-30.5234"
WORDS = SECRET.decode()


def opened(kept: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(kept))
    image.load()
    return image


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of a color of a pixel, of 255."""
    assert one.size == other.size
    bands = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getextrema()
    return max(band[1] for band in bands)  # type: ignore[index]  # of RGB there is one pair a band


def exif(**tags: object) -> Image.Exif:
    """What a camera writes: maker, place, and which way it was held."""
    told = Image.Exif()
    told[0x010F] = WORDS
    told[0x9286] = WORDS
    told.get_ifd(0x8825)[1] = WORDS
    if "orientation" in tags:
        told[0x0112] = tags["orientation"]
    return told


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_png_and_tiff_keep_every_pixel(tmp_path, form, mode):
    original = picture(form, mode)
    _, kept = received(tmp_path, original)
    assert difference(opened(original), opened(kept)) == 0


@pytest.mark.parametrize("quality", [40, 75, 95])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_jpeg_is_written_with_its_own_tables_so_that_it_hardly_changes_or_grows(tmp_path, quality, subsampling):
    original = picture("JPEG", quality=quality, subsampling=subsampling)
    _, kept = received(tmp_path, original)
    assert difference(opened(original), opened(kept)) <= 8
    assert len(kept) < len(original) * 1.1


@pytest.mark.parametrize("compression", ["jpeg", "tiff_lzw", "group4"])
def test_a_tiff_keeps_its_pages_in_their_order(tmp_path, compression):
    mode = "1" if compression == "group4" else "RGB"
    original = pictures.many_pages(3, mode, compression=compression)
    _, kept = received(tmp_path, original)
    before, after = opened(original), opened(kept)
    for page in range(3):
        before.seek(page)
        after.seek(page)
        assert difference(before, after) <= (12 if compression == "jpeg" else 0)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_place_maker_remarks_profile_and_thumbnail_are_gone(tmp_path, form):
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", WORDS)
    told.add_itxt("XML:com.adobe.xmp", WORDS)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = tags[315] = WORDS
    ways: dict[str, dict[str, Any]] = {
        "JPEG": {"comment": SECRET},
        "PNG": {"pnginfo": told},
        "TIFF": {"tiffinfo": tags},
    }
    camera = {} if form == "TIFF" else {"exif": exif()}
    original = saved(drawing(), form, icc_profile=SECRET * 9, **camera, **ways[form])
    assert SECRET in original
    _, kept = received(tmp_path, original)
    assert b"SECRET" not in kept
    assert b"Exif" not in kept
    left = opened(kept)
    assert not {"exif", "comment", "icc_profile", "xmp", "Comment"} & set(left.info)
    assert not {0x010F, 0x9286, 0x8825, 0x0112, 270, 315} & set(left.getexif())


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_is_hidden_behind_the_end_is_gone(tmp_path, form):
    _, kept = received(tmp_path, picture(form) + b"PK\x03\x04" + SECRET)
    assert SECRET not in kept


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_kept_the_way_up_that_the_camera_said(tmp_path, form, orientation):
    upright = drawing()
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = upright.transpose(turns[orientation]) if orientation in turns else upright
    original = saved(held, form, exif=exif(orientation=orientation), **({"quality": 98} if form == "JPEG" else {}))
    _, kept = received(tmp_path, original)
    assert difference(opened(kept), upright) <= (20 if form == "JPEG" else 0)


def test_what_is_transparent_is_kept_as_it_looks_on_white_paper(tmp_path):
    layer = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    layer.putpixel((1, 0), (10, 20, 30, 0))
    _, kept = received(tmp_path, saved(layer, "PNG"))
    shown = opened(kept)
    assert [shown.getpixel((0, 0)), shown.getpixel((1, 0))] == [(0, 0, 0), (255, 255, 255)]


def test_a_transparent_picture_is_kept_the_way_up_that_the_camera_said(tmp_path):
    held = drawing().transpose(Image.Transpose.ROTATE_90).convert("RGBA")
    held.putalpha(255)
    held.putpixel((0, 0), (0, 0, 0, 254))
    _, kept = received(tmp_path, saved(held, "PNG", exif=exif(orientation=6)))
    assert opened(kept).size == drawing().size


@pytest.mark.parametrize("mode", ["1", "LA"])
def test_a_picture_of_a_hundred_million_pixels_is_kept(tmp_path, mode):
    large = saved(Image.new(mode, (10_000, 10_000)), "PNG", compress_level=1)
    assert received(tmp_path, large)[0].pages == 1


def test_a_palette_may_not_hide_a_color(tmp_path):
    hidden = Image.new("P", (2, 1))
    hidden.putpalette([0, 0, 0, 9, 9, 9])
    hidden.putpixel((1, 0), 1)
    _, kept = received(tmp_path, saved(hidden, "PNG", transparency=1))
    assert opened(kept).convert("RGB").getpixel((1, 0)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_deep_gray_is_kept_as_gray_of_eight_bits(tmp_path, form):
    deep = Image.new("I;16", (3, 1))
    for at, level in enumerate((0, 0x8000, 0xFFFF)):
        deep.putpixel((at, 0), level)
    _, kept = received(tmp_path, saved(deep, form))
    shown = opened(kept)
    assert shown.mode == "L"
    assert [shown.getpixel((at, 0)) for at in range(3)] == [0, 128, 255]


def test_of_a_phones_two_pictures_the_one_that_is_seen_is_kept(tmp_path):
    first, second = drawing(), drawing(seed=2)
    _, kept = received(tmp_path, saved(first, "MPO", save_all=True, append_images=[second], quality=98))
    shown = opened(kept)
    assert difference(shown, first) <= 20
    assert getattr(shown, "n_frames", 1) == 1
