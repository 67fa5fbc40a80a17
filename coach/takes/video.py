"""Writes the video of a take: H.264 in fragmented MP4, so that after a kill only a second or two is missing."""

from __future__ import annotations

import logging
import os
import queue
import threading
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

from coach.base.files import PRIVATE_FILE_MODE
from coach.base.types import Frame
from coach.media.libav import av
from coach.media.video_stream import PictureStream, best_codec

_log = logging.getLogger(__name__)

TIME_BASE: Final = Fraction(1, 90_000)

_MP4_OPTIONS: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}


class Encoder:
    """Writes frames to `path` in the size of the first one, one pixel less if a side is odd."""

    def __init__(self, path: Path, first: Frame) -> None:
        """Open the file.

        Raises:
            OSError: the file cannot be written.
        """
        self._container = av.open(str(path), "w", format="mp4", options=_MP4_OPTIONS)
        self._stream = PictureStream(self._container, best_codec(), first.image, tick=TIME_BASE)
        self._last_pts = -1

    def add(self, frame: Frame) -> bool:
        """Encode `frame`; returns False for a frame that is not later than the last one, which is dropped."""
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
        """Flush the encoder and close the file."""
        try:
            if error is None:
                self._container.mux(self._stream.finish())
        finally:
            self._container.close()


QUEUE_FRAMES: Final = 12
"""0.4 s at 30 frames/s, 33 MB at 1280 x 720: enough for a keyframe or a busy disk, not for a slow machine."""

_CLOSE_S: Final = 5.0
"""How long `close` waits for a blocked encoder."""


class VideoRecorder:
    """A frame sink that encodes in a thread and drops frames rather than block the rehearsal.

    Attributes:
        encoded: frames written.
        dropped: frames dropped because the encoder was behind.
        trouble: the error that stopped the recording, or None.
    """

    def __init__(self, path: Path) -> None:
        """Create the file.

        Raises:
            OSError: the file cannot be created.
        """
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE))
        self._path = path
        self._queue: queue.Queue[Frame | None] = queue.Queue(QUEUE_FRAMES)
        self._closing = False
        self.encoded = 0
        self.dropped = 0
        self.trouble: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="video", daemon=True)
        self._thread.start()

    def show(self, frame: Frame) -> None:
        """Queue `frame`, unless it is part of the lead-in (t < 0)."""
        if frame.t < 0 or self.trouble is not None or self._closing:
            return
        try:
            self._queue.put_nowait(frame)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Encode the queue and finish the file. Safe to call twice."""
        if self._closing:
            return
        self._closing = True
        try:
            self._queue.put(None, timeout=_CLOSE_S)
            self._thread.join(_CLOSE_S)
        except queue.Full:
            pass  # then the thread is alive
        if self._thread.is_alive():
            self.trouble = TimeoutError("the encoder does not answer")

    def _work(self) -> None:
        try:
            self._encode()
        # The main thread reports it; the queue must be drained so that `close` does not block.
        except Exception as error:
            _log.warning("%s: encoding ended early", self._path, exc_info=True)
            self.trouble = error
            while self._queue.get() is not None:
                pass

    def _encode(self) -> None:
        frame = self._queue.get()
        if frame is None:
            return
        with Encoder(self._path, frame) as encoder:
            while frame is not None:
                self.encoded += encoder.add(frame)
                frame = self._queue.get()
