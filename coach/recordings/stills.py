"""Writes still pictures: snapshots, annotated copies, and the poster of a recording."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

import cv2

from coach.base.errors import OutputError
from coach.base.files import error_reason, write_atomically
from coach.base.messages import tr, tr_n
from coach.base.text import clean, join_with_or
from coach.recordings.joining import SHORTEST_S, Shot
from coach.recordings.names import AlreadyThereError, claim, display_name, release

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH: Final = 640
"""Longer side of a poster in pixels."""

MAX_BYTES: Final = 60_000
_QUALITIES: Final = (80, 65, 50, 35, 20)
"""JPEG qualities, tried until the poster has at most `MAX_BYTES`."""


def poster_of(path: Path, t: float) -> bytes | None:
    """The picture at `t` seconds of the recording at `path` as a JPEG of at most `MAX_BYTES`; None without pictures.

    If `t` is after the end of the recording, it is the first picture.
    """
    picture = _picture_at(path, t)
    if picture is None and t > 0:
        picture = _picture_at(path, 0.0)
    return None if picture is None else _encode_poster(picture)


def _picture_at(path: Path, t: float) -> NDArray[np.uint8] | None:
    from coach.media.libav import av
    from coach.recordings.source_media import pictures_of

    try:
        return next((picture for _, picture in pictures_of(Shot(path, t, t + SHORTEST_S, "", ""))), None)
    except (av.FFmpegError, OSError, LookupError, ValueError):
        return None


def _encode_poster(picture: NDArray[np.uint8]) -> bytes | None:
    height, width = picture.shape[:2]
    scale = min(WIDTH / max(height, width), 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    jpegs = (cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes() for quality in _QUALITIES)
    return next((jpeg for jpeg in jpegs if len(jpeg) <= MAX_BYTES), None)


SUFFIXES: Final = (".png", ".jpg", ".jpeg")

_FILE_SUFFIXES: Final = frozenset(
    (".avi", ".bmp", ".csv", ".flv", ".gif", ".heic", ".jsonl", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".pdf",
     ".ppm", ".svg", ".tif", ".tiff", ".ts", ".webm", ".webp", ".wmv")
)  # fmt: skip
"""Suffixes of files, which a new folder for pictures must not have."""

_JPEG_QUALITY: Final = 92
_MAX_NUMBER: Final = 10_000
"""Copies of one name are numbered up to this number."""


def save_picture(path: Path, picture: NDArray[np.uint8], *, force: bool = False) -> Path:
    """Write `picture` (height, width, 3) uint8 BGR atomically to `path` (.png or .jpg).

    Raises:
        AlreadyThereError: `path` exists, and `force` is not set.
        OutputError: the suffix is unknown, or the file cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(
            tr("{path}: pictures are written as {kinds}", path=display_name(path), kinds=join_with_or(SUFFIXES))
        )
    path = claim(path, force=force)
    try:
        write_atomically(path, _encode(path.suffix.lower(), picture))
    except (OSError, cv2.error) as error:
        release(path)
        raise OutputError(
            tr("{path}: cannot be written: {reason}", path=display_name(path), reason=clean(error_reason(error), 200))
        ) from None
    return path


def _encode(suffix: str, picture: NDArray[np.uint8]) -> bytes:
    options = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    success, data = cv2.imencode(suffix, picture, options)
    if not success:
        raise OSError(
            tr(
                "a picture of {width} x {height} pixels cannot be written as {suffix}",
                width=picture.shape[1],
                height=picture.shape[0],
                suffix=suffix,
            )
        )
    return data.tobytes()


class Album:
    """Annotated copies of still pictures: files in a folder, named after their originals, or a single file.

    In a folder a copy whose name exists gets a number.

    Attributes:
        path: absolute path of the folder or the single file.
        single: whether `path` is the single file.
        pictures: number of copies written.
        kept: number of copies and whether some are missing, as a phrase; None without copies.
        trouble: a sentence for the user if writing ended early; else None.
    """

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Create the folder if it is missing, or the file.

        Args:
            path: a folder, or a .png or .jpg file for one picture, which must not exist.
            force: replace the single file.

        Raises:
            AlreadyThereError: the single file exists, and `force` is not set.
            OutputError: `path` cannot be created, or has the suffix of a video or another kind of file.
        """
        if path.suffix.lower() in _FILE_SUFFIXES and not path.expanduser().is_dir():
            raise OutputError(
                tr(
                    "{path}: still pictures are written as annotated copies; name a folder for them, or for a single "
                    "picture a .png or .jpg",
                    path=display_name(path),
                )
            )
        self.path = path.expanduser().absolute()
        self.pictures = 0
        self.trouble: str | None = None
        self.single = False
        self._made_folder = False
        try:
            self.single = self.path.suffix.lower() in SUFFIXES and not self.path.is_dir()
            if self.single:
                claim(self.path, force=force)
            else:
                self._made_folder = not self.path.exists()
                self.path.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise OutputError(
                tr(
                    "{path}: cannot be used as a folder for pictures: {reason}",
                    path=display_name(self.path),
                    reason=error_reason(error),
                )
            ) from None

    def add(self, name: str, picture: NDArray[np.uint8]) -> Path | None:
        """Write the copy of the picture `name`: JPEG stays JPEG, others become PNG. Returns None after an error."""
        if self.trouble:
            return None
        if self.single and self.pictures:
            self.trouble = tr(
                "{path}: holds only the first picture; name a folder for several", path=display_name(self.path)
            )
            return None
        original = PurePath(PurePath(name).name)
        suffix = original.suffix.lower() if original.suffix.lower() in SUFFIXES else ".png"
        stem = clean(original.stem, 100).lstrip(".") or "picture"
        try:
            # The single file was claimed empty, so it is there already.
            copy = save_picture(self.path, picture, force=True) if self.single else self._save(stem, suffix, picture)
        except OutputError as error:
            self.trouble = tr_n(
                "{error}; {count} copy was written before",
                "{error}; {count} copies were written before",
                self.pictures,
                error=error,
            )
            return None
        self.pictures += 1
        return copy

    @property
    def kept(self) -> str | None:
        """See the attributes."""
        if not self.pictures:
            return None
        if self.single:
            return tr("of the first picture only") if self.trouble else ""
        if self.trouble:
            return tr_n("only {count} picture", "only {count} pictures", self.pictures)
        return tr_n("{count} picture", "{count} pictures", self.pictures)

    def close(self) -> None:
        """Remove the single file, or the folder created here, if nothing was written. Safe to call twice."""
        if self.single:
            release(self.path)
        elif self._made_folder and not self.pictures:
            with suppress(OSError):
                self.path.rmdir()

    def _save(self, stem: str, suffix: str, picture: NDArray[np.uint8]) -> Path:
        for number in range(1, _MAX_NUMBER):
            try:
                return save_picture(self.path / f"{stem}-mirror{'' if number == 1 else f'_{number}'}{suffix}", picture)
            except AlreadyThereError:
                continue
        raise OutputError(tr("{path}: no name is left for {stem}", path=display_name(self.path), stem=clean(stem, 100)))
