"""The sound of shots from several recordings as one track. Imported only where a video is written."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

# Loading av before cv2 makes a window that is opened later hang for ever.
# isort: off
import cv2  # noqa: F401
import av
import numpy as np

# isort: on
from coach.recordings.sound import LOOSE_S, resampled
from coach.recordings.source_sound import SourceSound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from av.container import OutputContainer
    from numpy.typing import NDArray

    from coach.recordings.shots import Shot

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
