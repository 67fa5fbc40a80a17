"""Writes tones and silence as sound files, and manages the private folder for them."""

from __future__ import annotations

import math
import os
import re
import shutil
import struct
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

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


_PREFIX: Final = "coach-voice-"


@contextmanager
def sound_folder() -> Iterator[Path]:
    """Create a folder readable by this user only and remove it afterwards; first remove those of killed sessions."""
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove the sound folders in `parent` whose process is dead."""
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = re.fullmatch(rf"{_PREFIX}(\d{{1,9}})-\w+", folder.name)
        if owner and not _in_use(folder, int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)  # does not follow links


def _in_use(folder: Path, pid: int) -> bool:
    """Whether the process `pid` that created `folder` is alive."""
    import psutil

    try:
        return bool(psutil.Process(pid).create_time() <= folder.stat().st_mtime + 1)  # else the id was reused
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, OSError):
        return False
