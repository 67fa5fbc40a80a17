"""A microphone whose sound somebody else captures and pushes, such as a page in the browser."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.types import SoundBlock

if TYPE_CHECKING:
    from coach.base.protocols import Clock

RATE: Final = 16_000
"""Samples per second, as `coach.listening` needs them."""

LONGEST_BLOCK_S: Final = 1.0
"""Longest pushed block."""

MAX_AGE_S: Final = 2.0
"""Largest believed time between the capture of a block and its arrival."""

KEPT: Final = 100
"""Blocks that wait for the reader at most; older ones are lost."""


class PushedMicrophone:
    """A microphone for the ear. One thread reads, any thread pushes.

    It never counts as stopped: a page that sends nothing is away, or says itself that its microphone is gone.

    Attributes:
        name: name of the device for the user.
        rate: samples per second.
    """

    rate = RATE

    def __init__(self, clock: Clock, name: str = "of the browser") -> None:
        self.name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._blocks: deque[SoundBlock] = deque(maxlen=KEPT)

    def push(self, samples: bytes, age_s: float) -> None:
        """Add sound.

        Args:
            samples: mono, 16 bits, little-endian, at `rate`, at most `LONGEST_BLOCK_S`.
            age_s: seconds between the capture of the last sample and now.

        Raises:
            SourceError: these are no such samples.
        """
        if not samples or len(samples) % 2 or len(samples) > 2 * RATE * LONGEST_BLOCK_S:
            raise SourceError(
                tr("the page sent sound that cannot be read: 16-bit samples of at most one second are needed")
            )
        block = np.frombuffer(samples, "<i2").astype(np.int16)
        ended_at = self._clock.now() - min(max(age_s, 0.0), MAX_AGE_S)
        with self._lock:
            self._blocks.append(SoundBlock(ended_at - len(block) / RATE, block))

    def read(self) -> list[SoundBlock]:
        """The blocks since the last call, in their order; an empty one if there are none."""
        with self._lock:
            blocks = list(self._blocks)
            self._blocks.clear()
        return blocks or [SoundBlock(self._clock.now(), np.zeros(0, np.int16))]

    def close(self) -> None:
        """Forget what was not read."""
        with self._lock:
            self._blocks.clear()
