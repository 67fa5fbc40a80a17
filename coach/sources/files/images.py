"""A folder of pictures, or a single picture, as a source."""

from __future__ import annotations

import hashlib
import re
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin, WebPImagePlugin

from coach.base.errors import SourceError
from coach.base.protocols import SourceInfo, SourceStats
from coach.base.text import clean_name
from coach.base.types import Frame
from coach.core.mirror.view import PictureSequence

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS_PER_IMAGE: Final = 1.0
"""Duration of each picture of a folder, even of an unreadable one."""

MAX_PIXELS: Final = 64_000_000
"""Larger pictures are refused before decoding; phones take up to 48 million pixels."""

SUFFIXES: Final = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"))
"""Suffixes of the pictures that are read from a folder."""

_LAZY_PLUGINS: Final = (TiffImagePlugin.TiffImageFile, WebPImagePlugin.WebPImageFile)
"""Plugins of Pillow that must be imported to be registered."""

FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF", "PPM", *(plugin.format for plugin in _LAZY_PLUGINS))
"""Allowed formats of Pillow; others start programs (EPS) or are rarely tested."""

_DAMAGED: Final = (OSError, EOFError, ValueError, SyntaxError, TypeError, ArithmeticError, LookupError, struct.error)
"""Exceptions that Pillow raises on damaged files."""


class ImageSource:
    """Frames from the pictures in the folder `path` in natural order (2 before 10), or from a single picture."""

    def __init__(self, path: Path) -> None:
        self._single = path.is_file()
        self._files = pictures_of(path)
        self._stats = SourceStats()
        self._position = 0
        self._closed = False
        first = self._first(clean_name(path.name, 200))
        self._pending: Frame | None = first
        height, width = first.image.shape[:2]
        self._info = SourceInfo(
            "images", clean_name(path.name, 200), live=False, path=str(path.absolute()), width=width, height=height,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest() if self._single else "",
            duration_s=len(self._files) * SECONDS_PER_IMAGE,
        )  # fmt: skip

    @property
    def info(self) -> SourceInfo:
        """Description of the source, with the size of the first picture; `sha256` is set for a single picture only."""
        return self._info

    @property
    def stats(self) -> SourceStats:
        """Number of frames returned, and of unreadable pictures with a warning for each."""
        return self._stats

    def read(self) -> Frame | None:
        """The next readable picture; None at the end and once closed."""
        frame, self._pending = self._pending or self._next(), None
        self._stats.frames += frame is not None
        return frame

    def close(self) -> None:
        """End the source; further reads return None."""
        self._closed = True
        self._pending = None

    def _first(self, name: str) -> Frame:
        first = self._next()
        if first is None and self._single:
            raise SourceError(self._stats.warnings[0])
        if first is None:
            raise SourceError(
                f"{name}: none of its {len(self._files)} pictures can be read. The first: {self._stats.warnings[0]}"
            )
        return first

    def _next(self) -> Frame | None:
        while not self._closed and self._position < len(self._files):
            t, file = self._position * SECONDS_PER_IMAGE, self._files[self._position]
            self._position += 1
            try:
                return Frame(t, read_image(file))
            except SourceError as error:
                self._stats.damaged += 1
                self._stats.warnings.append(str(error))
        return None


def read_image(path: Path) -> NDArray[np.uint8]:
    """The picture at `path` as (height, width, 3) uint8 BGR, upright by its EXIF orientation, without alpha.

    16-bit grey is reduced to its upper eight bits. For an animation, it is the first picture.

    Raises:
        SourceError: the file is not a picture, is damaged, or has more than `MAX_PIXELS`.
    """
    name = clean_name(path.name, 200)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about damaged EXIF data, and sizes that are refused below
            with Image.open(path, formats=FORMATS) as picture:
                return _bgr(picture, name)
    except Image.DecompressionBombError as error:
        raise SourceError(f"{name}: far too large a picture, refused.") from error
    except _DAMAGED as error:
        raise SourceError(f"{name}: the picture is damaged or of a kind that is not read.") from error


def _bgr(picture: Image.Image, name: str) -> NDArray[np.uint8]:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise SourceError(f"{name}: {width} x {height} pixels are refused. Make it smaller than 64 million pixels.")
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):
        upper = np.clip(np.asarray(upright, np.int64), 0, 65535) >> 8
        return np.repeat(upper.astype(np.uint8)[:, :, np.newaxis], 3, axis=2)
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])


def pictures_of(path: Path) -> list[Path]:
    """The pictures of a folder in natural order, or the single picture at `path`; each takes `SECONDS_PER_IMAGE`.

    Raises:
        SourceError: the folder cannot be read or has no pictures.
    """
    return [path] if path.is_file() else _pictures(path)


def stills_of(info: SourceInfo) -> PictureSequence | None:
    """Names of the pictures of an `ImageSource`, by its `info`; None for other sources.

    Raises:
        SourceError: the folder can no longer be read.
    """
    if info.kind != "images":
        return None
    return PictureSequence(tuple(path.name for path in pictures_of(Path(info.path))), SECONDS_PER_IMAGE)


def _pictures(folder: Path) -> list[Path]:
    name = clean_name(folder.name or str(folder), 200)
    try:
        pictures = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    except OSError as error:
        raise SourceError(f"{name}: the folder cannot be read ({error.strerror}).") from error
    if not pictures:
        kinds = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise SourceError(f"{name}: no pictures in this folder. Pictures end in {kinds}. A video is named by its file.")
    return sorted(pictures, key=lambda path: _natural(path.name))


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sort key with ``take2`` before ``take10``; ties fall back to the plain name."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts], name
