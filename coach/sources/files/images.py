"""A folder of pictures, or a single picture, as a source."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.protocols import SourceInfo, SourceStats
from coach.base.text import clean_name
from coach.base.types import Frame
from coach.core.mirror.view import PictureSequence
from coach.sources.files.animation import AnimationSource
from coach.sources.files.picture_file import SUFFIXES, bgr_of, is_animated, opened_picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SECONDS_PER_IMAGE: Final = 1.0
"""Duration of each picture of a folder, even of an unreadable one."""

_OF_THE_SYSTEM: Final = frozenset(("thumbs.db", "desktop.ini"))
"""Files that Windows puts into folders of pictures."""

_MOST_KINDS: Final = 8
"""Kinds of other files that a message names."""


class ImageSource:
    """Frames from the pictures in the folder `path` in natural order (2 before 10), or from a single picture."""

    def __init__(self, path: Path) -> None:
        self._single = path.is_file()
        self._files = pictures_of(path)
        self._stats = SourceStats(warnings=[] if self._single else _left_out(path))
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
        warned = len(self._stats.warnings)
        first = self._next()
        if first is None and self._single:
            raise SourceError(self._stats.warnings[0])
        if first is None:
            none = tr(
                "none of its {count} pictures can be read. The first: {reason}",
                count=len(self._files),
                reason=self._stats.warnings[warned],
            )
            raise SourceError(f"{name}: {none}")
        return first

    def _next(self) -> Frame | None:
        while not self._closed and self._position < len(self._files):
            t, file = self._position * SECONDS_PER_IMAGE, self._files[self._position]
            self._position += 1
            try:
                return Frame(t, self._read(file))
            except SourceError as error:
                self._stats.damaged += 1
                self._stats.warnings.append(str(error))
        return None

    def _read(self, file: Path) -> NDArray[np.uint8]:
        with opened_picture(file) as picture:
            image = bgr_of(picture, file)
            if is_animated(picture):
                only_first = tr("only its first picture is read. Name the file to read them all.")
                self._stats.warnings.append(f"{clean_name(file.name, 200)}: {only_first}")
        return image


def pictures_of(path: Path) -> list[Path]:
    """The pictures of a folder in natural order, or the single picture at `path`; each takes `SECONDS_PER_IMAGE`.

    Raises:
        SourceError: the folder cannot be read or has no pictures.
    """
    return [path] if path.is_file() else _pictures(path)


def open_picture(path: Path) -> ImageSource | AnimationSource:
    """Open the picture at `path`: an animation as a film, any other as one still picture.

    Raises:
        SourceError: it cannot be read.
    """
    with opened_picture(path) as picture:
        is_film = is_animated(picture)
    return AnimationSource(path) if is_film else ImageSource(path)


def stills_of(info: SourceInfo) -> PictureSequence | None:
    """Names of the pictures of an `ImageSource`, by its `info`; None for other sources.

    Raises:
        SourceError: the folder can no longer be read.
    """
    if info.kind != "images":
        return None
    return PictureSequence(tuple(path.name for path in pictures_of(Path(info.path))), SECONDS_PER_IMAGE)


def _pictures(folder: Path) -> list[Path]:
    files = _visible_files(folder)
    pictures = [path for path in files if path.suffix.lower() in SUFFIXES]
    if not pictures:
        name = clean_name(folder.name or str(folder), 200)
        kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
        none = tr("no pictures in this folder.")
        if files:
            none = tr("no pictures in this folder, only other files: {kinds}.", kinds=_kinds(files))
        advice = tr("Pictures end in {kinds}. A video is named by its file.", kinds=kinds)
        raise SourceError(f"{name}: {none} {advice}")
    return sorted(pictures, key=lambda path: _natural(path.name))


def _visible_files(folder: Path) -> list[Path]:
    """The files of a folder, without those that systems put there, such as ``._a.jpg`` beside ``a.jpg``."""
    try:
        return [
            path
            for path in folder.iterdir()
            if not path.name.startswith(".") and path.name.lower() not in _OF_THE_SYSTEM and path.is_file()
        ]
    except OSError as error:
        name = clean_name(folder.name or str(folder), 200)
        message = tr("the folder cannot be read ({reason}).", reason=error.strerror)
        raise SourceError(f"{name}: {message}") from error


def _left_out(folder: Path) -> list[str]:
    """A warning if the folder has files of other kinds."""
    others = [path for path in _visible_files(folder) if path.suffix.lower() not in SUFFIXES]
    if not others:
        return []
    left_out = tr("files that are not read as pictures were left out: {kinds}.", kinds=_kinds(others))
    return [f"{clean_name(folder.name, 200)}: {left_out}"]


def _kinds(files: list[Path]) -> str:
    """The kinds of `files` with their numbers, such as ``2 .cr2, 1 .txt``."""
    counts = Counter(clean_name(path.suffix.lower(), 20) or tr("without an ending") for path in files)
    named = [f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return ", ".join(named[:_MOST_KINDS] + [tr("and others")] * (len(named) > _MOST_KINDS))


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sort key with ``take2`` before ``take10``; ties fall back to the plain name."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts], name
