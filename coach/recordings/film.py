"""Writes a film file with pictures and sound. This module is imported only to write a video."""

from __future__ import annotations

import itertools
import logging
import struct
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from coach.base.files import error_reason
from coach.media.libav import av
from coach.media.video_stream import MPEG4, PictureStream, best_codec
from coach.recordings.sound import open_sound
from coach.recordings.source_media import picture_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import IO

    import numpy as np
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from coach.recordings.sound import Sound

_log = logging.getLogger(__name__)

_MAIN_FRAMES: Final = 16
"""Offset of the number of pictures in the main header (avih)."""

_STREAM_FRAMES: Final = 32
"""Offset of the number of pictures in a stream header (strh)."""

_MAX_HEADER: Final = 1 << 16
"""Bytes of a file that are searched for its header."""

_UNKNOWN: Final = 0xFFFFFFFF
"""Chunk size that FFmpeg writes before it knows the size."""


class AviHeader:
    """Updates the length in the header of an AVI while it is written, so that players know it after a kill.

    FFmpeg writes the length only at the end. After its first gigabyte an AVI continues in further RIFF chunks, and the
    size of the first is no longer updated. An AVI with other chunks is left unchanged.
    """

    def __init__(self, path: Path) -> None:
        """Parse the header of the AVI at `path`, which has its first picture already."""
        self._path = path
        self._count_offsets: list[int] = []
        self._sizes: dict[int, int] = {}
        """The chunk sizes last written, by their offsets."""
        with suppress(OSError, ValueError, struct.error), path.open("rb") as file:
            self._parse(file.read(_MAX_HEADER))

    def refresh(self, pictures: int) -> None:
        """Write the number of pictures, and the sizes that result from the current end of the file."""
        with suppress(OSError), self._path.open("r+b", buffering=0) as file:
            end = file.seek(0, 2)
            for offset in self._count_offsets:
                _write_number(file, offset, pictures)
            for offset, written in self._sizes.items():
                size = end - offset - 4
                # FFmpeg has written another number once the first RIFF chunk is complete.
                if _read_number(file, offset) == written and size < _UNKNOWN:
                    _write_number(file, offset, size)
                    self._sizes[offset] = size

    def _parse(self, head: bytes) -> None:
        """Find the offsets by their chunks ('avih', 'strh' and 'movi' of Microsoft's AVI RIFF reference)."""
        track = head.index(b"vids", head.index(b"strh"))
        count_offsets = [head.index(b"avih") + 8 + _MAIN_FRAMES, track + _STREAM_FRAMES]
        chunk = 12
        while head[chunk + 8 : chunk + 12] != b"movi":
            chunk += 8 + int.from_bytes(head[chunk + 4 : chunk + 8], "little")
            if chunk >= len(head):
                return
        self._count_offsets = count_offsets
        self._sizes = {4: _UNKNOWN, chunk + 4: _UNKNOWN}


def _write_number(file: IO[bytes], offset: int, number: int) -> None:
    file.seek(offset)
    file.write(struct.pack("<I", number))


def _read_number(file: IO[bytes], offset: int) -> int:
    file.seek(offset)
    return int.from_bytes(file.read(4), "little")


MP4_TICK: Final = Fraction(1, 90_000)

_AT_ONCE: Final = {"flush_packets": "1", "max_interleave_delta": "500000"}
"""Write packets at once; a stream that has ended delays the other by half a second instead of ten."""

_MP4: Final = {"movflags": "hybrid_fragmented+frag_keyframe+delay_moov+default_base_moof", **_AT_ONCE}
"""The file has fragments of a second while it is written and is an ordinary MP4 once it is finished. Without
`delay_moov` sound that starts later than the picture would be moved to the beginning."""

_NTSC: Final = tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 60))
_RATES: Final = (*map(Fraction, (1, 2, 5, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60)), *_NTSC)
"""Usual frame rates."""

_TOLERANCE: Final = 0.05
"""A measured rate is rounded to one of `_RATES` within this relative distance."""

_MEASURED_S: Final = 0.5
"""Seconds of pictures from which the rate of an AVI without a source is measured."""

_MEASURED_BYTES: Final = 64 << 20
"""Limit of the memory for these pictures; with large ones the rate is measured from fewer."""

HEADER_EVERY_S: Final = 1.0
"""AVI: seconds between updates of the length in the header; a kill loses at most this much of it."""

_REPEAT_S: Final = 1.0
"""AVI: a picture shown for longer is encoded again only every `_LONG_REPEAT_S`; the frames between are empty chunks,
which players show as the same picture."""

_LONG_REPEAT_S: Final = 10


