"""One H.264 stream in a fragmented MP4. Imported only where a video is written, by way of `coach.takes.video`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

# Loading av before cv2 makes a window that is opened later hang for ever.
# isort: off
import cv2  # noqa: F401
import av

# isort: on
from coach.base.types import Frame
from coach.media.pictures import PictureStream, best_codec

TIME_BASE: Final = Fraction(1, 90_000)

_CONTAINER: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}


class Encoder:
    """Writes frames to `path`, all in the size of the first, less a pixel where that is odd."""

    def __init__(self, path: Path, first: Frame) -> None:
        """Open the file.

        Raises:
            OSError: it cannot be written.
        """
        self._container = av.open(str(path), "w", format="mp4", options=_CONTAINER)
        self._stream = PictureStream(self._container, best_codec(), first.image, tick=TIME_BASE)
        self._last_pts = -1

    def add(self, frame: Frame) -> bool:
        """Encode `frame`; False where its time is not later than the last one's, so that no place is left for it."""
        pts = round(frame.t / TIME_BASE)
        if pts <= self._last_pts:
            return False
        self._last_pts = pts
        self._container.mux(self._stream.encode(frame.image, pts))
        return True

    def __enter__(self) -> Encoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what the encoder still holds and close the file."""
        try:
            if error is None:
                self._container.mux(self._stream.finish())
        finally:
            self._container.close()
