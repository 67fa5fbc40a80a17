"""The sound of a microphone in chunks of 16 kHz; a microphone that has stopped is opened again."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.protocols import SoundInput
from coach.listening.sound import CHUNK, CHUNK_S, RATE, SoundChunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.protocols import Clock
    from coach.base.types import SoundBlock

_log = logging.getLogger(__name__)

STOPPED_S: Final = 3.0
"""A microphone without a sample for this long has stopped; even silence gives samples."""

TRIES: Final = 3
"""How often a stopped microphone is opened again."""

KEPT: Final = 300
"""Chunks that wait for the reader at most, 10 s; older ones are lost."""


class NamedInput(SoundInput, Protocol):
    """A microphone, whose blocks have times of the clock of `LiveSound`."""

    @property
    def name(self) -> str:
        """Name of the device."""
        ...


class LiveSound:
    """A sound source on a microphone.

    Attributes:
        name: name of the device.
    """

    def __init__(self, open_input: Callable[[], NamedInput], clock: Clock, notify: Callable[[str], None]) -> None:
        """Open the microphone.

        Args:
            open_input: opens it; raises SourceError if it does not open.
            clock: the clock of its blocks.
            notify: called if it stops later.

        Raises:
            SourceError: no microphone opens; the message says why and what to do.
        """
        self._open_input = open_input
        self._clock = clock
        self._notify = notify
        self._input: NamedInput | None = open_input()
        self.name = self._input.name
        self._cutter = _Cutter(self._input.rate)
        self._heard_at = clock.now()
        self._tries = 0
        self._opening: threading.Thread | None = None
        self._closed = False

    def read_until(self, t: float) -> list[SoundChunk]:
        """The sound since the last call, with the take times at which it was heard. `t` is the take time now."""
        now, found = self._clock.now(), self._input
        if found is None:
            self._wait_for_opening(now)
            return []
        blocks = found.read()
        if blocks:
            self._heard_at, self._tries = now, 0
        elif now - self._heard_at > STOPPED_S:
            self._lose(found)
        self._cutter.add(blocks)
        return [SoundChunk(t - max(0.0, now - heard), samples) for heard, samples in self._cutter.take()]

    def close(self) -> None:
        """End the microphone. Safe to call twice."""
        self._closed = True
        if self._opening is not None:
            self._opening.join()
        if self._input is not None:
            self._input.close()
            self._input = None

    def _lose(self, lost: NamedInput) -> None:
        """Open the microphone again in a thread, because that takes seconds."""
        _log.warning("the microphone %s gives no samples", lost.name)
        self._notify(tr("The microphone stopped and is opened again. Space or Enter ends a line meanwhile."))
        lost.close()
        self._input = None
        self._reopen()

    def _reopen(self) -> None:
        self._tries += 1
        self._opening = threading.Thread(target=self._open, name="open microphone", daemon=True)
        self._opening.start()

    def _open(self) -> None:
        try:
            found = self._open_input()
        except SourceError as error:
            _log.warning("the microphone does not open: %s", error)
            return
        self._cutter, self._input = _Cutter(found.rate), found

    def _wait_for_opening(self, now: float) -> None:
        self._heard_at = now
        if self._closed or self._opening is None or self._opening.is_alive():
            return
        if self._tries < TRIES:
            self._reopen()
        else:
            self._opening = None
            self._notify(tr("The microphone does not come back. Space or Enter ends a line."))


class _Cutter:
    """Cuts blocks of any length and rate into chunks of 16 kHz."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler: Any = None
        self._rest: NDArray[np.int16] = np.zeros(0, np.int16)
        self._chunks: deque[tuple[float, NDArray[np.int16]]] = deque(maxlen=KEPT)

    def add(self, blocks: Sequence[SoundBlock]) -> None:
        """Add the sound of `blocks`."""
        for block in blocks:
            end = block.t + len(block.samples) / self._rate
            samples = np.concatenate([self._rest, self._converted(block.samples)])
            count = len(samples) // CHUNK
            self._rest = samples[count * CHUNK :]
            end -= len(self._rest) / RATE
            for number in range(count):
                piece = samples[number * CHUNK : (number + 1) * CHUNK]
                self._chunks.append((end - (count - 1 - number) * CHUNK_S, piece))

    def take(self) -> list[tuple[float, NDArray[np.int16]]]:
        """The chunks since the last call, each with the time of its end."""
        return [self._chunks.popleft() for _ in range(len(self._chunks))]

    def _converted(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        if self._rate == RATE:
            return samples
        from coach.media.libav import av

        if self._resampler is None:
            self._resampler = av.AudioResampler("s16", "mono", RATE)
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
        frame.sample_rate = self._rate
        pieces = [piece.to_ndarray()[0] for piece in self._resampler.resample(frame)]
        return np.concatenate([*pieces, np.zeros(0, np.int16)]).astype(np.int16, copy=False)
