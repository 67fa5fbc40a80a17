"""Pictures and sound of a recorded source, read from a moment on. Imported only where a video is written."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coach.media.libav import av
from coach.media.orientation import Orientation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from coach.recordings.joining import Shot

_LOCAL: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpeg,mpegts,h264,hevc",
}
"""A playlist, which could name other files and addresses, is not opened."""

MAX_READ_ERRORS: Final = 50
"""Unreadable places in a row after which the rest is given up."""

_LOOK_PACKETS: Final = 300
"""So many pictures tell the rate; they are not decoded for it."""

BACK_S: Final = 5
"""A jump into the file goes so far before the moment asked for, since containers find sound only roughly."""


class SourceSound:
    """Reads the first sound track of `path`, where 0 is `begin` seconds after the first picture of the file.

    Attributes:
        stream: the track.
    """

    def __init__(self, path: Path, begin: float) -> None:
        """Open the file.

        Raises:
            av.FFmpegError, OSError: it cannot be read.
            LookupError: there is no sound in it.
        """
        zero = first_picture_s(path) + Fraction(begin)
        self._container = opened(path)
        if not self._container.streams.audio:
            self._container.close()
            raise LookupError("no sound")
        self.stream: AudioStream = self._container.streams.audio[0]
        self._zero = zero
        if begin > 2 * BACK_S:
            self._container.seek(round((zero - BACK_S) * av.time_base))

    def packets(self) -> Iterator[tuple[Fraction, Packet[AudioStream]]]:
        """Every packet with its beginning, which may be before 0, its times moved to the recording's zero."""
        for packet in packets_of(self._container, self.stream):
            if not packet.size or packet.pts is None or packet.dts is None:
                continue
            tick = Fraction(packet.time_base or 1)
            shift = round(self._zero / tick)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            yield packet.pts * tick, packet

    def frames(self) -> Iterator[tuple[Fraction, AudioFrame]]:
        """Every decoded piece with its beginning, which may be before 0; damaged ones are left out."""
        for packet in packets_of(self._container, self.stream):
            try:
                decoded = self.stream.decode(packet)
            except av.FFmpegError:
                continue
            for frame in decoded:
                if frame.pts is not None and frame.time_base is not None:
                    yield frame.pts * Fraction(frame.time_base) - self._zero, frame

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()


def picture_times(path: Path) -> tuple[Fraction | None, list[float]]:
    """What the file at `path` tells of its pictures: the rate, None where it tells none, and the first ones' times."""
    try:
        with opened(path) as container:
            stream = moving(container)
            packets = itertools.islice(packets_of(container, stream), _LOOK_PACKETS)
            times = sorted(packet.pts * packet.time_base for packet in packets if packet.pts is not None)
            return stream.guessed_rate, [float(t) for t in times]
    except (av.FFmpegError, OSError, LookupError, ValueError):
        return None, []


def opened(path: Path) -> InputContainer:
    """The local file at `path`, opened.

    Raises:
        av.FFmpegError, OSError, ValueError: it cannot be read.
    """
    return av.open(str(path), options=_LOCAL)


def moving(container: InputContainer) -> VideoStream:
    """The first track of moving pictures; a cover is none.

    Raises:
        LookupError: there is none.
    """
    for stream in container.streams.video:
        if not stream.disposition & stream.disposition.__class__.attached_pic and stream.codec_context is not None:
            return stream
    raise LookupError("no picture")


def first_picture_s(path: Path) -> Fraction:
    """When the container shows the first picture that can be decoded; that is the source's time 0."""
    with opened(path) as container:
        stream = moving(container)
        stream.codec_context.thread_count = 1
        for packet in packets_of(container, stream):
            try:
                decoded = stream.decode(packet)
            except av.FFmpegError:
                continue
            for picture in decoded:
                if picture.pts is not None and picture.time_base is not None:
                    return picture.pts * Fraction(picture.time_base)
    return Fraction(0)


def packets_of(container: InputContainer, stream: Any) -> Iterator[Any]:  # noqa: ANN401 - of either kind of stream
    """Packets in file order, over unreadable places."""
    errors = 0
    while errors < MAX_READ_ERRORS:
        try:
            for packet in container.demux(stream):
                errors = 0
                yield packet
            return
        except av.FFmpegError:
            errors += 1


SAME_S: Final = 1e-3
"""Times that differ by less are the same: a fraction of any camera's step."""

STANDS_S: Final = 1.0
"""After the last picture of a recording this much may be shown of it, and no more."""


def pictures_of(shot: Shot) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Seconds since the shot's begin and picture (height, width, 3) uint8 BGR, in order; the first at 0.

    The first is the one that stands when the shot begins. Damaged pictures are left out.

    Raises:
        av.FFmpegError, OSError: the recording cannot be read.
        LookupError: there is no picture in it.
    """
    standing: VideoFrame | None = None
    began, since = False, 0.0
    for t, frame in _frames(shot.path, shot.begin):
        since = float(t) - shot.begin
        if since >= shot.seconds - SAME_S:
            break
        if since <= SAME_S:
            standing = frame
            continue
        if not began:
            began = True
            yield 0.0, _upright(standing or frame)
            if standing is None:
                continue
        yield since, _upright(frame)
    if not began and standing is not None and -since <= STANDS_S:
        yield 0.0, _upright(standing)


def _frames(path: Path, begin: float) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Pictures with their seconds since the first one of the file, from a little before `begin` on."""
    zero = first_picture_s(path)
    with opened(path) as container:
        stream = moving(container)
        stream.codec_context.thread_count = 1
        if begin > 2 * BACK_S and stream.time_base is not None:
            container.seek(round((zero + int(begin - BACK_S)) / stream.time_base), stream=stream)
        for frame in _decoded(container, stream):
            if frame.pts is not None and frame.time_base is not None:
                yield frame.pts * frame.time_base - zero, frame


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in packets_of(container, stream):
        try:
            decoded = stream.decode(packet)
        except av.FFmpegError:
            continue
        yield from (frame for frame in decoded if not frame.is_corrupt)


def _upright(frame: VideoFrame) -> NDArray[np.uint8]:
    matrix = frame.side_data.get("DISPLAYMATRIX")
    orientation = Orientation() if matrix is None else Orientation.from_display_matrix(matrix)
    return orientation.upright(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
