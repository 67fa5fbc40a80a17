"""Decodes a video file to upright pictures with the timestamps of the container."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.text import clean_name
from coach.base.types import Frame
from coach.media.libav import av
from coach.media.orientation import Orientation
from coach.sources.files.container import is_truncated, open_container

if TYPE_CHECKING:
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

FALLBACK_FPS: Final = Fraction(25)
"""Rate assumed if the container has no plausible one; FFmpeg's default for a raw stream."""

SANE_FPS: Final = (1.0, 240.0)
"""Plausible frame rates. Real headers have also had 0, -1, NaN, 600, 1000 and 90000."""

LEAP_S: Final = 60.0
"""A larger step forward is a broken timestamp, not a pause of the recording."""

STEP_BACK_S: Final = 1.0
"""A larger step back is a clock reset, as between concatenated recordings."""


def sane_fps(rate: Fraction | float | None) -> Fraction:
    """`rate` if it is plausible, else `FALLBACK_FPS`."""
    if rate is None or not math.isfinite(rate) or not SANE_FPS[0] <= rate <= SANE_FPS[1]:
        return FALLBACK_FPS
    return Fraction(rate)


class FrameTimes:
    """Maps the timestamps of one recording, in presentation order, to take times, which start at 0 and increase.

    A frame without a valid timestamp follows the previous one after one frame period; `guessed` counts these frames.
    """

    def __init__(self, rate: Fraction | float | None) -> None:
        self.guessed = 0
        self.fps = sane_fps(rate)
        self._origin: Fraction | None = None
        self._last: Fraction | None = None

    def stamp(self, pts_s: Fraction | None) -> float:
        """Take time of the next frame. `pts_s` is its timestamp in seconds; None if it has none."""
        if self._origin is None and pts_s is not None and self._last is None:
            self._origin = pts_s
        t = None if pts_s is None or self._origin is None else pts_s - self._origin
        if t is None or not self._is_plausible(t):
            t = self._guess(pts_s, t)
        self._last = t
        return float(t)

    def _is_plausible(self, t: Fraction) -> bool:
        return self._last is None or 0 < t - self._last <= LEAP_S

    def _guess(self, pts_s: Fraction | None, t: Fraction | None) -> Fraction:
        """One frame period after the last frame. After a clock jump, later timestamps count from there."""
        self.guessed += 1
        guess = Fraction(0) if self._last is None else self._last + 1 / self.fps
        jumped = t is None or not -STEP_BACK_S <= t - guess <= LEAP_S
        if pts_s is not None and jumped:
            self._origin = pts_s - guess
        return guess


MAX_READ_ERRORS: Final = 50
"""Read errors in a row after which the rest of the file is skipped."""

MAX_DURATION_S: Final = 7 * 24 * 3600.0
"""Longest plausible duration."""

MISSING_S: Final = 0.5
"""A video stream that ends this much before its own duration is truncated."""

MISSING_WITH_SOUND_S: Final = 2.0
"""The same for the duration of video and sound together, as sound may last longer."""


class Decoder:
    """Decodes one file. `frames` can be iterated once; the counts are final at its end.

    Attributes:
        damaged: number of packets and pictures skipped because they could not be decoded completely.
        duration_s: duration of the video; None if the container has none or an implausible one.
        frame_bytes: size of one picture in BGR.
    """

    def __init__(self, path: Path, head: bytes) -> None:
        self._name = clean_name(path.name, 200)
        self._container, self._stream = open_container(path, head)
        self._times = FrameTimes(self._stream.guessed_rate or self._stream.average_rate)
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._orientation: Orientation | None = None
        self._end = 0.0
        self._is_truncated = is_truncated(path)
        self.damaged = 0
        self.duration_s = self._duration()
        self.frame_bytes = max(1, self._stream.width * self._stream.height * 3)

    def frames(self) -> Iterator[Frame]:
        """Every picture that can be decoded, in presentation order."""
        for packet in self._packets():
            try:
                pictures = self._stream.decode(packet)
            except av.FFmpegError as error:
                _log.debug("%s: packet skipped after %.2f s: %s", self._name, self._end, error)
                self.damaged += 1
                continue
            for picture in pictures:
                yield from self._frame(picture)

    def warnings(self) -> list[str]:
        """Faults of the file as sentences; complete once `frames` is exhausted."""
        sentences = []
        if self.damaged:
            sentences.append(f"{self._name}: {self.damaged} damaged frame{'s' * (self.damaged != 1)} left out.")
        if self._times.guessed:
            rate = f"{float(self._times.fps):g} frames per second"
            sentences.append(
                f"{self._name}: {self._times.guessed} frames carry no usable time; they were put at {rate}."
            )
        if self._is_truncated:
            total = f" of {self.duration_s:.1f}" if self.duration_s else ""
            sentences.append(f"{self._name}: the recording is cut off; {self._end:.1f}{total} seconds could be read.")
        return sentences

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _packets(self) -> Iterator[av.Packet[VideoStream] | None]:
        """Packets in file order; reading continues after errors. The last item, empty or None, drains the decoder."""
        errors = 0
        while errors < MAX_READ_ERRORS:
            try:
                for packet in self._container.demux(self._stream):
                    if packet.size:
                        errors = 0
                    else:
                        self._is_truncated = self._is_truncated or self._ends_early()
                    yield packet
                return
            except av.FFmpegError as error:
                _log.debug("%s: unreadable after %.2f s: %s", self._name, self._end, error)
                errors += 1
        self._is_truncated = True
        yield None

    def _frame(self, picture: av.VideoFrame) -> Iterator[Frame]:
        """The picture as a frame; no frame if it is damaged."""
        time_base = Fraction(picture.time_base or 0)
        t = self._times.stamp(None if picture.pts is None else picture.pts * time_base)
        self._end = t + float((picture.duration or 0) * time_base or 1 / self._times.fps)
        if picture.is_corrupt:
            self.damaged += 1
            return
        yield Frame(t, self._upright(picture))

    def _upright(self, picture: av.VideoFrame) -> NDArray[np.uint8]:
        if self._orientation is None:
            matrix = picture.side_data.get("DISPLAYMATRIX")
            self._orientation = Orientation() if matrix is None else Orientation.from_display_matrix(matrix)
        bgr = self._reformatter.reformat(
            picture, format="bgr24", interpolation=av.video.reformatter.Interpolation.FAST_BILINEAR, threads=1
        ).to_ndarray()
        return self._orientation.apply(np.asarray(bgr, np.uint8))

    def _duration(self) -> float | None:
        stream, container = self._stream, self._container
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        else:
            seconds = (container.duration or 0) / av.time_base
        return seconds if 0 < seconds <= MAX_DURATION_S else None

    def _ends_early(self) -> bool:
        """Whether the last picture ends well before the duration."""
        is_of_video = self._stream.duration is not None or not self._container.streams.audio
        return self.duration_s is not None and self._end < self.duration_s - (
            MISSING_S if is_of_video else MISSING_WITH_SOUND_S
        )
