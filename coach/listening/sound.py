"""Sound in short chunks with take times, from a file or a take's own sound track."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.text import clean_name

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

RATE: Final = 16_000
"""Samples per second of every chunk."""

CHUNK: Final = 512
"""Samples of a chunk, 32 ms; the size that Silero VAD needs."""

CHUNK_S: Final = CHUNK / RATE

STEP_S: Final = 0.02
"""A smaller gap or overlap between two pieces of a file's sound is rounding, and is left as it is."""

LONGEST_GAP_S: Final = 3600.0
"""A longer gap in a file's sound is a damaged timestamp and is not filled."""


@dataclass(frozen=True, slots=True)
class SoundChunk:
    """A piece of sound: `samples` (512,) int16, mono, 16 kHz, which end at `t` in take seconds."""

    t: float
    samples: NDArray[np.int16]


class SoundSource(Protocol):
    """Sound in order of time."""

    @property
    def name(self) -> str:
        """Name for the user: a device or a file."""
        ...

    def read_until(self, t: float) -> list[SoundChunk]:
        """The chunks that end by `t` in take seconds and were not returned before; never blocks for long."""
        ...

    def close(self) -> None:
        """Release device, file and processes. Safe to call twice."""
        ...


class FileSound:
    """The sound of an audio file, or of a recorded take in step with its pictures; after its end there is silence.

    Attributes:
        name: the file's name.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at `path`.

        Raises:
            SourceError: it cannot be read, or has no sound.
        """
        from coach.media.libav import av

        self.name = clean_name(path.name)
        try:
            self._container: InputContainer | None = av.open(str(path), options={"protocol_whitelist": "file"})
        except (av.FFmpegError, OSError, ValueError) as error:
            raise SourceError(tr("The sound of {file} cannot be read: {error}", file=self.name, error=error)) from error
        try:
            self._pieces = self._decode(self._container)
        except LookupError as error:
            self.close()
            raise SourceError(tr("{file} has no sound that can be read.", file=self.name)) from error
        self._samples: deque[NDArray[np.int16]] = deque()
        self._waiting = 0
        self._read = 0

    def read_until(self, t: float) -> list[SoundChunk]:
        """The chunks that end by `t` and were not returned before."""
        chunks = []
        while (self._read + 1) * CHUNK_S <= t:
            self._read += 1
            chunks.append(SoundChunk(self._read * CHUNK_S, self._next_samples()))
        return chunks

    def close(self) -> None:
        """Close the file. Reads give silence from then on."""
        if self._container is not None:
            self._container.close()
        self._container, self._pieces = None, iter(())

    def _next_samples(self) -> NDArray[np.int16]:
        while self._waiting < CHUNK:
            piece = next(self._pieces, None)
            if piece is None:
                piece = np.zeros(CHUNK, np.int16)
            self._samples.append(piece)
            self._waiting += len(piece)
        joined = np.concatenate(self._samples) if len(self._samples) > 1 else self._samples[0]
        self._samples.clear()
        self._samples.append(joined[CHUNK:])
        self._waiting -= CHUNK
        return joined[:CHUNK]

    @staticmethod
    def _decode(container: InputContainer) -> Iterator[NDArray[np.int16]]:
        """The sound from the beginning of the file on, with silence in its gaps.

        Raises:
            LookupError: no sound can be read.
        """
        from coach.media.recorded import picture_tracks, sound_track, start_of, zero_of

        stream = sound_track(container)
        if stream is None:
            raise LookupError
        pictures = picture_tracks(container)
        zero = zero_of(container, pictures[0]) if pictures else start_of(stream)
        return _in_step(_resampled(container, stream), float(zero or 0))


def _resampled(container: InputContainer, stream: AudioStream) -> Iterator[tuple[float | None, NDArray[np.int16]]]:
    """Pieces of the sound of `stream` as (n,) int16, mono, 16 kHz, each with its time in the file if it has one."""
    from coach.media.libav import av

    resampler = av.AudioResampler("s16", "mono", RATE)
    for packet in container.demux(stream):
        try:
            frames = stream.decode(packet)
        except av.FFmpegError:
            continue  # damaged: what follows has its own times
        for frame in frames:
            t = frame.time
            for piece in resampler.resample(frame):
                yield t, piece.to_ndarray()[0].astype(np.int16, copy=False)
                t = None
    for piece in resampler.resample(None):
        yield None, piece.to_ndarray()[0].astype(np.int16, copy=False)


def _in_step(pieces: Iterator[tuple[float | None, NDArray[np.int16]]], zero: float) -> Iterator[NDArray[np.int16]]:
    """The samples of `pieces` from `zero` on: gaps are filled with silence, and what is double is left out."""
    written = 0
    for t, piece in pieces:
        late = 0 if t is None else round((t - zero) * RATE) - written
        if STEP_S * RATE < late <= LONGEST_GAP_S * RATE:
            written += late
            yield np.zeros(late, np.int16)
        elif late < -STEP_S * RATE:
            piece = piece[-late:]
        written += len(piece)
        if len(piece):
            yield piece
