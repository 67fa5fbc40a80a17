"""Writes a film file with pictures and sound. Imported only to write a video."""

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
from coach.recordings.sound import sound_of
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

_FRAMES: Final = 16
"""Offset of the number of pictures in the main header (avih)."""

_LENGTH: Final = 32
"""Offset of the number of pictures in a stream header (strh)."""

_MOST_HEADER: Final = 1 << 16
_UNKNOWN: Final = 0xFFFFFFFF


class AviHeader:
    """Updates the length in the header of an AVI while it is written, so that players know it after a kill.

    FFmpeg writes it only at the end. After its first gigabyte an AVI continues in further RIFF chunks, and the size of
    the first is no longer updated. An AVI with other chunks is left unchanged.
    """

    def __init__(self, path: Path) -> None:
        """Parse the header of the AVI at `path`, which has its first picture already."""
        self._path = path
        self._frames: list[int] = []
        self._sizes: dict[int, int] = {}
        """Offsets of chunk sizes, and the values last written there."""
        with suppress(OSError, ValueError, struct.error), path.open("rb") as file:
            self._find(file.read(_MOST_HEADER))

    def refresh(self, pictures: int) -> None:
        """Write the number of pictures, and the sizes that result from the current end of the file."""
        with suppress(OSError), self._path.open("r+b", buffering=0) as file:
            end = file.seek(0, 2)
            for place in self._frames:
                _put(file, place, pictures)
            for place, written in self._sizes.items():
                if _number(file, place) == written and end - place - 4 < _UNKNOWN:
                    _put(file, place, end - place - 4)
                    self._sizes[place] = end - place - 4

    def _find(self, head: bytes) -> None:
        """Find the offsets by their chunks ('avih', 'strh' and 'movi' of Microsoft's AVI RIFF reference)."""
        track = head.index(b"vids", head.index(b"strh"))
        picture_counts = [head.index(b"avih") + 8 + _FRAMES, track + _LENGTH]
        place = 12
        while head[place + 8 : place + 12] != b"movi":
            place += 8 + int.from_bytes(head[place + 4 : place + 8], "little")
            if place >= len(head):
                return
        self._frames = picture_counts
        self._sizes = {4: _UNKNOWN, place + 4: _UNKNOWN}


def _put(file: IO[bytes], place: int, number: int) -> None:
    file.seek(place)
    file.write(struct.pack("<I", number))


def _number(file: IO[bytes], place: int) -> int:
    file.seek(place)
    return int.from_bytes(file.read(4), "little")


MP4_TICK: Final = Fraction(1, 90_000)

_SOON: Final = {"flush_packets": "1", "max_interleave_delta": "500000"}
"""Write packets at once; a stream that has ended delays the other by half a second instead of ten."""

_MP4: Final = {"movflags": "hybrid_fragmented+frag_keyframe+delay_moov+default_base_moof", **_SOON}
"""Fragments of a second while it is written, an ordinary MP4 once it is finished. Without `delay_moov` sound that
starts later than the picture would be moved to its beginning."""

_NTSC: Final = tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 60))
_RATES: Final = (*map(Fraction, (1, 2, 5, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60)), *_NTSC)
_NEAR: Final = 0.05
"""Relative distance within which a measured rate is rounded to one of `_RATES`."""

_LOOK_S: Final = 0.5
_LOOK_BYTES: Final = 64 << 20
"""Pictures used to measure the rate of an AVI without a source: half a second, or fewer if they are large."""

HEADER_EVERY_S: Final = 1.0
"""AVI: interval between updates of the length in the header; a kill loses at most this much of it."""

_REPEAT_S: Final = 1.0
"""AVI: a picture shown for longer is encoded again only every `_LONG_REPEAT_S`; in between are empty chunks, which
players show as the same picture."""
_LONG_REPEAT_S: Final = 10


