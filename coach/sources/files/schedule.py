"""Reading a recording from its middle: the times of all its pictures, known from the container without decoding them.

So pieces of a recording can be read on their own, with the same pictures at the same times as in one go. Only files
of which that is certain have a schedule.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coach.base.errors import SourceError
from coach.base.protocols import SourceInfo, SourceStats
from coach.base.text import clean_name
from coach.base.types import Frame
from coach.media.libav import av
from coach.media.recorded import LEAP_S, has_timeline
from coach.sources.files.decoder import Decoder

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

AHEAD_S: Final = 10.0
"""A picture up to this much later is reached by decoding on, one further away by looking for it in the file."""

_REORDERED_S: Final = 10.0
"""Packets of pictures that are shown earlier come at most this much later in the file."""

_SEEKS: Final = 3
"""So many points before a picture are tried, since containers find them only roughly."""


class UnscheduledError(Exception):
    """Pieces of the recording would perhaps not have the same pictures as the whole. The message says why."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The pictures of a recording in presentation order.

    Attributes:
        pts: timestamp of each picture, in ticks of its track.
        keys: those at which decoding can begin.
        given: index of each picture that is needed, since others come too soon after the one before.
        times: take time of each of these, in seconds.
    """

    pts: list[int]
    keys: list[int]
    given: list[int]
    times: list[float]

    def row(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self)

    def key_before(self, number: int) -> int:
        """The timestamp at which decoding begins so that the needed picture `number`, from 0, is decoded."""
        return self.keys[max(bisect_right(self.keys, self.pts[self.given[number]]) - 1, 0)]


class PieceDecoder(Decoder):
    """Decodes the pictures of one file from any of them on."""

    def schedule(self, until_s: float = math.inf) -> Schedule:
        """The pictures up to the first one that is needed at `until_s` seconds or later.

        Raises:
            UnscheduledError: the file has none; it must be read in one go.
        """
        if not has_timeline(self._container):
            raise UnscheduledError("only MP4, MOV, MKV and WebM can be cut")
        pts, keys = self._scanned(until_s)
        times = [self._times.stamp(each * self._tick) for each in pts]
        self._check_times(times, until_s)
        given: list[int] = []
        for index, t in enumerate(times):
            if not given or t - times[given[-1]] >= self._min_gap_s:
                given.append(index)
                if t >= until_s:
                    break
        return Schedule(pts[: given[-1] + 1] if times[given[-1]] >= until_s else pts, keys, given,
                        [times[index] for index in given])  # fmt: skip

    def read(self, schedule: Schedule, first: int, last: int | None = None) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """The needed pictures from number `first` on, before number `last`, each with its number.

        Raises:
            UnscheduledError: the file does not hold what its container says.
        """
        wanted = iter(range(first, len(schedule.given) if last is None else last))
        number = next(wanted, None)
        index = schedule.given[first]
        for picture in self._pictures_from(schedule.key_before(first), schedule.pts[index]):
            if number is None:
                return
            if index >= len(schedule.pts) or picture.pts != schedule.pts[index] or picture.is_corrupt:
                raise UnscheduledError("it is damaged")
            if (picture.width, picture.height) != self.coded_size:
                raise UnscheduledError("the size of its pictures changes")
            if index == schedule.given[number]:
                yield number, self._shaper.shape(picture)
                number = next(wanted, None)
            else:
                self._shaper.skip(picture)
            index += 1
        if number is not None:
            raise UnscheduledError("it ends early")

    def first_picture(self) -> NDArray[np.uint8]:
        """The first picture of the file, which says how all are turned. Call this first, and before `read`.

        Raises:
            UnscheduledError: it cannot be decoded.
        """
        frame = next(self.frames(), None)
        if frame is None or self.damaged:
            raise UnscheduledError("it is damaged")
        return frame.image

    @property
    def coded_size(self) -> tuple[int, int]:
        """Width and height of the pictures as they are stored."""
        return self._stream.width, self._stream.height

    @property
    def _tick(self) -> Any:  # noqa: ANN401  # PyAV comes without this type
        assert self._stream.time_base is not None
        return self._stream.time_base

    def _scanned(self, until_s: float) -> tuple[list[int], list[int]]:
        pts: list[int] = []
        keys: list[int] = []
        zero = float(self._zero or 0)
        for packet in self._packets():
            if packet is None or packet.is_corrupt:
                raise UnscheduledError("it is damaged")
            if not packet.size or packet.is_discard:
                continue
            if packet.pts is None:
                raise UnscheduledError("pictures lack their times")
            pts.append(packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
            if (packet.pts if packet.dts is None else packet.dts) * self._tick - zero > until_s + _REORDERED_S:
                break
        if not pts or not keys:
            raise UnscheduledError("no picture in it stands on its own")
        return sorted(pts), sorted(keys)

    def _check_times(self, times: list[float], until_s: float) -> None:
        steps = [later - earlier for earlier, later in zip([0.0, *times], times, strict=False)]
        if self._times.guessed or max(steps) > LEAP_S:
            raise UnscheduledError("pictures lack their times")
        self._end = times[-1] + 1 / float(self._times.fps)
        if self._is_truncated or (times[-1] < until_s and self._ends_early()):
            raise UnscheduledError("it is cut off")

    def _pictures_from(self, key: int, pts: int) -> Iterator[av.VideoFrame]:
        """The decoded pictures from the one with the timestamp `pts` on, which `key` or a later picture begins."""
        step = max(1, round(1 / self._tick))
        for tries in range(_SEEKS):
            self._container.seek(key - tries * tries * step, stream=self._stream, backward=True)
            pictures = self._decoded()
            first = next(pictures, None)
            if first is not None and first.pts is not None and first.pts <= key:
                break
        else:
            raise UnscheduledError("pictures in its middle are not found")
        if first.pts >= pts:
            yield first
        for picture in pictures:
            if picture.pts is None:
                raise UnscheduledError("pictures lack their times")
            if picture.pts >= pts:
                yield picture

    def _decoded(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets():
            try:
                yield from self._decode(packet)
            except av.FFmpegError as error:
                raise UnscheduledError("it is damaged") from error

    def _decode(self, packet: Packet[VideoStream] | None) -> list[av.VideoFrame]:
        if packet is None:
            raise UnscheduledError("it is damaged")
        return self._stream.decode(packet)


class ScheduledSource:
    """The frames of a recording without their pixels, which are read only where `picture` asks for them."""

    def __init__(self, path: Path, schedule: Schedule, sha256: str) -> None:
        """Open the file.

        Args:
            path: the file.
            schedule: of this file.
            sha256: hash of the file.

        Raises:
            SourceError: the file cannot be read.
            UnscheduledError: its first picture cannot be decoded.
        """
        self._schedule = schedule
        self._decoder = open_pieces(path)
        try:
            image = self._decoder.first_picture()
        except BaseException:
            self._decoder.close()
            raise
        height, width = image.shape[:2]
        self._blank = np.broadcast_to(np.zeros(1, np.uint8), image.shape)
        self._info = SourceInfo(
            "video", clean_name(path.name, 200), live=False, path=str(path.absolute()), sha256=sha256,
            width=width, height=height, duration_s=self._decoder.duration_s,
        )  # fmt: skip
        self._stats = SourceStats()
        self._numbers = {t: number for number, t in enumerate(schedule.times)}
        self._pictures: Iterator[tuple[int, NDArray[np.uint8]]] = iter(())
        self._decoded = -1
        self._last: tuple[int, NDArray[np.uint8]] = (-1, image)

    @property
    def info(self) -> SourceInfo:
        """Description of the file."""
        return self._info

    @property
    def stats(self) -> SourceStats:
        """Frames so far, and faults of the file that `Decoder.warnings` names."""
        return replace(self._stats, warnings=self._decoder.warnings())

    def read(self) -> Frame | None:
        """The next frame, which has the right size but no picture; None at the end."""
        number = self._stats.frames
        if number >= len(self._schedule.times):
            return None
        self._stats.frames += 1
        return Frame(self._schedule.times[number], self._blank)

    def picture(self, t: float) -> NDArray[np.uint8]:
        """The pixels of the frame at `t` seconds.

        Raises:
            UnscheduledError: the file does not hold what its container says.
        """
        number = self._numbers[t]
        if number != self._last[0]:
            times = self._schedule.times
            if not 0 <= self._last[0] < number or t - times[self._last[0]] > AHEAD_S:
                self._pictures = self._decoder.read(self._schedule, number)
            self._last = next(each for each in self._pictures if each[0] == number)
        return self._last[1]

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()


def open_pieces(path: Path, min_gap_s: float = 0.0) -> PieceDecoder:
    """Open a video to read pieces of it. Pictures that are needed are `min_gap_s` seconds apart, or more.

    Raises:
        SourceError: the file is no video that can be read.
        UnscheduledError: it is a picture.
    """
    from coach.media.recorded import is_image

    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise SourceError(f"{clean_name(path.name, 200)}: {error.strerror or 'cannot be read'}.") from error
    if is_image(head):
        raise UnscheduledError("a picture or an animation is not cut")
    return PieceDecoder(path, head, min_gap_s)
