"""Decodes a video file to upright pictures with the timestamps of the container."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from coach.base.messages import tr, tr_n
from coach.base.text import clean_name
from coach.base.types import Frame
from coach.media.libav import av
from coach.media.recorded import LEAP_S, PictureShaper, picture_tracks, start_of, zero_of
from coach.sources.files.container import is_truncated, open_container

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_log = logging.getLogger(__name__)

FALLBACK_FPS: Final = Fraction(25)
"""Rate assumed if the container has no plausible one; FFmpeg's default for a raw stream."""

SANE_FPS: Final = (1.0, 240.0)
"""Plausible frame rates. Real headers have also had 0, -1, NaN, 600, 1000 and 90000."""

STEP_BACK_S: Final = 1.0
"""A larger step back is a clock reset, as between concatenated recordings."""

CONFIRMED_S: Final = 5.0
"""A picture may come this long after the known end of the file: containers store sound some seconds apart from it."""


def sane_fps(rate: Fraction | float | None) -> Fraction:
    """`rate` if it is plausible, else `FALLBACK_FPS`."""
    if rate is None or not math.isfinite(rate) or not SANE_FPS[0] <= rate <= SANE_FPS[1]:
        return FALLBACK_FPS
    return Fraction(rate)


class FrameTimes:
    """Maps the timestamps of one recording, in presentation order, to take times, which increase.

    Take time 0 is the beginning of the file, as in players; so the first picture may come later. A step of more than
    `LEAP_S` is a pause of the recording if the file is known to last that long, otherwise a broken timestamp. A frame
    without a valid timestamp follows the previous one after one frame period; `guessed` counts these frames.

    Attributes:
        known_s: how long the file is known to last, by its header or its sound, in seconds.
    """

    def __init__(self, rate: Fraction | float | None, zero: Fraction | None = None) -> None:
        """Start before the first frame.

        Args:
            rate: frames per second by the container.
            zero: timestamp of the beginning of the file in seconds; None for that of the first frame.
        """
        self.guessed = 0
        self.known_s = 0.0
        self.fps = sane_fps(rate)
        self._zero = zero
        self._origin: Fraction | None = None
        self._last: Fraction | None = None

    def stamp(self, pts_s: Fraction | None) -> float:
        """Take time of the next frame. `pts_s` is its timestamp in seconds; None if it has none."""
        if self._origin is None and pts_s is not None and self._last is None:
            self._origin = self._zero = self._first_origin(pts_s)
        t = None if pts_s is None or self._origin is None else pts_s - self._origin
        if t is None or not self._is_plausible(t, pts_s):
            t = self._guess(pts_s, t)
        self._last = t
        return float(t)

    def _first_origin(self, pts_s: Fraction) -> Fraction:
        zero = pts_s if self._zero is None else self._zero
        is_believed = pts_s >= zero and (pts_s - zero <= LEAP_S or self._is_confirmed(pts_s - zero))
        return zero if is_believed else pts_s

    def _is_plausible(self, t: Fraction, pts_s: Fraction | None) -> bool:
        if self._last is None or 0 < t - self._last <= LEAP_S:
            return True
        return t > self._last and pts_s is not None and self._is_confirmed(pts_s - (self._zero or 0))

    def _is_confirmed(self, since_zero: Fraction) -> bool:
        return since_zero <= self.known_s + CONFIRMED_S

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
"""A recording that ends this much before its duration is cut off."""


MAX_NAMED_SIZES: Final = 3
"""Changes of the size of the pictures that warnings name."""


