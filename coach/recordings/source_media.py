"""Reads pictures and sound of a recording from a given time on. This module is imported only to write a video."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from coach.base.messages import tr
from coach.media.libav import av
from coach.media.recorded import PictureShaper, picture_tracks, sound_track, zero_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from coach.recordings.joining import Shot

_LOCAL_ONLY: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpeg,mpegts,h264,hevc",
}
"""Options that refuse playlists, which could name other files and addresses."""

MAX_READ_ERRORS: Final = 50
"""Reading ends after this many consecutive read errors."""

_RATE_PACKETS: Final = 300
"""Packets from which the frame rate is measured, without decoding."""

SEEK_MARGIN_S: Final = 5
"""A seek goes this far before the requested time, because containers seek sound only roughly."""


class UnknownSoundError(ValueError):
    """A file has sound, but none that can be read."""

    def __init__(self) -> None:
        super().__init__(tr("its sound is in a form that is not known here"))


class SourceSound:
    """Reads the sound of `path`; its time 0 is `begin` seconds after the beginning of the file.

    Attributes:
        stream: the sound stream, see `coach.media.recorded.sound_track`.
    """

    def __init__(self, path: Path, begin: float) -> None:
        """Open the file.

        Raises:
            av.FFmpegError, OSError: the file cannot be read.
            LookupError: the file has no sound.
            UnknownSoundError: none of its sound can be read.
        """
        self._container = open_local(path)
        try:
            self.stream: AudioStream = _readable_sound(self._container)
            self._zero = (zero_of(self._container, video_stream(self._container)) or 0) + Fraction(begin)
        except BaseException:
            self._container.close()
            raise
        if begin > 2 * SEEK_MARGIN_S:
            self._container.seek(round((self._zero - SEEK_MARGIN_S) * av.time_base))

    def packets(self) -> Iterator[tuple[Fraction, Packet[AudioStream]]]:
        """Every packet with its start, which may be negative; timestamps are relative to time 0."""
        for packet in packets_of(self._container, self.stream):
            if not packet.size or packet.pts is None or packet.dts is None:
                continue
            tick = Fraction(packet.time_base or 1)
            shift = round(self._zero / tick)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            yield packet.pts * tick, packet

    def frames(self) -> Iterator[tuple[Fraction, AudioFrame]]:
        """Every decoded frame with its start, which may be negative; damaged packets are skipped."""
        for packet in packets_of(self._container, self.stream):
            try:
                decoded = self.stream.decode(packet)
            except av.FFmpegError:
                continue
            for frame in decoded:
                if frame.pts is not None and frame.time_base is not None:
                    yield frame.pts * Fraction(frame.time_base) - self._zero, frame

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def picture_times(path: Path) -> tuple[Fraction | None, list[float]]:
    """The frame rate that the file at `path` reports (None if none), and the times of its first pictures."""
    try:
        with open_local(path) as container:
            stream = video_stream(container)
            packets = itertools.islice(packets_of(container, stream), _RATE_PACKETS)
            times = sorted(packet.pts * packet.time_base for packet in packets if packet.pts is not None)
            return stream.guessed_rate, [float(t) for t in times]
    except (av.FFmpegError, OSError, LookupError, ValueError):
        return None, []


def open_local(path: Path) -> InputContainer:
    """Open the local file at `path`.

    Raises:
        av.FFmpegError, OSError, ValueError: the file cannot be read.
    """
    return av.open(str(path), options=_LOCAL_ONLY)


def _readable_sound(container: InputContainer) -> AudioStream:
    stream = sound_track(container)
    if stream is not None:
        return stream
    if container.streams.audio:
        raise UnknownSoundError
    raise LookupError(tr("no sound"))


def video_stream(container: InputContainer) -> VideoStream:
    """The pictures that players show.

    Raises:
        LookupError: the container has none.
    """
    tracks = picture_tracks(container)
    if not tracks:
        raise LookupError(tr("no picture"))
    return tracks[0]


def packets_of(container: InputContainer, stream: Any) -> Iterator[Any]:  # noqa: ANN401 - of video or sound
    """Packets in file order; read errors are skipped, at most `MAX_READ_ERRORS` in a row."""
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
"""Times that differ less are equal; a fraction of any frame period."""

VISIBLE_S: Final = 1.0
"""The last picture of a recording stays visible for so long."""


def pictures_of(shot: Shot) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Pictures of a shot in order: seconds since its begin, and (height, width, 3) uint8 BGR; the first at 0.

    The first one is the picture visible when the shot begins. Damaged pictures are skipped.

    Raises:
        av.FFmpegError, OSError: the recording cannot be read.
        LookupError: the recording has no pictures.
    """
    with open_local(shot.path) as container:
        stream = video_stream(container)
        shaper = PictureShaper(stream)
        for since, picture in _visible(shot, _frames(container, stream, shot.begin)):
            yield since, shaper.shape(picture)


def _visible(shot: Shot, frames: Iterator[tuple[float, VideoFrame]]) -> Iterator[tuple[float, VideoFrame]]:
    visible: VideoFrame | None = None
    began, since = False, 0.0
    for t, frame in frames:
        since = t - shot.begin
        if since >= shot.seconds - SAME_S:
            break
        if since <= SAME_S:
            visible = frame
            continue
        if not began:
            began = True
            yield 0.0, visible or frame
            if visible is None:
                continue
        yield since, frame
    if not began and visible is not None and -since <= VISIBLE_S:  # the recording ends shortly before the shot
        yield 0.0, visible


def _frames(container: InputContainer, stream: VideoStream, begin: float) -> Iterator[tuple[float, VideoFrame]]:
    """Pictures with their seconds since the beginning of the file, from shortly before `begin` on."""
    zero = zero_of(container, stream) or Fraction(0)
    stream.codec_context.thread_count = 1
    if begin > 2 * SEEK_MARGIN_S and stream.time_base is not None:
        container.seek(round((zero + int(begin - SEEK_MARGIN_S)) / stream.time_base), stream=stream)
    for frame in _valid_frames(container, stream):
        if frame.pts is not None and frame.time_base is not None:
            yield float(frame.pts * frame.time_base - zero), frame


def _valid_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in packets_of(container, stream):
        try:
            decoded = stream.decode(packet)
        except av.FFmpegError:
            continue
        yield from (frame for frame in decoded if not frame.is_corrupt)
