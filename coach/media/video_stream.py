"""Encodes a video stream into a container. This module is imported only to write a video."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from coach.media.libav import av

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

KEYFRAME_EVERY_S: Final = 1.0
"""Seconds between keyframes. A fragment of MP4 is written at the next keyframe, so a kill loses about this much."""

# Codes of ITU-T H.273, written into the stream so that every player shows the same colours.
_BT709: Final = 1
_LIMITED_RANGE: Final = 1


MAX_PIXELS: Final = 3840 * 2160
"""Larger pictures are scaled down to this: x264 needs 0.8 GB for 7680 x 4320, and few players keep up with it."""


def fitting_scale(height: int, width: int) -> float:
    """Scale factor, at most 1, that limits a picture to `MAX_PIXELS`."""
    return min(1.0, math.sqrt(MAX_PIXELS / (height * width)))


def shrink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale `picture` (height, width, 3) down to `MAX_PIXELS` if it is larger."""
    height, width = picture.shape[:2]
    scale = fitting_scale(height, width)
    if scale == 1.0:
        return picture
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)


@dataclass(frozen=True, slots=True)
class PictureCodec:
    """An encoder of FFmpeg with its settings.

    Attributes:
        name: FFmpeg's name of the encoder.
        options: options of the encoder.
        max_side: longest side that the encoder supports, in pixels.
    """

    name: str
    options: dict[str, str]
    max_side: int = 16384


MPEG4: Final = PictureCodec("mpeg4", {"qmin": "4", "qmax": "4", "b": "50000000", "g": "600"}, max_side=8190)
"""Constant quality, 39 dB on a 720p clip; the bit rate is never reached, so that only the quality counts."""

CODECS: Final = (
    PictureCodec("libx264", {"preset": "veryfast", "tune": "zerolatency", "crf": "23", "g": "600"}),
    PictureCodec("libopenh264", {"b": "8000000", "g": "600"}, max_side=3840),
    MPEG4,
)
"""Best first. With `zerolatency` the encoder delays no frames. `PictureStream` sets keyframes by time, since a camera's
rate varies; `g` only limits their distance in frames."""


def best_codec(codecs: Sequence[PictureCodec] = CODECS) -> PictureCodec:
    """The first of `codecs` that the installed FFmpeg supports; else MPEG-4, which is built in."""
    return next((codec for codec in codecs if codec.name in av.codecs_available), MPEG4)


class PictureStream:
    """Encodes pictures in the size of the first one, one pixel less if a side is odd; others are fitted into it.

    A first picture of more than `MAX_PIXELS` is scaled down to that.
    """

    def __init__(
        self,
        container: OutputContainer,
        codec: PictureCodec,
        first: NDArray[np.uint8],
        *,
        tick: Fraction,
        rate: Fraction | int = 30,
    ) -> None:
        """Add the stream to `container`.

        Args:
            container: opened for writing, nothing written yet.
            codec: encoder, such as `best_codec` chooses.
            first: the first picture, (height, width, 3) uint8 BGR.
            tick: time base, in seconds per step of `pts`.
            rate: frame rate in the header of the container.
        """
        self._tick = tick
        self._stream = cast("VideoStream", container.add_stream(codec.name, rate=rate, options=dict(codec.options)))
        self._size = _size(first, codec.max_side)
        context = self._stream.codec_context
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        context.time_base, context.thread_count = tick, 1
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        self._next_keyframe = 0

    def encode(self, image: NDArray[np.uint8], pts: int) -> list[Packet[VideoStream]]:
        """Encode `image` with timestamp `pts`, which must increase; returns the finished packets."""
        picture = av.VideoFrame.from_ndarray(fit(image, *self._size), format="bgr24")
        picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", threads=1)
        picture.pts, picture.time_base = pts, self._tick
        if pts >= self._next_keyframe:
            picture.pict_type = av.video.frame.PictureType.I
            self._next_keyframe = pts + round(KEYFRAME_EVERY_S / self._tick)
        return list(self._stream.encode(picture))

    def finish(self) -> list[Packet[VideoStream]]:
        """Flush the encoder."""
        return list(self._stream.encode(None))


def _size(image: NDArray[np.uint8], max_side: int) -> tuple[int, int]:
    """Even width and height, because chroma has half resolution; scaled down if the picture or a side is too large."""
    height, width = image.shape[:2]
    scale = min(1.0, max_side / max(height, width), fitting_scale(height, width))
    return max(int(width * scale) // 2 * 2, 2), max(int(height * scale) // 2 * 2, 2)


def fit(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Fit `image` into `width` x `height` pixels: unchanged, cropped by one pixel, or scaled with bars."""
    rows, columns = image.shape[:2]
    if 0 <= columns - width <= 1 and 0 <= rows - height <= 1:
        return np.ascontiguousarray(image[:height, :width])
    scale = min(width / columns, height / rows)
    inner = min(max(round(columns * scale), 1), width), min(max(round(rows * scale), 1), height)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas = np.zeros((height, width, 3), np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=method)
    return canvas
