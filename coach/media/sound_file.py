"""Converts sound files of any kind to the WAV that every player knows."""

from __future__ import annotations

import wave
from itertools import chain
from pathlib import Path
from typing import Final

from coach.media.libav import av

RATE_HZ: Final = 44100
"""Sample rate of what is written."""


def write_wav(source: Path, target: Path, most_s: float) -> float:
    """Write the sound of `source` to `target` as mono WAV of 16 bits; return its length in seconds.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: `source` has no sound that can be read, or more than `most_s` seconds of it.
    """
    try:
        return _convert(source, target, most_s)
    except (av.FFmpegError, LookupError) as error:
        if isinstance(error, OSError):
            raise
        raise ValueError("no sound can be read from it") from error


def _convert(source: Path, target: Path, most_s: float) -> float:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    count = 0
    with av.open(str(source)) as container, wave.open(str(target), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
        stream = container.streams.audio[0]
        for decoded in chain(container.decode(stream), [None]):
            for frame in resampler.resample(decoded):
                count += frame.samples
                if count > most_s * RATE_HZ:
                    raise ValueError(f"it is longer than {most_s:g} s")
                file.writeframes(frame.to_ndarray().tobytes())
    if not count:
        raise ValueError("it is empty")
    return count / RATE_HZ
