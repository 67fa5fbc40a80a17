"""A microphone that clicks once a second, with the faults of real ones: a wrong clock, late times, lost samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.types import SoundBlock

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLICK_S: Final = 0.003
"""Length of a click, a burst of 2 kHz that fades out."""


class ClickingMicrophone:
    """Generates blocks of sound with a click at each whole second from 0 on.

    Attributes:
        rate: samples per second that the microphone promises.
    """

    def __init__(
        self, rate: int = 48_000, *, drift: float = 0.0, late_s: float = 0.0, start: float = -1.0, block_s: float = 0.02
    ) -> None:
        """Begin at `start`.

        Args:
            rate: samples per second that it promises.
            drift: by how much its clock is too fast, as a share: 0.001 gives a sample more in each thousand.
            late_s: each block's time is late by up to this many seconds, at random.
            start: take time at which it begins.
            block_s: length of a block in seconds.
        """
        self.rate = rate
        self._true_rate = rate * (1 + drift)
        self._late_s = late_s
        self._start = start
        self._count = round(block_s * rate)
        self._next = 0
        self._random = np.random.default_rng(0)

    def read_until(self, t: float) -> Iterator[SoundBlock]:
        """The blocks that end by `t` in take seconds and were not returned before."""
        while self._start + (self._next + self._count) / self._true_rate <= t:
            begin = self._start + self._next / self._true_rate
            times = begin + np.arange(self._count) / self._true_rate
            self._next += self._count
            yield SoundBlock(begin + self._late_s * float(self._random.random()), _clicks(times))

    def lose(self, seconds: float) -> None:
        """Lose the next `seconds` of sound, as a driver does whose buffer is full."""
        self._next += round(seconds * self._true_rate)


def _clicks(times: NDArray[np.float64]) -> NDArray[np.int16]:
    since = np.where(times >= 0, times % 1.0, 1.0)
    click = np.sin(2 * np.pi * 2000 * since) * np.exp(-since / CLICK_S * 3)
    return np.where(since < CLICK_S, 20_000 * click, 0).astype(np.int16)
