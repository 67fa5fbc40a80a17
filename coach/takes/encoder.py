"""One H.264 stream in a fragmented MP4. Imported only where a video is written, by way of `coach.takes.video`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

# Loading av before cv2 makes a window that is opened later hang for ever.
# isort: off
import cv2  # noqa: F401
import av
from av.video.frame import PictureType, VideoFrame

# isort: on
from coach.types import Frame

if TYPE_CHECKING:
    import numpy as np
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

TIME_BASE: Final = Fraction(1, 90_000)
KEYFRAME_EVERY_S: Final = 1.0
"""A fragment is written when the next keyframe comes, so a kill costs about this much."""

_CONTAINER: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
_CODEC: Final = {"preset": "veryfast", "tune": "zerolatency", "crf": "23", "g": "600"}
"""`zerolatency`: no frames wait inside. Keyframes are set by time, since a camera's frame rate wanders."""

_BT709: Final = 1
_LIMITED_RANGE: Final = 1
"""Numbers of ITU-T H.273, written into the stream so that every player shows the same colours."""


class Encoder:
    """Writes frames to `path`, all in the size of the first, less a pixel where that is odd."""

    def __init__(self, path: Path, first: Frame) -> None:
        """Open the file.

        Raises:
            OSError: it cannot be written.
        """
        self._container = av.open(str(path), "w", format="mp4", options=_CONTAINER)
        self._stream: VideoStream = self._container.add_stream("libx264", rate=30, options=dict(_CODEC))
        height, width = (max(side // 2 * 2, 2) for side in first.image.shape[:2])
        context = self._stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.thread_count = TIME_BASE, 1
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        self._last_pts = -1
        self._key_due = 0

    def add(self, frame: Frame) -> bool:
        """Encode `frame`; False where its time is not later than the last one's, so that no place is left for it."""
        pts = round(frame.t / TIME_BASE)
        if pts <= self._last_pts:
            return False
        picture = self._picture(frame.image)
        picture.pts, picture.time_base = pts, TIME_BASE
        if pts >= self._key_due:
            picture.pict_type = PictureType.I
            self._key_due = pts + round(KEYFRAME_EVERY_S / TIME_BASE)
        self._last_pts = pts
        self._container.mux(self._stream.encode(picture))
        return True

    def _picture(self, image: NDArray[np.uint8]) -> VideoFrame:
        context = self._stream.codec_context
        picture = VideoFrame.from_ndarray(image, format="bgr24")
        return picture.reformat(
            context.width,
            context.height,
            "yuv420p",
            dst_colorspace="ITU709",
            dst_color_range="MPEG",
        )

    def __enter__(self) -> Encoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what the encoder still holds and close the file."""
        try:
            if error is None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()
