"""Joins shots from several recordings into one film. Imported only to write a video."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.errors import OutputError
from coach.base.files import PRIVATE_FILE, error_reason
from coach.media.libav import av
from coach.media.video_stream import PictureStream, best_codec
from coach.recordings.film import MP4_TICK
from coach.recordings.names import AlreadyThereError, refuse_taken, shown
from coach.recordings.sound import LOOSE_S, resampled
from coach.recordings.source_media import SourceSound, pictures_of

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
        path: of the recording.
        begin, end: seconds since its first picture.
        name: shown in editing programs, such as the line's text.
        reel: name of the recording in an edit list: at most 8 characters A-Z and 0-9.
    """

    path: Path
    begin: float
    end: float
    name: str
    reel: str

    @property
    def seconds(self) -> float:
        """Its length, at least `SHORTEST_S`."""
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
        OutputError: it cannot be read.
    """
    from coach.media.libav import av
    from coach.recordings.film import measured_rate
    from coach.recordings.source_media import opened, picture_times

    try:
        with opened(path) as container:
            seconds, sound = (container.duration or 0) / av.time_base, bool(container.streams.audio)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise OutputError(f"the recording {shown(path)} cannot be read: {error_reason(error)}") from error
    told, times = picture_times(path)
    measured = measured_rate(times)
    near = told is not None and abs(told - measured) <= measured / 20
    return RecordingFacts(told if told is not None and near else measured, seconds, sound)


RATE: Final = 48_000

FADE_S: Final = 0.005
"""Fade in and out at each cut, because sound cut in the middle of a wave clicks."""

_LOOSE: Final = round(LOOSE_S * RATE)
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
        self._began = 0
        self._ends = 0

    def begin(self, shot: Shot, at: float) -> None:
        """Finish the previous shot and start `shot` at `at` seconds of the film.

        Raises:
            av.FFmpegError, OSError, ValueError: the recording cannot be read.
        """
        self.up_to(at)
        self.close()
        self._began, self._ends = self._written, round((at + shot.seconds) * RATE)
        self._next = None
        try:
            self._source = SourceSound(shot.path, shot.begin)
            self._chunks = resampled(self._source, "fltp", "stereo", RATE)
        except LookupError:
            self._chunks = iter(())

    def up_to(self, seconds: float) -> None:
        """Write all sound before `seconds` of the film."""
        end = round(seconds * RATE)
        while self._written < end:
            self._step(end)

    def finish(self, seconds: float) -> None:
        """Write the rest up to `seconds`, where the pictures end, and flush the encoder."""
        self.up_to(seconds)
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Close the recording."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _step(self, end: int) -> None:
        """Write one chunk of samples, or the silence before it."""
        here = self._written - self._began
        chunk, self._next = self._next or next(self._chunks, None), None
        if chunk is None:
            self._silence(end - self._written)
            return
        begin, samples = chunk
        if here and abs(begin - here) <= _LOOSE:
            begin = here
        if begin > here:
            self._next = chunk
            self._silence(min(begin - here, end - self._written))
            return
        fits, rest = np.split(samples[here - begin :], [end - self._written])
        self._write(fits)
        if len(rest):
            self._next = here + len(fits), rest

    def _silence(self, count: int) -> None:
        while count > 0:
            self._write(np.zeros((min(count, RATE), 2), np.float32))
            count -= RATE

    def _write(self, samples: NDArray[Any]) -> None:
        if not len(samples):
            return
        place = np.arange(self._written, self._written + len(samples))
        gain = np.clip(np.minimum(place - self._began, self._ends - place) / _FADE, 0, 1).astype(np.float32)
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

    Pictures have the size of the first one; others are fitted into it with bars. A recording without sound is silent;
    if none has sound the film has no sound stream. The film is written to a draft that is renamed when complete. Both
    are private to the user, because they show a face.

    Args:
        path: ends in .mp4; its folder must exist.
        shots: in order.
        force: replace an existing file.
        progress: called with the seconds of film written.

    Raises:
        AlreadyThereError: `path` exists, and no `force`.
        OutputError: a recording cannot be read, or the film cannot be written.
    """
    if path.suffix.lower() != SUFFIX:
        raise OutputError(f"{shown(path)}: films are written as {SUFFIX}")
    if any(_is_same(path, shot.path) for shot in shots):
        raise OutputError(f"{shown(path)}: is one of the recordings; choose another name")
    path = refuse_taken(path, force=force)
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        _write(draft, shots, progress)
        if not force and path.exists():
            raise AlreadyThereError(f"{shown(path)}: is already there; choose another name, or --force")
        draft.replace(path)
    except (av.FFmpegError, OSError, ValueError, LookupError) as error:
        raise OutputError(f"{shown(path)}: cannot be written: {error_reason(error)}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # mostly: nothing is there
        return False


def _write(path: Path, shots: Sequence[Shot], progress: Callable[[float], None]) -> None:
    recorded = {path: recording_facts(path) for path in {shot.path for shot in shots}}
    rate, heard = recorded[shots[0].path].rate, any(each.sound for each in recorded.values())
    with ExitStack() as stack:
        container = stack.enter_context(av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}))
        film = _JoinedFilm(container, rate, heard=heard)
        stack.callback(film.close)
        for shot in shots:
            film.add(shot, progress)
        film.finish()


class _JoinedFilm:
    """The pictures and sound of consecutive shots."""

    def __init__(self, container: OutputContainer, rate: Fraction, *, heard: bool) -> None:
        self._container = container
        self._rate = rate
        self._heard = heard
        self._pictures: PictureStream | None = None
        self._sound: JoinedSound | None = None
        self._seconds = 0.0
        self._waiting: list[Packet[VideoStream]] = []
        self._last = -1

    def add(self, shot: Shot, progress: Callable[[float], None]) -> None:
        """Append `shot`.

        Raises:
            LookupError: the recording has no picture at its time.
        """
        began = self._seconds
        written = 0
        for since, image in pictures_of(shot):
            self._picture(began + since, image)
            if self._sound is not None:
                if not written:
                    self._sound.begin(shot, began)
                self._sound.up_to(began + since)
            written += 1
            progress(began + since)
        if not written:
            raise LookupError(f"the recording {shown(shot.path)} has no picture at {shot.begin:.1f} s")
        self._seconds = began + shot.seconds

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

    def _picture(self, t: float, image: NDArray[np.uint8]) -> None:
        place = round(t / MP4_TICK)
        if self._pictures is None:
            self._open(image)
        assert self._pictures is not None
        if place > self._last:
            self._mux(place)
            self._last = place
            self._waiting += self._pictures.encode(image, place)

    def _open(self, first: NDArray[np.uint8]) -> None:
        """Open both streams, before anything is written."""
        self._pictures = PictureStream(self._container, best_codec(), first, tick=MP4_TICK, rate=self._rate)
        self._sound = JoinedSound(self._container) if self._heard else None

    def _mux(self, until: int) -> None:
        """Write the waiting picture, whose duration is known now that the next one is due at `until`."""
        waiting, self._waiting = self._waiting, []
        for packet in waiting:
            packet.duration = max(until - (packet.pts or 0), 1)
            self._container.mux(packet)
