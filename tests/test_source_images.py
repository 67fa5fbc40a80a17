"""A folder of pictures, or one picture, as frames."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image
from source_help import read_all

from coach.base.errors import SourceError
from coach.base.types import Frame, Tick
from coach.sources import open_source
from coach.sources.files.images import ImageSource
from coach.sources.files.picture_file import MAX_PIXELS, SUFFIXES, read_image


def save(path: Path, level: int = 100, size: tuple[int, int] = (40, 30)) -> Path:
    picture = Image.new("RGB", size, (level, level, level))
    if path.suffix in (".heic", ".heif", ".hif"):
        pillow_heif.from_pillow(picture).save(path)
    else:
        picture.convert("L" if path.suffix == ".pgm" else "RGB").save(path, "PNG" if path.suffix == ".apng" else None)
    return path


def levels(source: ImageSource) -> list[tuple[float, int]]:
    """Time and grey level of each frame."""
    return [(m.t, int(m.image[0, 0, 0])) for m in read_all(source) if isinstance(m, Frame)]


def test_a_folder_is_read_in_natural_order_one_picture_a_second(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        save(tmp_path / f"take{number}.png", number)
    assert levels(ImageSource(tmp_path)) == [(0.0, 1), (1.0, 2), (2.0, 10)]


def test_files_of_the_system_and_folders_are_ignored(tmp_path: Path) -> None:
    """A Mac leaves ``._a.png`` beside ``a.png`` on a memory stick."""
    save(tmp_path / "a.png", 5)
    for name in (".DS_Store", "._a.png", ".hidden.png", "Thumbs.db", "desktop.ini"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "b.png").mkdir()
    source = ImageSource(tmp_path)
    assert levels(source) == [(0.0, 5)]
    assert source.stats.warnings == []


def test_a_warning_names_the_kinds_that_are_left_out(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 5)
    for name in ("b.CR2", "c.cr2", "notes.txt", "LICENCE"):
        (tmp_path / name).write_bytes(b"x")
    source = ImageSource(tmp_path)
    assert levels(source) == [(0.0, 5)]
    left_out = "2 .cr2, 1 .txt, 1 without an ending"
    assert source.stats.warnings == [f"{tmp_path.name}: files that are not read as pictures were left out: {left_out}."]


def test_a_folder_with_other_files_alone_is_refused_and_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "b.CR2").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"no pictures in this folder, only other files: 1 \.cr2\. Pictures end in"):
        open_source(str(tmp_path))


def test_an_unreadable_picture_is_skipped_and_counted_but_keeps_its_second(tmp_path: Path) -> None:
    save(tmp_path / "1.png", 1)
    (tmp_path / "2.png").write_bytes(b"not a picture")
    save(tmp_path / "3.png", 3)
    source = ImageSource(tmp_path)
    assert levels(source) == [(0.0, 1), (2.0, 3)]
    assert (source.stats.frames, source.stats.damaged) == (2, 1)
    assert "2.png" in source.stats.warnings[0]


def test_a_folder_without_readable_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"not a picture")
    with pytest.raises(SourceError, match=r"none of its 1 pictures"):
        open_source(str(tmp_path))


def test_a_single_picture_is_one_frame_and_has_its_hash(tmp_path: Path) -> None:
    path = save(tmp_path / "face.jpg", 80)
    source = open_source(str(path))
    assert isinstance(source, ImageSource)
    assert source.info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert levels(source) == [(0.0, 80)]


@pytest.mark.parametrize("ending", ["png", "jpg", "jfif", "webp", "bmp", "tif", "gif", "ppm", "avif", "heic"])
def test_picture_formats_are_detected_by_content(tmp_path: Path, ending: str) -> None:
    path = save(tmp_path / f"a.{ending}", 90).rename(tmp_path / "nameless")
    source = open_source(str(path))
    assert source.info.kind == "images"
    source.close()


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1", "CMYK", "YCbCr", "I;16", "I", "I;16B"])
def test_every_pixel_format_becomes_8_bit_bgr(tmp_path: Path, mode: str) -> None:
    ending = "tif" if mode in ("CMYK", "YCbCr", "I", "I;16B") else "png"
    deep = np.full((30, 40), 100 * 256 + 7)
    if mode.startswith("I"):
        kind = np.dtype({"I": "<i4", "I;16": "<u2", "I;16B": ">u2"}[mode])
        picture = Image.fromarray(deep.astype(kind))
    else:
        picture = Image.new("RGB", (40, 30), (100, 100, 100)).convert(mode)
    picture.save(tmp_path / f"a.{ending}")
    image = read_image(tmp_path / f"a.{ending}")
    assert image.shape == (30, 40, 3)
    assert image.dtype == np.uint8
    assert image.flags["C_CONTIGUOUS"]
    assert mode == "1" or abs(int(image[5, 5, 1]) - 100) <= 3


@pytest.mark.parametrize("ending", SUFFIXES)
def test_every_format_is_read_from_a_folder(tmp_path: Path, ending: str) -> None:
    save(tmp_path / f"a{ending}", 90, (64, 48)).rename(tmp_path / f"a{ending.upper()}")
    [(_, level)] = levels(ImageSource(tmp_path))
    assert abs(level - 90) <= 2


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_a_16_bit_file_of_a_picture_with_fewer_bits_is_not_dark(
    tmp_path: Path, bits: int, ending: str, colour: bool
) -> None:
    """The left half is at 40 % of white, the right half at 90 %."""
    white = 2**bits - 1
    values = np.full((30, 40), round(0.4 * white), np.uint16)
    values[:, 20:] = round(0.9 * white)
    cv2.imwrite(str(tmp_path / f"a.{ending}"), np.dstack([values] * 3) if colour else values)
    image = read_image(tmp_path / f"a.{ending}")
    assert image.shape == (30, 40, 3)
    assert image[5, 5].tolist() == pytest.approx([102] * 3, abs=2)
    assert image[5, 35].tolist() == pytest.approx([230] * 3, abs=2)


@pytest.mark.parametrize("white", [1.0, 255.0, 4095.0, 65535.0])
def test_a_floating_point_picture_is_scaled_from_its_white(tmp_path: Path, white: float) -> None:
    values = np.full((30, 40), 0.4 * white, np.float32)
    values[:, 20:] = 0.9 * white
    values[0, 0], values[0, 1] = np.nan, -1
    Image.fromarray(values).save(tmp_path / "a.tif")
    image = read_image(tmp_path / "a.tif")
    assert image[5, 5].tolist() == pytest.approx([102] * 3, abs=1)
    assert image[5, 35].tolist() == pytest.approx([230] * 3, abs=1)
    assert image[0, :2].max() == 0


def animate(path: Path, durations: list[int]) -> Path:
    """Write an animation of grey pictures, each with its duration in milliseconds."""
    first, *rest = [Image.new("RGB", (64, 48), (40 * n, 40 * n, 40 * n)) for n in range(1, len(durations) + 1)]
    first.save(path, save_all=True, append_images=rest, duration=durations, loop=0, quality=95)
    return path


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_an_animation_is_a_film(tmp_path: Path, ending: str) -> None:
    source = open_source(str(animate(tmp_path / f"a.{ending}", [200, 500, 1000, 300])))
    assert source.info.kind == "video"
    moments = read_all(source)
    assert [moment.t for moment in moments] == pytest.approx([0.0, 0.2, 0.7, 1.7, 2.0])
    frames, end = moments[:-1], moments[-1]
    assert isinstance(end, Tick)
    greys = [int(frame.image[5, 5, 1]) for frame in frames if isinstance(frame, Frame)]
    assert greys == pytest.approx([40, 80, 120, 160], abs=3)
    assert source.stats.warnings == []


def test_pictures_of_an_animation_without_a_duration_last_a_tenth_of_a_second(tmp_path: Path) -> None:
    source = open_source(str(animate(tmp_path / "a.gif", [0, 0, 0])))
    assert [moment.t for moment in read_all(source)] == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_a_damaged_animation_returns_its_pictures_and_a_warning(tmp_path: Path) -> None:
    path = animate(tmp_path / "a.png", [200] * 4)
    data = bytearray(path.read_bytes())
    last = data.rindex(b"fdAT")
    data[last + 8 : last + 20] = b"\xff" * 12
    path.write_bytes(data)
    source = open_source(str(path))
    assert 1 <= sum(isinstance(moment, Frame) for moment in read_all(source)) <= 3
    assert "a.png: damaged. Only" in source.stats.warnings[0]


def test_of_an_animation_in_a_folder_the_first_picture_is_read_with_a_warning(tmp_path: Path) -> None:
    animate(tmp_path / "a.gif", [200, 200])
    source = ImageSource(tmp_path)
    assert levels(source) == [(0.0, 40)]
    assert source.stats.warnings == ["a.gif: only its first picture is read. Name the file to read them all."]


def test_colours_are_in_bgr_order(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (30, 90, 200, 255)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[0, 0].tolist() == [200, 90, 30]


def test_a_picture_may_have_one_pixel(tmp_path: Path) -> None:
    assert read_image(save(tmp_path / "a.png", size=(1, 1))).shape == (1, 1, 3)


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be rotated by 90 degrees clockwise for display
    picture = Image.new("RGB", (40, 30))
    picture.paste((255, 255, 255), (0, 0, 10, 10))
    picture.save(tmp_path / "a.png", exif=exif)
    image = read_image(tmp_path / "a.png")
    assert image.shape == (40, 30, 3)
    assert image[2, 27, 0] == 255


def test_a_truncated_picture_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.effect_noise((200, 200), 50).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(SourceError, match=r"a\.jpg: the picture is damaged"):
        open_source(str(path))


def png_header(width: int, height: int) -> bytes:
    """A PNG header with a size, without pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return head + struct.pack(">I", 9) + b"IDAT"


