"""Encodes the sound of a microphone into a container, in step with the times of the pictures.

A sound card has a clock of its own: it gives 48,010 samples in what it calls a second, or loses some, and nobody says
so. Over ten minutes this is more than the eye forgives between lips and voice. So each block of samples comes with the
time at which it began, and the samples are stretched by parts of a thousandth until they follow these times.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from coach.media.libav import av

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from numpy.typing import NDArray

    from coach.base.types import SoundBlock

    Samples = NDArray[np.float32]

SETTLE_S: Final = 2.0
"""Time constant with which the sound follows the times of its blocks. The times of single blocks are wrong by some
milliseconds; over this time their errors cancel out, and a clock wrong by 0.03 % leaves an error of 0.6 ms."""

MAX_STRETCH: Final = 0.01
"""Most by which sound is stretched or shortened: a sixth of a semitone, which nobody hears in speech."""

JUMP_S: Final = 0.06
"""Sound that is off by more than this, for `JUMP_BLOCKS` in a row, has a gap or an overlap, which is filled or cut."""

JUMP_BLOCKS: Final = 3
"""A single late block is a busy machine, not a gap."""

_TAIL: Final = 3
"""Samples of the block before that the interpolation needs."""

_AAC_RATES: Final = frozenset({8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000})
_BITS_PER_S: Final = 96_000
"""Of one channel of speech: transparent with AAC."""

_PRIMING: Final = 1024
"""Samples before the first that AAC needs. Sound begins this much after time 0, so that no packet begins before 0."""


class InStep:
    """Turns blocks of samples into one stream whose sample number N belongs to time N / `rate`.

    Attributes:
        rate: samples per second of the stream.
        written: number of the next sample of the stream.
    """

    def __init__(self, block_rate: int, rate: int, first: int = 0) -> None:
        """Begin the stream with sample number `first`; what is earlier is left out.

        Args:
            block_rate: samples per second that the microphone promises.
            rate: samples per second of the stream.
            first: number of the first sample.
        """
        self.rate = rate
        self.written = first
        self._block_rate = block_rate
        self._begin: float | None = None  # when the next block should begin
        self._tail = np.zeros(_TAIL, np.float32)
        self._astray = 0

    def add(self, t: float, samples: Samples) -> Samples:
        """The part of the stream that is complete with `samples` (count,), which began at `t` seconds."""
        gap = self._follow_jump(t)
        begin = t if self._begin is None else self._begin
        stretch = min(max((t - begin) / SETTLE_S, -MAX_STRETCH), MAX_STRETCH)
        length = len(samples) / self._block_rate * (1 + stretch)
        self._begin = begin + length
        return np.concatenate([gap, self._interpolate(samples, begin, length)])

    def silence_until(self, t: float) -> Samples:
        """Silence up to `t` seconds; sound for this time that comes later is left out."""
        count = max(0, round(t * self.rate) - self.written)
        self.written += count
        return np.zeros(count, np.float32)

    def _follow_jump(self, t: float) -> Samples:
        """Silence for a gap before the block at `t`; empty unless sound is missing. An overlap is cut by `written`."""
        off = self._begin is not None and abs(t - self._begin) > JUMP_S
        self._astray = self._astray + 1 if off else 0
        if self._begin is not None and self._astray < JUMP_BLOCKS:
            return np.zeros(0, np.float32)
        self._begin, self._astray = t, 0
        self._tail[:] = 0
        return self.silence_until(t)

    def _interpolate(self, samples: Samples, begin: float, length: float) -> Samples:
        """The samples of the stream between `begin` and `begin` + `length`, by cubic Hermite splines (Catmull-Rom).

        The last two samples have no neighbours yet, so what lies after them comes with the next block.
        """
        known = np.concatenate([self._tail, samples])
        self._tail = known[-_TAIL:].copy()
        per_second = len(samples) / length if length else 0.0
        end = int(np.ceil((begin + (len(samples) - 2) / per_second) * self.rate)) if per_second else self.written
        numbers = np.arange(self.written, max(end, self.written))
        self.written += len(numbers)
        place = (numbers / self.rate - begin) * per_second + _TAIL
        if not len(numbers):
            return np.zeros(0, np.float32)
        left = np.clip(np.floor(place).astype(int), 1, len(known) - 3)
        return _spline(known, left, (place - left).astype(np.float32))


def _spline(values: Samples, left: NDArray[np.int_], share: Samples) -> Samples:
    """`values` between the indices `left` and `left` + 1, at `share` of the way; Catmull and Rom 1974."""
    a, b, c, d = (values[left + offset] for offset in (-1, 0, 1, 2))
    slope_b, slope_c = (c - a) / 2, (d - b) / 2
    cubic = 2 * (b - c) + slope_b + slope_c
    square = 3 * (c - b) - 2 * slope_b - slope_c
    return cast("Samples", ((cubic * share + square) * share + slope_b) * share + b)


class SoundStream:
    """An AAC stream of one channel in a container, whose time 0 is that of the pictures."""

    def __init__(self, container: OutputContainer, block_rate: int) -> None:
        """Add the stream to `container`, to which nothing is written yet; `block_rate` is that of the microphone."""
        rate = block_rate if block_rate in _AAC_RATES else 48_000
        self._stream = container.add_stream("aac", rate=rate, layout="mono")
        self._stream.codec_context.bit_rate = _BITS_PER_S
        self._steps = InStep(block_rate, rate, _PRIMING)
        self._encoded = _PRIMING

    def add(self, block: SoundBlock) -> list[Packet[AudioStream]]:
        """Encode `block`; returns the finished packets."""
        return self._encode(self._steps.add(block.t, block.samples.astype(np.float32) / np.float32(32768)))

    def silence_until(self, t: float) -> list[Packet[AudioStream]]:
        """Encode silence up to `t` seconds, where the microphone gave nothing; returns the finished packets."""
        return self._encode(self._steps.silence_until(t))

    def finish(self) -> list[Packet[AudioStream]]:
        """Flush the encoder."""
        return list(self._stream.encode(None))

    def _encode(self, samples: Samples) -> list[Packet[AudioStream]]:
        if not len(samples):
            return []
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = self._steps.rate, self._encoded, Fraction(1, self._steps.rate)
        self._encoded += len(samples)
        return list(self._stream.encode(frame))
