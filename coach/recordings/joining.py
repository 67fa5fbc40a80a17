"""Joins shots from several recordings into one film. This module is imported only to write a video."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.errors import OutputError
from coach.base.files import PRIVATE_FILE_MODE, error_reason
from coach.base.messages import tr
from coach.media.libav import av
from coach.media.recorded import sound_track
from coach.media.video_stream import PictureStream, best_codec
from coach.recordings.film import MP4_TICK
from coach.recordings.names import AlreadyThereError, display_name, refuse_taken
from coach.recordings.sound import TOLERANCE_S, resample
from coach.recordings.source_media import SourceSound, UnknownSoundError, pictures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

SHORTEST_S: Final = 0.02
"""Shortest shot; less would have no picture."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A part of a recording.

    Attributes:
        path: path of the recording.
        begin, end: seconds since the beginning of the recording, as players count.
        name: name shown in editing programs, such as the line's text.
        reel: name of the recording in an edit list: at most 8 characters A-Z and 0-9.
    """

    path: Path
    begin: float
    end: float
    name: str
    reel: str

    @property
    def seconds(self) -> float:
        """Length in seconds, at least `SHORTEST_S`."""
        return max(self.end - self.begin, SHORTEST_S)


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """Facts of a recording: frame rate, duration in seconds (0 if unknown), and whether it has sound."""

    rate: Fraction
    seconds: float
    sound: bool


def recording_facts(path: Path) -> RecordingFacts:
    """Read the facts of the recording at `path`.

    Raises:
        OutputError: the recording cannot be read.
    """
    from coach.media.libav import av
    from coach.recordings.film import measure_rate
    from coach.recordings.source_media import open_local, picture_times

    try:
        with open_local(path) as container:
            seconds, sound = (container.duration or 0) / av.time_base, sound_track(container) is not None
    except (av.FFmpegError, OSError, ValueError) as error:
        raise OutputError(
            tr("the recording {path} cannot be read: {reason}", path=display_name(path), reason=error_reason(error))
        ) from error
    reported, times = picture_times(path)
    measured = measure_rate(times)
    is_near = reported is not None and abs(reported - measured) <= measured / 20
    return RecordingFacts(reported if reported is not None and is_near else measured, seconds, sound)


RATE: Final = 48_000
"""Sound samples per second."""

FADE_S: Final = 0.005
"""Duration of the fade at each cut; sound cut in the middle of a wave would click."""

_TOLERANCE: Final = round(TOLERANCE_S * RATE)
_FADE: Final = round(FADE_S * RATE)


class JoinedSound:
    """A stereo AAC stream without gaps: shot after shot, with silence for recordings without sound."""

    def __init__(self, container: OutputContainer) -> None:
        self._container = container
        self._stream = container.add_stream("aac", rate=RATE, layout="stereo")
        self._written = 0
        self._source: SourceSound | None = None
        self._chunks: Iterator[tuple[int, NDArray[Any]]] = iter(())
        self._next: tuple[int, NDArray[Any]] | None = None
        self._shot_start = 0
        self._shot_end = 0

    def begin(self, shot: Shot, start_s: float) -> None:
        """Finish the previous shot and start `shot` at `start_s` seconds of the film.

        Raises:
            av.FFmpegError, OSError, ValueError: the recording cannot be read.
        """
        self.write_until(start_s)
        self.close()
        self._shot_start, self._shot_end = self._written, round((start_s + shot.seconds) * RATE)
        self._next = None
        try:
            self._source = SourceSound(shot.path, shot.begin)
            self._chunks = resample(self._source, "fltp", "stereo", RATE)
        except (LookupError, UnknownSoundError):
            self._chunks = iter(())

    def write_until(self, seconds: float) -> None:
        """Write all sound before `seconds` of the film."""
        end = round(seconds * RATE)
        while self._written < end:
            self._write_next(end)

    def finish(self, seconds: float) -> None:
        """Write the sound until `seconds`, where the pictures end, and flush the encoder."""
        self.write_until(seconds)
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Close the recording."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _write_next(self, end: int) -> None:
        """Write one chunk of samples, or the silence before it."""
        position = self._written - self._shot_start
        chunk, self._next = self._next or next(self._chunks, None), None
        if chunk is None:
            self._write_silence(end - self._written)
            return
        begin, samples = chunk
        if position and abs(begin - position) <= _TOLERANCE:
            begin = position
        if begin > position:
            self._next = chunk
            self._write_silence(min(begin - position, end - self._written))
            return
        before, after = np.split(samples[position - begin :], [end - self._written])
        self._write(before)
        if len(after):
            self._next = position + len(before), after

    def _write_silence(self, count: int) -> None:
        while count > 0:
            self._write(np.zeros((min(count, RATE), 2), np.float32))
            count -= RATE

    def _write(self, samples: NDArray[Any]) -> None:
        if not len(samples):
            return
        index = np.arange(self._written, self._written + len(samples))
        from_cut = np.minimum(index - self._shot_start, self._shot_end - index)
        gain = np.clip(from_cut / _FADE, 0, 1).astype(np.float32)
        array = np.ascontiguousarray((samples * gain[:, np.newaxis]).T, np.float32)
        frame = av.AudioFrame.from_ndarray(array, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._written, Fraction(1, RATE)
        self._written += len(samples)
        self._container.mux(self._stream.encode(frame))


SUFFIX = ".mp4"


def join_shots(
    path: Path, shots: Sequence[Shot], *, force: bool = False, progress: Callable[[float], None] = lambda _: None
) -> None:
    """Write `shots` (at least one) one after the other with their sound into the film `path`.

    The film has the size of the first picture; others are fitted into it with bars. A recording without sound is
    silent; if none has sound the film has no sound stream. The film is written to a draft that is renamed when
    complete. Both are private to the user, because they show a face.

    Args:
        path: path of the film, which ends in .mp4; its folder must exist.
        shots: shots in order.
        force: replace an existing file.
        progress: called with the seconds of film written.

    Raises:
        AlreadyThereError: `path` exists, and `force` is not set.
        OutputError: a recording cannot be read, or the film cannot be written.
    """
    if path.suffix.lower() != SUFFIX:
        raise OutputError(tr("{path}: films are written as {suffix}", path=display_name(path), suffix=SUFFIX))
    if any(_is_same(path, shot.path) for shot in shots):
        raise OutputError(tr("{path}: is one of the recordings; choose another name", path=display_name(path)))
    path = refuse_taken(path, force=force)
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE))
        _write(draft, shots, progress)
        if not force and path.exists():
            raise AlreadyThereError(
                tr("{path}: is already there; choose another name, or --force", path=display_name(path))
            )
        draft.replace(path)
    except (av.FFmpegError, OSError, ValueError, LookupError) as error:
        raise OutputError(
            tr("{path}: cannot be written: {reason}", path=display_name(path), reason=error_reason(error))
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # usually because a file does not exist
        return False


def _write(path: Path, shots: Sequence[Shot], progress: Callable[[float], None]) -> None:
    recordings = {path: recording_facts(path) for path in {shot.path for shot in shots}}
    rate, has_sound = recordings[shots[0].path].rate, any(facts.sound for facts in recordings.values())
    with ExitStack() as stack:
        container = stack.enter_context(av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}))
        film = _JoinedFilm(container, rate, has_sound=has_sound)
        stack.callback(film.close)
        for shot in shots:
            film.add(shot, progress)
        film.finish()


class _JoinedFilm:
    """The pictures and sound of consecutive shots."""

    def __init__(self, container: OutputContainer, rate: Fraction, *, has_sound: bool) -> None:
        self._container = container
        self._rate = rate
        self._has_sound = has_sound
        self._pictures: PictureStream | None = None
        self._sound: JoinedSound | None = None
        self._seconds = 0.0
        self._waiting: list[Packet[VideoStream]] = []
        self._last_pts = -1

    def add(self, shot: Shot, progress: Callable[[float], None]) -> None:
        """Append `shot`.

        Raises:
            LookupError: the recording has no picture at the time of the shot.
        """
        start_s = self._seconds
        has_picture = False
        for since, image in pictures_of(shot):
            self._add_picture(start_s + since, image)
            if self._sound is not None:
                if not has_picture:
                    self._sound.begin(shot, start_s)
                self._sound.write_until(start_s + since)
            has_picture = True
            progress(start_s + since)
        if not has_picture:
            raise LookupError(
                tr(
                    "the recording {path} has no picture at {seconds:.1f} s",
                    path=display_name(shot.path),
                    seconds=shot.begin,
                )
            )
        self._seconds = start_s + shot.seconds

    def finish(self) -> None:
        """Flush the encoders."""
        assert self._pictures is not None
        self._waiting += self._pictures.finish()
        self._mux(round(self._seconds / MP4_TICK))
        if self._sound is not None:
            self._sound.finish(self._seconds)

    def close(self) -> None:
        """Close the recordings."""
        if self._sound is not None:
            self._sound.close()

    def _add_picture(self, t: float, image: NDArray[np.uint8]) -> None:
        pts = round(t / MP4_TICK)
        if self._pictures is None:
            self._open(image)
        assert self._pictures is not None
        if pts > self._last_pts:
            self._mux(pts)
            self._last_pts = pts
            self._waiting += self._pictures.encode(image, pts)

    def _open(self, first: NDArray[np.uint8]) -> None:
        """Open both streams; a container needs all its streams before anything is written."""
        self._pictures = PictureStream(self._container, best_codec(), first, tick=MP4_TICK, rate=self._rate)
        self._sound = JoinedSound(self._container) if self._has_sound else None

    def _mux(self, until: int) -> None:
        """Write the waiting picture, whose duration ends with the timestamp `until` of the next one."""
        waiting, self._waiting = self._waiting, []
        for packet in waiting:
            packet.duration = max(until - (packet.pts or 0), 1)
            self._container.mux(packet)