class Film:
    """Writes pictures at their times, and the sound of the source up to the same time.

    Attributes:
        silent: why the sound of the source is missing; None if it is not.
    """

    def __init__(self, path: Path, audio_from: Path | None = None) -> None:
        """Open the file; its header is written with the first picture.

        Raises:
            OSError: the file cannot be written.
        """
        self.silent: str | None = None
        self._path = path
        self._audio_from = audio_from
        self._avi = path.suffix.lower() == ".avi"
        kind, options = ("avi", _AT_ONCE) if self._avi else ("mp4", _MP4)
        self._container: OutputContainer = av.open(str(path), "w", format=kind, options=dict(options))
        self._waiting: list[tuple[float, NDArray[np.uint8]]] = []
        self._pictures: PictureStream | None = None
        self._sound: Sound | None = None
        self._tick = MP4_TICK
        self._first_t = 0.0
        self._last_pts = -1
        self._step = 0
        self._last_image: NDArray[np.uint8] | None = None
        self._header: AviHeader | None = None
        self._header_due = 0

    def add(self, t: float, image: NDArray[np.uint8]) -> bool:
        """Write `image` at `t` seconds; returns False for a picture with the timestamp of the last one, not written."""
        if self._pictures:
            return self._add_picture(t, image)
        self._waiting.append((t, image))
        if not self._avi or self._audio_from or self._can_measure_rate():
            self._start()
        return True

    @property
    def length_s(self) -> float:
        """Length in seconds of the pictures written so far."""
        return float((self._last_pts + self._duration) * self._tick) if self._last_pts >= 0 else 0.0

    @property
    def _duration(self) -> int:
        """Duration in ticks of the last picture: that of the previous one, or 1/30 s for a single one."""
        return 1 if self._avi else self._step or round(Fraction(1, 30) / self._tick)

    def __enter__(self) -> Film:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file; after an error it is only closed, and the pictures so far stay."""
        try:
            if error is None:
                self._finish()
                self._container.close()
        finally:
            if self._sound:
                self._sound.close()
            with suppress(OSError):
                self._container.close()

    def _can_measure_rate(self) -> bool:
        seconds = self._waiting[-1][0] - self._waiting[0][0]
        size = sum(image.nbytes for _, image in self._waiting)
        return len(self._waiting) > 1 and (seconds >= _MEASURED_S or size > _MEASURED_BYTES)

    def _start(self) -> None:
        """Open the streams and write the waiting pictures."""
        self._first_t, first = self._waiting[0]
        rate = self._rate()
        self._tick = 1 / rate if self._avi else MP4_TICK
        codec = MPEG4 if self._avi else best_codec()
        self._pictures = PictureStream(self._container, codec, first, tick=self._tick, rate=rate)
        self._open_sound()
        waiting, self._waiting = self._waiting, []
        for t, image in waiting:
            self._add_picture(t, image)

    def _rate(self) -> Fraction:
        if not (self._avi and self._audio_from):
            return measure_rate([t for t, _ in self._waiting])
        reported, times = picture_times(self._audio_from)
        # An AVI has a fixed rate: with a rate below that of the shortest steps pictures would be dropped.
        measured = measure_rate(times, quantile=0.1) if times else Fraction(25)
        return reported if reported and abs(reported - measured) <= _TOLERANCE * measured else measured

    def _open_sound(self) -> None:
        if self._audio_from is None:
            return
        try:
            self._sound = open_sound(self._audio_from, self._first_t, self._container)
        except (av.FFmpegError, OSError, ValueError) as error:
            _log.info("no sound from %s: %s", self._audio_from, error)
            self.silent = error_reason(error)

    def _add_picture(self, t: float, image: NDArray[np.uint8]) -> bool:
        pts = round((Fraction(t) - Fraction(self._first_t)) / self._tick)
        if pts <= self._last_pts:
            return False
        if self._avi:
            self._repeat_until(pts)
        self._step = pts - self._last_pts if self._last_pts >= 0 else 0
        self._write(image, pts)
        if self._avi:
            self._last_image = image
        if self._avi and pts >= self._header_due:
            self._refresh_header(pts)
        return True

    def _refresh_header(self, pts: int) -> None:
        self._header = self._header or AviHeader(self._path)
        self._header.refresh(pts + 1)
        self._header_due = pts + max(1, round(HEADER_EVERY_S / self._tick))

    def _repeat_until(self, pts: int) -> None:
        """Repeat the last picture in the frames of an AVI before `pts`."""
        if self._last_image is None:
            return
        lasted_s = (pts - self._last_pts) * self._tick
        every = 1 if lasted_s <= _REPEAT_S else max(1, round(_LONG_REPEAT_S / self._tick))
        for between in range(self._last_pts + every, pts, every):
            self._write(self._last_image, between)

    def _write(self, image: NDArray[np.uint8], pts: int) -> None:
        assert self._pictures
        self._last_pts = pts
        self._mux(self._pictures.encode(image, pts))
        if self._sound:
            self._sound.write_until(float(pts * self._tick))

    def _mux(self, packets: Sequence[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.duration = self._duration
            self._container.mux(packet)

    def _finish(self) -> None:
        if self._waiting:
            self._start()
        if self._pictures is None:
            return
        self._mux(self._pictures.finish())
        if self._sound:
            self._sound.finish(float((self._last_pts + (1 if self._avi else self._step)) * self._tick))


def measure_rate(times: Sequence[float], quantile: float = 0.5) -> Fraction:
    """Frame rate of pictures at `times`, 1/10 to 60, rounded to a usual rate if one is near; 25 for a single picture.

    Args:
        times: increasing times in seconds.
        quantile: quantile of the steps that counts; 0.5 is the median, and a smaller one gives a higher rate.
    """
    steps = sorted(b - a for a, b in itertools.pairwise(times) if b > a)
    if not steps:
        return Fraction(25)
    rate = min(max(1 / steps[int(len(steps) * quantile)], 0.1), 60.0)
    nearest = min(_RATES, key=lambda usual: abs(usual - rate))
    return nearest if abs(nearest - rate) <= _TOLERANCE * rate else Fraction(rate).limit_denominator(1001)