class Film:
    """Writes pictures at their times, and the sound of the source up to the same time.

    Attributes:
        silent: why the sound of the source is missing from some time on; None if all is well.
    """

    def __init__(self, path: Path, audio_from: Path | None = None) -> None:
        """Open the file; its header is written with the first picture.

        Raises:
            OSError: it cannot be written.
        """
        self.silent: str | None = None
        self._path = path
        self._audio_from = audio_from
        self._avi = path.suffix.lower() == ".avi"
        kind, options = ("avi", _SOON) if self._avi else ("mp4", _MP4)
        self._container: OutputContainer = av.open(str(path), "w", format=kind, options=dict(options))
        self._waiting: list[tuple[float, NDArray[np.uint8]]] = []
        self._pictures: PictureStream | None = None
        self._sound: Sound | None = None
        self._tick = MP4_TICK
        self._begin = 0.0
        self._last = -1
        self._step = 0
        self._before: NDArray[np.uint8] | None = None
        self._header: AviHeader | None = None
        self._header_due = 0

    def add(self, t: float, image: NDArray[np.uint8]) -> bool:
        """Write `image` at `t` seconds; False if it has the same timestamp as the last one."""
        if self._pictures:
            return self._place(t, image)
        self._waiting.append((t, image))
        if not self._avi or self._audio_from or self._seen_enough():
            self._start()
        return True

    @property
    def length_s(self) -> float:
        """Length in seconds of the pictures written so far."""
        return float((self._last + self._lasts) * self._tick) if self._last >= 0 else 0.0

    @property
    def _lasts(self) -> int:
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

    def _seen_enough(self) -> bool:
        lasted = self._waiting[-1][0] - self._waiting[0][0]
        size = sum(image.nbytes for _, image in self._waiting)
        return len(self._waiting) > 1 and (lasted >= _LOOK_S or size > _LOOK_BYTES)

    def _start(self) -> None:
        """Open the streams and write the waiting pictures."""
        self._begin, first = self._waiting[0]
        rate = self._rate()
        self._tick = 1 / rate if self._avi else MP4_TICK
        codec = MPEG4 if self._avi else best_codec()
        self._pictures = PictureStream(self._container, codec, first, tick=self._tick, rate=rate)
        self._open_sound()
        waiting, self._waiting = self._waiting, []
        for t, image in waiting:
            self._place(t, image)

    def _rate(self) -> Fraction:
        if not (self._avi and self._audio_from):
            return measured_rate([t for t, _ in self._waiting])
        told, times = picture_times(self._audio_from)
        fastest = measured_rate(times, share=0.1) if times else Fraction(25)
        return told if told and abs(told - fastest) <= _NEAR * fastest else fastest

    def _open_sound(self) -> None:
        if self._audio_from is None:
            return
        try:
            self._sound = sound_of(self._audio_from, self._begin, self._container)
        except (av.FFmpegError, OSError, ValueError) as error:
            _log.info("no sound from %s: %s", self._audio_from, error)
            self.silent = error_reason(error)

    def _place(self, t: float, image: NDArray[np.uint8]) -> bool:
        place = round((Fraction(t) - Fraction(self._begin)) / self._tick)
        if place <= self._last:
            return False
        if self._avi:
            self._repeat_until(place)
        self._step = place - self._last if self._last >= 0 else 0
        self._write(image, place)
        if self._avi:
            self._before = image
        if self._avi and place >= self._header_due:
            self._refresh_header(place)
        return True

    def _refresh_header(self, place: int) -> None:
        self._header = self._header or AviHeader(self._path)
        self._header.refresh(place + 1)
        self._header_due = place + max(1, round(HEADER_EVERY_S / self._tick))

    def _repeat_until(self, place: int) -> None:
        """Repeat the last picture in the frames of an AVI before `place`."""
        if self._before is None:
            return
        every = 1 if (place - self._last) * self._tick <= _REPEAT_S else max(1, round(_LONG_REPEAT_S / self._tick))
        for between in range(self._last + every, place, every):
            self._write(self._before, between)

    def _write(self, image: NDArray[np.uint8], place: int) -> None:
        assert self._pictures
        self._last = place
        self._mux(self._pictures.encode(image, place))
        if self._sound:
            self._sound.up_to(float(place * self._tick))

    def _mux(self, packets: Sequence[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.duration = self._lasts
            self._container.mux(packet)

    def _finish(self) -> None:
        if self._waiting:
            self._start()
        if self._pictures is None:
            return
        self._mux(self._pictures.finish())
        if self._sound:
            self._sound.finish(float((self._last + (1 if self._avi else self._step)) * self._tick))


def measured_rate(times: Sequence[float], share: float = 0.5) -> Fraction:
    """Frame rate of pictures at `times`, 1/10 to 60, rounded to a usual rate if one is near; 25 for a single picture.

    Args:
        times: in seconds, increasing.
        share: quantile of the steps that is used; 0.5 is the median, and a smaller one gives a higher rate.
    """
    steps = sorted(b - a for a, b in itertools.pairwise(times) if b > a)
    if not steps:
        return Fraction(25)
    rate = min(max(1 / steps[int(len(steps) * share)], 0.1), 60.0)
    nearest = min(_RATES, key=lambda usual: abs(usual - rate))
    return nearest if abs(nearest - rate) <= _NEAR * rate else Fraction(rate).limit_denominator(1001)