class Decoder:
    """Decodes one file. `frames` can be iterated once; the counts are final at its end.

    Attributes:
        damaged: number of packets and pictures skipped because they could not be decoded completely.
        left_out: number of pictures left out because they come too soon after the one before.
        duration_s: duration of the video; None if the container has none or an implausible one.
        frame_bytes: size of one picture in BGR.
    """

    def __init__(self, path: Path, head: bytes, min_gap_s: float = 0.0) -> None:
        """Open `path`, which begins with `head`. `frames` are `min_gap_s` seconds apart, or more."""
        self._name = clean_name(path.name, 200)
        self._container, self._stream = open_container(path, head)
        self._sound = next(iter(self._container.streams.audio), None)
        self._zero = zero_of(self._container, self._stream)
        self._times = FrameTimes(self._stream.guessed_rate or self._stream.average_rate, self._zero)
        self._shaper = PictureShaper(self._stream)
        self._tracks = len(picture_tracks(self._container))
        self._end = self._sound_end = 0.0
        self._is_truncated = is_truncated(path)
        self._min_gap_s = min_gap_s
        self._given_t = -math.inf
        self._sizes: dict[tuple[int, int], float] = {}  # of the pictures, with the time of the first of each
        self.damaged = self.left_out = 0
        self.duration_s = self._duration()
        self._times.known_s = max(self.duration_s or 0.0, self._whole_duration() or 0.0)
        self.frame_bytes = max(1, self._stream.width * self._stream.height * 3)

    def frames(self) -> Iterator[Frame]:
        """The pictures that can be decoded, in presentation order."""
        for packet in self._packets():
            try:
                pictures = self._stream.decode(packet)
            except av.FFmpegError as error:
                _log.debug("%s: packet skipped after %.2f s: %s", self._name, self._end, error)
                self.damaged += 1
                continue
            for picture in pictures:
                yield from self._frame(picture)
        self._is_truncated = self._is_truncated or self._ends_early()

    def warnings(self) -> list[str]:
        """Faults of the file as sentences; complete once `frames` is exhausted."""
        return [f"{self._name}: {fault}" for fault in self._faults()]

    def _faults(self) -> list[str]:
        sentences = []
        if self._tracks > 1:
            size = f"{self._stream.width} x {self._stream.height}"
            sentences.append(
                tr(
                    "there are {count} videos in this file. Only the one that players show is read ({size} pixels).",
                    count=self._tracks,
                    size=size,
                )
            )
        if self.damaged:
            sentences.append(tr_n("{count} damaged frame left out.", "{count} damaged frames left out.", self.damaged))
        if self._times.guessed:
            sentences.append(_guessed_text(self._times.guessed, float(self._times.fps)))
        for new_size, t in list(self._sizes.items())[1 : 1 + MAX_NAMED_SIZES]:
            sentences.append(_new_size_text(new_size, t))
        if self._is_truncated:
            sentences.append(_cut_text(self._end, self.duration_s))
        return sentences

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _packets(self) -> Iterator[Packet[VideoStream] | None]:
        """Packets of the pictures in file order. Reading continues after errors. The last one drains the decoder."""
        errors = 0
        tracks = [self._stream] if self._sound is None else [self._stream, self._sound]
        while errors < MAX_READ_ERRORS:
            try:
                for packet in self._container.demux(tracks):
                    errors = 0 if packet.size else errors
                    if (
                        packet.stream.index == self._stream.index
                    ):  # `stream_index` is wrong in the packets that end a track
                        yield cast("Packet[VideoStream]", packet)
                    else:
                        self._hear(packet)
                return
            except av.FFmpegError as error:
                _log.debug("%s: unreadable after %.2f s: %s", self._name, self._end, error)
                errors += 1
        self._is_truncated = True
        yield None

    def _hear(self, packet: Packet[Stream]) -> None:
        """Note how far the sound goes, which shows how long the recording lasts."""
        if packet.pts is not None and packet.time_base is not None:
            end = (packet.pts + (packet.duration or 0)) * packet.time_base - (self._zero or 0)
            self._sound_end = max(self._sound_end, float(end))
            self._times.known_s = max(self._times.known_s, self._sound_end)

    def _frame(self, picture: av.VideoFrame) -> Iterator[Frame]:
        """The picture as a frame; no frame if it is damaged or comes too soon."""
        time_base = Fraction(picture.time_base or 0)
        t = self._times.stamp(None if picture.pts is None else picture.pts * time_base)
        self._end = t + float((picture.duration or 0) * time_base or 1 / self._times.fps)
        if picture.is_corrupt:
            self.damaged += 1
            return
        if t - self._given_t < self._min_gap_s:
            self.left_out += 1
            self._shaper.skip(picture)
            return
        self._given_t = t
        image = self._shaper.shape(picture)
        self._sizes.setdefault((image.shape[1], image.shape[0]), t)
        yield Frame(t, image)

    def _duration(self) -> float | None:
        """Where the pictures end by the container, in take time; where that is not known, where the file ends."""
        stream, zero = self._stream, self._zero or Fraction(0)
        if stream.duration is not None and stream.time_base is not None:
            begin = start_of(stream) or Fraction(0)
            return _sane_duration(float(begin - zero + stream.duration * stream.time_base))
        whole, tagged = self._whole_duration(), _tagged_duration(stream.metadata)
        return whole if tagged is None or whole is None else min(whole, tagged - float(zero))

    def _whole_duration(self) -> float | None:
        """How long the file lasts by the container, with its sound. MKV and WebM count it from the timestamp 0."""
        begin = float(self._zero or 0) if "matroska" in self._container.format.name else 0.0
        return _sane_duration((self._container.duration or 0) / av.time_base - begin)

    def _ends_early(self) -> bool:
        """Whether the file ends well before its duration. Sound may go on after the last picture."""
        is_of_video = self._stream.duration is not None
        end = max(self._end, 0.0 if is_of_video else self._sound_end)
        return self.duration_s is not None and end < self.duration_s - MISSING_S


def _sane_duration(seconds: float) -> float | None:
    """`seconds`, or None for an implausible duration."""
    return seconds if 0 < seconds <= MAX_DURATION_S else None


def _tagged_duration(tags: Mapping[str, str]) -> float | None:
    """The duration of a track of MKV or WebM, which has it only as a tag such as 00:00:05.346; None if it has none."""
    parts = re.fullmatch(r"([0-9]+):([0-9]{2}):([0-9]+(?:\.[0-9]+)?)", tags.get("DURATION", ""))
    return None if parts is None else int(parts[1]) * 3600 + int(parts[2]) * 60 + float(parts[3])


def _guessed_text(count: int, fps: float) -> str:
    return tr(
        "{count} frames carry no usable time; they were put at {rate:g} frames per second.", count=count, rate=fps
    )


def _new_size_text(size: tuple[int, int], t: float) -> str:
    return tr(
        "from {seconds:.1f} s on its pictures have {width} x {height} pixels. The places of faces after that are in "
        "these pixels.",
        seconds=t,
        width=size[0],
        height=size[1],
    )


def _cut_text(read_s: float, duration_s: float | None) -> str:
    if not duration_s:
        return tr("the recording is cut off; {seconds:.1f} seconds could be read.", seconds=read_s)
    return tr(
        "the recording is cut off; {seconds:.1f} of {total:.1f} seconds could be read.",
        seconds=read_s,
        total=duration_s,
    )
