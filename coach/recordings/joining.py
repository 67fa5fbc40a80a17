"""Shots from several recordings joined as one film. Imported only where a video is written."""

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
"""A shot of less would have no picture."""


@dataclass(frozen=True, slots=True)
class Shot:
    """From `begin` to `end`, seconds since the first picture of the recording at `path`.

    Attributes:
        name: what an editor sees of it, such as the line's text.
        reel: the recording's name in an edit list: at most 8 of A-Z and 0-9.
    """

    path: Path
    begin: float
    end: float
    name: str
    reel: str

    @property
    def seconds(self) -> float:
        """How long it is."""
        return max(self.end - self.begin, SHORTEST_S)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording is: pictures per second, its length in seconds (0 where it does not say), and its sound."""

    rate: Fraction
    seconds: float
    sound: bool


def look_at(path: Path) -> Recorded:
    """What the recording at `path` is.

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
    return Recorded(told if told is not None and near else measured, seconds, sound)


RATE: Final = 48_000

FADE_S: Final = 0.005
"""Sound that begins or ends in the middle of a wave clicks; so long it swells and fades at every cut."""

_LOOSE: Final = round(LOOSE_S * RATE)
_FADE: Final = round(FADE_S * RATE)


class JoinedSound:
    """A stereo track of AAC that goes on without a gap: shot by shot, and silence where a recording has no sound."""

    def __init__(self, container: OutputContainer) -> None:
        self._container = container
        self._stream = container.add_stream("aac", rate=RATE, layout="stereo")
        self._written = 0
        self._source: SourceSound | None = None
        self._pieces: Iterator[tuple[int, NDArray[Any]]] = iter(())
        self._next: tuple[int, NDArray[Any]] | None = None
        self._began = 0
        self._ends = 0

    def begin(self, shot: Shot, at: float) -> None:
        """From now on `shot` is heard, which begins at `at` seconds of the film, when the one before is over.

        Raises:
            av.FFmpegError, OSError, ValueError: the recording cannot be read.
        """
        self.up_to(at)
        self.close()
        self._began, self._ends = self._written, round((at + shot.seconds) * RATE)
        self._next = None
        try:
            self._source = SourceSound(shot.path, shot.begin)
            self._pieces = resampled(self._source, "fltp", "stereo", RATE)
        except LookupError:
            self._pieces = iter(())

    def up_to(self, seconds: float) -> None:
        """Write all before `seconds` of the film."""
        end = round(seconds * RATE)
        while self._written < end:
            self._step(end)

    def finish(self, seconds: float) -> None:
        """Write the rest before `seconds`, where the pictures end, and what the encoder still holds."""
        self.up_to(seconds)
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the recording."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _step(self, end: int) -> None:
        """Write one piece, or the silence before it."""
        here = self._written - self._began
        piece, self._next = self._next or next(self._pieces, None), None
        if piece is None:
            self._silence(end - self._written)
            return
        begin, samples = piece
        if here and abs(begin - here) <= _LOOSE:
            begin = here
        if begin > here:
            self._next = piece
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
    """Write `shots` (one or more) one after the other as the film `path`, with their sound.

    Pictures have the size of the first; others are fitted into it between bars. Where a recording has no sound there
    is silence, and no sound at all where none has. Until it is whole the film has another name, so that a broken-off
    one never has that of `path`; under either only its user can open it, since it shows a face.

    Args:
        path: ends in .mp4; its folder must exist.
        shots: in their order.
        force: replace a file that is there.
        progress: told how many seconds of the film are written.

    Raises:
        AlreadyThereError: there is a file, and no `force`.
        OutputError: a recording cannot be read, or the film not be written.
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
    recorded = {path: look_at(path) for path in {shot.path for shot in shots}}
    rate, heard = recorded[shots[0].path].rate, any(each.sound for each in recorded.values())
    with ExitStack() as stack:
        container = stack.enter_context(av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}))
        film = _Film(container, rate, heard=heard)
        stack.callback(film.close)
        for shot in shots:
            film.add(shot, progress)
        film.finish()


class _Film:
    """Pictures and sound of shot after shot."""

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
        """Write `shot` behind those before it.

        Raises:
            LookupError: there is no picture at its time.
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
        """Write what is still held back."""
        assert self._pictures is not None
        self._waiting += self._pictures.finish()
        self._mux(round(self._seconds / MP4_TICK))
        if self._sound is not None:
            self._sound.finish(self._seconds)

    def close(self) -> None:
        """Let go of the recordings."""
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
        """Both tracks, before anything is written."""
        self._pictures = PictureStream(self._container, best_codec(), first, tick=MP4_TICK, rate=self._rate)
        self._sound = JoinedSound(self._container) if self._heard else None

    def _mux(self, until: int) -> None:
        """Write the picture that waits; how long it stands is known when the next one comes."""
        waiting, self._waiting = self._waiting, []
        for packet in waiting:
            packet.duration = max(until - (packet.pts or 0), 1)
            self._container.mux(packet)