@pytest.mark.row(13)
@pytest.mark.parametrize(("width", "height"), [(9000, 9000), (30_000, 30_000), (60_000, 60_000)])
def test_an_oversized_picture_is_refused_before_it_is_read(tmp_path: Path, width: int, height: int) -> None:
    assert width * height > MAX_PIXELS
    (tmp_path / "bomb.png").write_bytes(png_header(width, height))
    with pytest.raises(SourceError, match="refused"):
        open_source(str(tmp_path / "bomb.png"))


def test_postscript_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    with pytest.raises(SourceError):
        read_image(tmp_path / "a.png")


READ_LARGE = """
import resource, sys
from pathlib import Path
from coach.sources.files.picture_file import read_image
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert read_image(Path(sys.argv[1])).shape == (4000, 4000, 3)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 16_000_000)
"""


@pytest.mark.row(13)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units")
def test_a_large_picture_needs_few_bytes_for_each_pixel(tmp_path: Path) -> None:
    """Four for Pillow's copy, three for ours; each further whole copy of 64 million pixels would take 200 MB."""
    Image.new("RGB", (4000, 4000), (90, 60, 30)).save(tmp_path / "large.png")
    ran = subprocess.run(
        [sys.executable, "-c", READ_LARGE, tmp_path / "large.png"], capture_output=True, text=True, check=True
    )
    assert float(ran.stdout) < 9


def test_colours_and_orientation_survive_reading_in_bands(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (600, 50, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn to the right to see it upright
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(pixels).save(tmp_path / "plain.png")
    assert np.array_equal(read_image(tmp_path / "plain.png"), pixels[:, :, ::-1])
    assert np.array_equal(read_image(tmp_path / "turned.png"), np.rot90(pixels, -1)[:, :, ::-1])
