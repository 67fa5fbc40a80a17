"""Writes tones and silence as sound files, and names the private folder for them."""

from __future__ import annotations

import math
import struct
import wave
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from coach.base.scratch import scratch_folder

RATE_HZ: Final = 22050


def write_tone(path: Path, hz: float = 660.0, seconds: float = 0.18) -> None:
    """Write a short sine tone as mono 16-bit WAV, faded at both ends so that it does not click."""
    count = int(RATE_HZ * seconds)
    _write(path, [_sample(i, count, hz) for i in range(count)])


def write_silence(path: Path, seconds: float = 0.02) -> None:
    """Write silence as mono 16-bit WAV."""
    _write(path, [0] * int(RATE_HZ * seconds))


def _sample(i: int, count: int, hz: float) -> int:
    fade = min(1.0, i / (count * 0.1), (count - i) / (count * 0.5))
    return int(9000 * fade * math.sin(2 * math.pi * hz * i / RATE_HZ))


def _write(path: Path, samples: list[int]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, len(samples), "NONE", "not compressed"))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


SOUNDS_PREFIX: Final = "coach-voice-"
"""Begins the names of the folders of sounds."""


def sound_folder() -> AbstractContextManager[Path]:
    """Create a folder readable by this user only and remove it afterwards; first remove those of killed sessions."""
    return scratch_folder(SOUNDS_PREFIX)
