"""The pictures of a stretch of a recording, upright. Imported only where a video is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

# Loading av before cv2 makes a window that is opened later hang for ever.
# isort: off
import cv2  # noqa: F401
import av
import numpy as np

# isort: on
from coach.media.orientation import Orientation
from coach.recordings.source_sound import BACK_S, first_picture_s, moving, opened, packets_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction
    from pathlib import Path

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from coach.recordings.shots import Shot

SAME_S: Final = 1e-3
"""Times that differ by less are the same: a fraction of any camera's step."""

STANDS_S: Final = 1.0
"""After the last picture of a recording this much may be shown of it, and no more."""


def pictures_of(shot: Shot) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Seconds since the shot's begin and picture (height, width, 3) uint8 BGR, in order; the first at 0.

    The first is the one that stands when the shot begins. Damaged pictures are left out.

    Raises:
        av.FFmpegError, OSError: the recording cannot be read.
        LookupError: there is no picture in it.
    """
    standing: VideoFrame | None = None
    began, since = False, 0.0
    for t, frame in _frames(shot.path, shot.begin):
        since = float(t) - shot.begin
        if since >= shot.seconds - SAME_S:
            break
        if since <= SAME_S:
            standing = frame
            continue
        if not began:
            began = True
            yield 0.0, _upright(standing or frame)
            if standing is None:
                continue
        yield since, _upright(frame)
    if not began and standing is not None and -since <= STANDS_S:
        yield 0.0, _upright(standing)


def _frames(path: Path, begin: float) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Pictures with their seconds since the first one of the file, from a little before `begin` on."""
    zero = first_picture_s(path)
    with opened(path) as container:
        stream = moving(container)
        stream.codec_context.thread_count = 1
        if begin > 2 * BACK_S and stream.time_base is not None:
            container.seek(round((zero + int(begin - BACK_S)) / stream.time_base), stream=stream)
        for frame in _decoded(container, stream):
            if frame.pts is not None and frame.time_base is not None:
                yield frame.pts * frame.time_base - zero, frame


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in packets_of(container, stream):
        try:
            decoded = stream.decode(packet)
        except av.FFmpegError:
            continue
        yield from (frame for frame in decoded if not frame.is_corrupt)


def _upright(frame: VideoFrame) -> NDArray[np.uint8]:
    matrix = frame.side_data.get("DISPLAYMATRIX")
    orientation = Orientation() if matrix is None else Orientation.from_display_matrix(matrix)
    return orientation.upright(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
