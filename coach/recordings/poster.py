"""One small picture of a recording, which stands in its place on a page until it is played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.recordings.shots import SHORTEST_S, Shot

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

WIDTH: Final = 640
"""Pixels across at most; a picture that stands upright is as high at most."""

MOST_BYTES: Final = 60_000
_QUALITIES: Final = (80, 65, 50, 35, 20)


def poster_of(path: Path, t: float) -> bytes | None:
    """The picture at `t` seconds of the recording at `path` as a JPEG of at most `MOST_BYTES`; None where none is read.

    Where the recording is over by then, it is its first.
    """
    picture = _picture(path, t)
    if picture is None and t > 0:
        picture = _picture(path, 0.0)
    return None if picture is None else _small(picture)


def _picture(path: Path, t: float) -> NDArray[np.uint8] | None:
    # isort: off
    from coach.recordings.source_pictures import pictures_of  # cv2 before av, as it sees to
    import av

    # isort: on

    try:
        return next((picture for _, picture in pictures_of(Shot(path, t, t + SHORTEST_S, "", ""))), None)
    except (av.FFmpegError, OSError, LookupError, ValueError):
        return None


def _small(picture: NDArray[np.uint8]) -> bytes | None:
    import cv2

    height, width = picture.shape[:2]
    scale = min(WIDTH / max(height, width), 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    made = (cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes() for quality in _QUALITIES)
    return next((jpeg for jpeg in made if len(jpeg) <= MOST_BYTES), None)
