"""Writes the video of a take: H.264 and AAC in fragmented MP4, so that after a kill only a second or two is missing."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections import deque
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

from coach.base.files import PRIVATE_FILE_MODE
from coach.base.messages import tr
from coach.base.types import Frame, SoundBlock
from coach.media.libav import av
from coach.media.sound_stream import SoundStream
from coach.media.video_stream import PictureStream, best_codec

_log = logging.getLogger(__name__)

TIME_BASE: Final = Fraction(1, 90_000)

_MP4_OPTIONS: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}


SOUND_LATE_S: Final = 1.0
"""Sound that is not there this long after its picture is replaced by silence: the microphone may have stopped."""


class Encoder:
    """Writes frames to `path` in the size of the first one, one pixel less if a side is odd, and their sound."""

    def __init__(self, path: Path, first: Frame, sound_rate: int | None = None) -> None:
        """Open the file; `sound_rate` is that of the microphone, in samples per second, or None without sound.

        Raises:
            OSError: the file cannot be written.
        """
        self._container = av.open(str(path), "w", format="mp4", options=_MP4_OPTIONS)
        self._stream = PictureStream(self._container, best_codec(), first.image, tick=TIME_BASE)
        self._sound = SoundStream(self._container, sound_rate) if sound_rate else None
        self._last_pts = -1

    def hear(self, block: SoundBlock) -> None:
        """Encode `block`, if there is a stream of sound."""
        if self._sound is not None:
            self._container.mux(self._sound.add(block))

    def add(self, frame: Frame) -> bool:
        """Encode `frame`; returns False for a frame that is not later than the last one, which is dropped."""
        pts = round(frame.t / TIME_BASE)
        if pts <= self._last_pts:
            return False
        self._last_pts = pts
        self._container.mux(self._stream.encode(frame.image, pts))
        if self._sound is not None:
            self._container.mux(self._sound.silence_until(frame.t - SOUND_LATE_S))
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
                if self._sound is not None:
                    self._container.mux(self._sound.finish())
        finally:
            self._container.close()


QUEUE_FRAMES: Final = 12
"""0.4 s at 30 frames/s, 33 MB at 1280 x 720: enough for a keyframe or a busy disk, not for a slow machine."""

LATE_S: Final = 1.0
"""A frame that has waited until another is this much later is left out, so that a slow machine films fewer pictures and
not older ones: a kill loses what has not been written."""

QUEUE_BLOCKS: Final = 6000
"""Blocks of sound that wait: those of a lead-in of a minute, and 12 MB at 48,000 samples per second."""

SOUND_TURN_S: Final = 0.5
"""Longest time for sound before each picture. On a busy machine sound may come as fast as it is encoded, and a picture
that waited for its end would never be written."""

_CLOSE_S: Final = 5.0
"""How long `close` waits for a blocked encoder."""


class VideoRecorder:
    """A frame sink that encodes in a thread and drops frames rather than block the rehearsal.

    Attributes:
        encoded: frames written.
        dropped: frames dropped because the encoder was behind.
        trouble: the error that stopped the recording, or None.
    """

    def __init__(self, path: Path, sound_rate: int | None = None) -> None:
        """Create the file; `sound_rate` is that of the microphone, in samples per second, or None without sound.

        Raises:
            OSError: the file cannot be created.
        """
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE))
        self._path = path
        self._queue: queue.Queue[Frame | None] = queue.Queue(QUEUE_FRAMES)
        self._sound: deque[SoundBlock] = deque(maxlen=QUEUE_BLOCKS)
        self._sound_rate = sound_rate
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
        self._drop_before(frame.t - LATE_S)
        try:
            self._queue.put_nowait(frame)
        except queue.Full:
            self.dropped += 1

    def _drop_before(self, t: float) -> None:
        """Remove the frames from the queue that are earlier than `t`."""
        with self._queue.mutex:
            waiting = self._queue.queue
            while waiting and (first := waiting[0]) is not None and first.t < t:
                waiting.popleft()
                self.dropped += 1

    def hear(self, block: SoundBlock) -> None:
        """Queue `block`. That of the lead-in is needed too: in it, the clock of the sound card becomes known."""
        if self.trouble is None and not self._closing:
            self._sound.append(block)

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
            self.trouble = TimeoutError(tr("the encoder does not answer"))

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
        with Encoder(self._path, frame, self._sound_rate) as encoder:
            while frame is not None:
                self._encode_sound(encoder, SOUND_TURN_S)
                self.encoded += encoder.add(frame)
                frame = self._queue.get()
            self._encode_sound(encoder, _CLOSE_S / 2)

    def _encode_sound(self, encoder: Encoder, longest_s: float) -> None:
        """Encode the waiting sound, but not for much longer than `longest_s`."""
        until = time.monotonic() + longest_s
        while self._sound and time.monotonic() < until:
            encoder.hear(self._sound.popleft())
