"""How a recorded video is read: which of its tracks, from which zero of time, and in which shape.

Sources and recordings share this, so that a moment of a take is the same moment in a player.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from coach.media.libav import av

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Disposition, Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

LEAP_S: Final = 60.0
"""A longer time without a picture is believed only if the length of the file or its sound confirms it."""


_IMAGE: Final = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|RIFF....WEBP|BM....\x00\x00\x00\x00|II\*\x00|MM\x00\*|GIF8[79]a|P[2356]\s", re.DOTALL
)

_AVIF: Final = frozenset((b"avif", b"avis"))
_HEIF: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"))
"""Brands of pictures with the boxes of an MP4 file."""


def is_image(head: bytes) -> bool:
    """Whether a file that begins with `head` is a picture, or an animation of pictures, and no video."""
    return _IMAGE.match(head) is not None or is_heif(head) or (head[4:8] == b"ftyp" and head[8:12] in _AVIF)


def is_heif(head: bytes) -> bool:
    """Whether a file that begins with `head` is a HEIC picture."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF


def is_image_file(path: Path) -> bool:
    """Whether the file at `path` is a picture or an animation of pictures; False if it cannot be read."""
    try:
        with path.open("rb") as file:
            return is_image(file.read(64))
    except OSError:
        return False


def picture_tracks(container: InputContainer) -> list[VideoStream]:
    """The readable moving pictures of `container`, in the order in which players prefer them.

    Tracks that are on by default come first, then the larger and the longer ones. Cover pictures and thumbnails are
    left out, and a track of one picture too if another has more.
    """
    tracks = [track for track in container.streams.video if track.codec_context is not None and not _is_cover(track)]
    moving = [track for track in tracks if track.frames != 1] or tracks
    return sorted(moving, key=_preference, reverse=True)


def _preference(track: VideoStream) -> tuple[bool, int, float]:
    return _is_default(track), track.width * track.height, float((track.duration or 0) * (track.time_base or 0))


def _is_default(track: Stream) -> bool:
    return bool(track.disposition & _kinds(track).default)


def _is_cover(track: Stream) -> bool:
    """Whether `track` has only still pictures that go with the video, such as its cover."""
    kinds = _kinds(track)
    return bool(track.disposition & (kinds.attached_pic | kinds.timed_thumbnails | kinds.still_image))


def _kinds(track: Stream) -> type[Disposition]:
    return track.disposition.__class__


def sound_track(container: InputContainer) -> AudioStream | None:
    """The first readable sound of `container`, one that is on by default before the others; None if there is none."""
    tracks = [track for track in container.streams.audio if track.codec_context is not None]
    return max(tracks, key=_is_default, default=None)


_TIMELINES: Final = frozenset(("mov", "matroska"))
"""FFmpeg's names of the containers whose timestamps count from the beginning of the file."""


def zero_of(container: InputContainer, pictures: VideoStream) -> Fraction | None:
    """The time at which the file begins, in seconds of its own timestamps; None if it has none.

    This is where players begin to count. In MP4, MOV, MKV and WebM it is the timestamp 0, even if every track starts
    later, by at most `LEAP_S`. In other files it is the start of the earliest track, which may be sound; sound before 0
    is the run-up of its codec and does not count. A start that is too early to be true is ignored.

    Args:
        container: the open file.
        pictures: the track whose pictures are read.
    """
    first = start_of(pictures)
    if first is None:
        return None
    starts = [start_of(track) for track in container.streams.audio]
    zero = min((max(start, Fraction(0)) for start in starts if start is not None), default=first)
    if has_timeline(container) and 0 <= min(zero, first) <= LEAP_S:
        zero = Fraction(0)
    longest_wait = max(LEAP_S, (container.duration or 0) / av.time_base)
    return zero if 0 <= first - zero <= longest_wait else first


def has_timeline(container: InputContainer) -> bool:
    """Whether the timestamps of the file count from its beginning; those of streams and discs begin anywhere."""
    return not _TIMELINES.isdisjoint(container.format.name.split(","))


