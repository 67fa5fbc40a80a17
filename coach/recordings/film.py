"""A film file while it is written: pictures and sound side by side. Imported only where a video is written."""

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
"""Where the head's own chunk (avih) has the number of pictures."""

_LENGTH: Final = 32
"""Where the head of a track (strh) has it."""

_MOST_HEAD: Final = 1 << 16
_UNKNOWN: Final = 0xFFFFFFFF


class AviHead:
    """Tells the head how long the film is by now, so that a player knows it also after a kill.

    FFmpeg leaves that empty until the end, and then writes it itself. Beyond its first gigabyte a film goes on in parts
    of their own, and the size of the first is no longer touched. An AVI made of other chunks is left alone.
    """

    def __init__(self, path: Path) -> None:
        """Of the AVI that is being written to `path`, its first picture included."""
        self._path = path
        self._frames: list[int] = []
        self._sizes: dict[int, int] = {}
        """Places of sizes, and what was last written there."""
        with suppress(OSError, ValueError, struct.error), path.open("rb") as file:
            self._find(file.read(_MOST_HEAD))

    def refresh(self, pictures: int) -> None:
        """So many pictures are in the file, which ends where the last chunk does."""
        with suppress(OSError), self._path.open("r+b", buffering=0) as file:
            end = file.seek(0, 2)
            for place in self._frames:
                _put(file, place, pictures)
            for place, written in self._sizes.items():
                if _number(file, place) == written and end - place - 4 < _UNKNOWN:
                    _put(file, place, end - place - 4)
                    self._sizes[place] = end - place - 4

    def _find(self, head: bytes) -> None:
        """Find the numbers by their chunks; RIFF, 'hdrl', 'avih', 'strl' and 'movi' as in Microsoft's AVI RIFF."""
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
"""Every packet reaches the file at once; a track that has ended holds the other up by half a second, not by ten."""

_MP4: Final = {"movflags": "hybrid_fragmented+frag_keyframe+delay_moov+default_base_moof", **_SOON}
"""In pieces of a second while it is written, an ordinary MP4 once it is finished. `delay_moov`, since else a sound that
begins later than the picture would be moved to its beginning."""

_NTSC: Final = tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 60))
_RATES: Final = (*map(Fraction, (1, 2, 5, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60)), *_NTSC)
_NEAR: Final = 0.05
"""A camera's measured rate is taken for one of `_RATES` that is so near."""

_LOOK_S: Final = 0.5
_LOOK_BYTES: Final = 64 << 20
"""The rate of an AVI without a source is measured on the pictures of half a second, or fewer where they are large."""

HEAD_EVERY_S: Final = 1.0
"""AVI: so often the head is told how long the film is by now. A kill costs its player no more of the length."""

_REPEAT_S: Final = 1.0
"""AVI: a picture that stays longer is not encoded again and again, but once in `_LONG_REPEAT_S`; between are empty
chunks, which every player takes for the same picture."""
_LONG_REPEAT_S: Final = 10


class Film:
    """Writes pictures at their times, and the sound of the source up to the same time.

    Attributes:
        silent: why there is no more sound although the source has some; None where all is well.
    """

    def __init__(self, path: Path, audio_from: Path | None = None) -> None:
        """Open the file; its head is written with the first picture.

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
        self._head: AviHead | None = None
        self._head_due = 0

    def add(self, t: float, image: NDArray[np.uint8]) -> bool:
        """Write `image` at `t` seconds; False where no place is left for it, since another has that time."""
        if self._pictures:
            return self._place(t, image)
        self._waiting.append((t, image))
        if not self._avi or self._audio_from or self._seen_enough():
            self._start()
        return True

    @property
    def length_s(self) -> float:
        """Seconds that the pictures written so far last."""
        return float((self._last + self._lasts) * self._tick) if self._last >= 0 else 0.0

    @property
    def _lasts(self) -> int:
        """Ticks that the last picture stays: as long as the one before, a single one a thirtieth of a second."""
        return 1 if self._avi else self._step or round(Fraction(1, 30) / self._tick)

    def __enter__(self) -> Film:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file; after an error it is only closed, and what was written stays."""
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
        """Open the tracks and write what waited."""
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
        if self._avi and place >= self._head_due:
            self._refresh_head(place)
        return True

    def _refresh_head(self, place: int) -> None:
        self._head = self._head or AviHead(self._path)
        self._head.refresh(place + 1)
        self._head_due = place + max(1, round(HEAD_EVERY_S / self._tick))

    def _repeat_until(self, place: int) -> None:
        """Fill the even places of an AVI before `place` with the picture that was shown there."""
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
    """Pictures per second of pictures at `times`, a usual rate where one is near; 1/10 to 60, 25 for a single one.

    Args:
        times: in seconds, rising.
        share: of the steps that are shorter than the one that counts; 0.5 is the median, and the less, the faster.
    """
    steps = sorted(b - a for a, b in itertools.pairwise(times) if b > a)
    if not steps:
        return Fraction(25)
    rate = min(max(1 / steps[int(len(steps) * share)], 0.1), 60.0)
    nearest = min(_RATES, key=lambda usual: abs(usual - rate))
    return nearest if abs(nearest - rate) <= _NEAR * rate else Fraction(rate).limit_denominator(1001)
