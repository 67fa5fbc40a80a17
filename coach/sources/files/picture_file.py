"""Reads picture files with Pillow: one list of formats for sources and tools."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from PIL import AvifImagePlugin, Image, ImageOps, TiffImagePlugin, WebPImagePlugin

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.text import clean_name
from coach.media.recorded import is_heif

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PIXELS: Final = 64_000_000
"""Larger pictures are refused before decoding; phones take up to 48 million pixels."""

SUFFIXES: Final = (
    ".apng", ".avif", ".bmp", ".gif", ".heic", ".heif", ".hif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pgm", ".png",
    ".pnm", ".ppm", ".tif", ".tiff", ".webp",
)  # fmt: skip
"""Suffixes of the pictures that are read, sorted."""

_LAZY_PLUGINS: Final = (
    TiffImagePlugin.TiffImageFile,
    WebPImagePlugin.WebPImageFile,
    AvifImagePlugin.AvifImageFile,
)
"""Plugins of Pillow that must be imported to be registered."""

FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF", "PPM", *(plugin.format for plugin in _LAZY_PLUGINS))
"""Allowed formats of Pillow; others start programs (EPS) or are rarely tested. HEIC is added when it is needed."""

_ANIMATED: Final = frozenset(("GIF", "PNG", "WEBP", "AVIF"))
"""Formats in which several pictures are a film; in others they are pages, or views of the same thing."""

_DAMAGED: Final = (
    OSError, EOFError, ValueError, SyntaxError, TypeError, ArithmeticError, LookupError, RuntimeError, struct.error,
)  # fmt: skip
"""Exceptions that Pillow and its plugins raise on damaged files."""

_WHITE: Final = (255, 1023, 4095, 16_383, 65_535)
"""White in pictures of 8, 10, 12, 14 and 16 bits. Cameras store the smaller ones in files of 16 bits."""

_ORIENTATION: Final = 0x0112
"""EXIF tag of the orientation."""

_BAND: Final = 256
"""Rows of a picture that are converted at once."""

_DARK: Final = 64
"""A 16-bit colour picture whose upper bytes are all below this may have fewer bits than its file."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """The picture at `path` as (height, width, 3) uint8 BGR, upright by its EXIF orientation, without alpha.

    Pictures of more than 8 bits are scaled from their own white, floating-point ones from 1 or their highest value. Of
    an animation, it is the first picture.

    Raises:
        SourceError: the file is not a picture, is damaged, or has more than `MAX_PIXELS`.
    """
    with opened_picture(path) as picture:
        return bgr_of(picture, path)


@contextmanager
def opened_picture(path: Path) -> Iterator[Image.Image]:
    """The picture at `path`, not decoded yet, while the context lasts.

    Raises:
        SourceError: as `read_image`, also in place of what Pillow raises within the context.
    """
    with faults_of(path), open_picture_file(path) as picture:
        yield picture


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Turns what Pillow raises while it reads `path` into a `SourceError`, and silences what it warns of."""
    name = clean_name(path.name, 200)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about damaged EXIF data, and sizes that are refused
            yield
    except Image.DecompressionBombError as error:
        large = tr("far too large a picture, refused.")
        raise SourceError(f"{name}: {large}") from error
    except _DAMAGED as error:
        damaged = tr("the picture is damaged or of a kind that is not read.")
        raise SourceError(f"{name}: {damaged}") from error


def open_picture_file(path: Path) -> Image.Image:
    """Open the picture at `path` without decoding it.

    Raises:
        SourceError: it has more than `MAX_PIXELS`.
        Exception: any that `faults_of` turns into a `SourceError`.
    """
    picture = Image.open(path, formats=_formats(path))
    width, height = picture.size
    if width * height <= MAX_PIXELS:
        return picture
    picture.close()
    large = tr(
        "{width} x {height} pixels are refused. Make it smaller than 64 million pixels.", width=width, height=height
    )
    raise SourceError(f"{clean_name(path.name, 200)}: {large}")


def _formats(path: Path) -> tuple[str, ...]:
    """`FORMATS`, and HEIC for a file that needs it, because its package takes long to import."""
    with path.open("rb") as file:
        head = file.read(16)
    if not is_heif(head):
        return FORMATS
    from pillow_heif import register_heif_opener

    register_heif_opener()
    return *FORMATS, "HEIF"


def is_animated(picture: Image.Image) -> bool:
    """Whether `picture` is a film of several pictures."""
    return picture.format in _ANIMATED and bool(getattr(picture, "is_animated", False))


def bgr_of(picture: Image.Image, path: Path) -> NDArray[np.uint8]:
    """The current picture of the file at `path` as (height, width, 3) uint8 BGR, upright, contiguous."""
    is_deep = "16" in str(getattr(picture, "tile", ()))
    upright = _upright(picture)
    if upright.mode.startswith(("I", "F")):
        return np.repeat(_scaled(np.asarray(upright))[:, :, np.newaxis], 3, axis=2)
    bgr = _bgr(upright)
    return _deep_colours(path, bgr) if is_deep and bgr.max() < _DARK else bgr


def _upright(picture: Image.Image) -> Image.Image:
    """`picture` turned by its EXIF orientation; itself if it is upright, because a copy may have 250 MB."""
    if picture.getexif().get(_ORIENTATION, 1) == 1:
        return picture
    return ImageOps.exif_transpose(picture)


def _bgr(picture: Image.Image) -> NDArray[np.uint8]:
    """The colours of `picture`, converted in bands, because whole copies of a large one fill the memory."""
    width, height = picture.size
    bgr = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BAND):
        band = picture.crop((0, top, width, min(top + _BAND, height))).convert("RGB")
        bgr[top : top + _BAND] = np.asarray(band)[:, :, ::-1]
    return bgr


def _scaled(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale `values` to 8 bits, from the white of the picture."""
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0).clip(0)
    highest = float(finite.max(initial=0.0))
    whites = (1, *_WHITE) if values.dtype.kind == "f" else _WHITE
    white = next((white for white in whites if highest <= white), highest)
    return np.round(finite * (255 / white)).astype(np.uint8)


def _deep_colours(path: Path, bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colours of 16 bits at `path`, of which Pillow reads only the upper bytes; `bgr` if cv2 cannot read them."""
    deep = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    return bgr if deep is None else _scaled(deep)