def start_of(track: Stream) -> Fraction | None:
    """Timestamp of the first packet of `track` in seconds; None if it has none."""
    return None if track.start_time is None or track.time_base is None else track.start_time * track.time_base


@dataclass(frozen=True, slots=True)
class Orientation:
    """A rotation by quarter turns, optionally mirrored: first transposed, then flipped left-right and top-bottom."""

    transposed: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def from_display_matrix(cls, data: Any) -> Orientation:  # noqa: ANN401 - any buffer of 36 bytes
        """Parse nine native 32-bit numbers (a, b, u, c, d, v, x, y, w), where x' = ax + cy and y' = bx + dy.

        Source: libavutil/display.h. Rotations are rounded to quarter turns.
        """
        a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data)[:36])
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transposed=True, flip_x=c < 0, flip_y=b < 0)
        return cls(flip_x=a < 0, flip_y=d < 0)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn `image` (height, width, 3) upright, contiguous; returns the same object if it is upright already."""
        if self.transposed:
            image = np.asarray(cv2.transpose(image), np.uint8)
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else 1 if self.flip_x else 0
            image = np.asarray(cv2.flip(image, code), np.uint8)
        return image


MAX_DECODED: Final = 7680 * 4320
"""Pixels of the largest picture that is read: 8K. One of 8192 x 8192 needs 1.1 GB, even in a file of 200 kB."""

PIXEL_SHAPES: Final = (0.2, 5.0)
"""Plausible shapes of pixels, width by height; others are ignored."""

_VISIBLE_SHARE: Final = 0.01
"""A smaller distortion cannot be seen, and its correction would only blur the picture."""


def square_size(width: int, height: int, pixel_shape: Fraction | float | None) -> tuple[int, int]:
    """Width and height of a picture once its pixels are square. One side grows, so that no detail is lost.

    Args:
        width: in pixels of the file.
        height: in pixels of the file.
        pixel_shape: width of a pixel divided by its height; None for square pixels.
    """
    shape = float(pixel_shape or 1)
    if not PIXEL_SHAPES[0] <= shape <= PIXEL_SHAPES[1] or abs(shape - 1) < _VISIBLE_SHARE:
        return width, height
    wide, high = width * max(shape, 1.0), height * max(1 / shape, 1.0)
    scale = min(1.0, math.sqrt(MAX_DECODED / (wide * high)))
    return max(round(wide * scale), 1), max(round(high * scale), 1)


class PictureShaper:
    """Turns the decoded pictures of one track into upright ones with square pixels, in BGR.

    If the size changes within the file, a smaller picture of the same shape is scaled up to the size before, so that a
    face stays where it is.
    """

    def __init__(self, track: VideoStream) -> None:
        self._pixel_shape = track.sample_aspect_ratio
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._orientation: Orientation | None = None
        self._size = 0, 0

    def skip(self, picture: VideoFrame) -> None:
        """Leave out the next picture, but follow its size."""
        self._follow_size(picture)

    def _follow_size(self, picture: VideoFrame) -> None:
        self._size = _same_or_larger(self._size, square_size(picture.width, picture.height, self._pixel_shape))

    def shape(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """`picture` as (height, width, 3) uint8 BGR, contiguous."""
        if self._orientation is None:
            matrix = picture.side_data.get("DISPLAYMATRIX")
            self._orientation = Orientation() if matrix is None else Orientation.from_display_matrix(matrix)
        self._follow_size(picture)
        methods = av.video.reformatter.Interpolation
        method = methods.FAST_BILINEAR if self._size == (picture.width, picture.height) else methods.BICUBIC
        width, height = self._size
        bgr = self._reformatter.reformat(picture, width, height, "bgr24", interpolation=method, threads=1).to_ndarray()
        return self._orientation.apply(np.asarray(bgr, np.uint8))


def _same_or_larger(before: tuple[int, int], now: tuple[int, int]) -> tuple[int, int]:
    """The size before if the new one is smaller and of the same shape, else the new one."""
    is_same_shape = abs(before[0] * now[1] - before[1] * now[0]) <= _VISIBLE_SHARE * before[0] * now[1]
    return before if is_same_shape and now[0] < before[0] else now
