"""Stands in for sounddevice on machines without a sound card: a microphone that gives a block each 20 ms.

What `$FAKE_MICROPHONE` says is what it does: ``refuse`` does not open, ``no times`` is a driver that tells no times.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

RATE, BLOCK = 16_000, 320
DELAY_S = 0.1
MODE = os.environ.get("FAKE_MICROPHONE", "")


def query_devices(kind: str) -> dict[str, object]:
    if MODE == "refuse":
        raise OSError("device busy")
    return {"name": f"Fake {kind}", "default_samplerate": float(RATE)}


class RawInputStream:
    """Calls back from a thread, 0.1 s after the sound was heard; its clock is 1000 s ahead of the monotonic one."""

    def __init__(self, callback: Callable[..., None], **_options: object) -> None:
        self._callback = callback

    def __enter__(self) -> RawInputStream:
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_details: object) -> None:
        pass

    def _run(self) -> None:
        for n in range(10_000):
            time.sleep(BLOCK / RATE)
            now = time.monotonic() + 1000
            heard = 0.0 if MODE == "no times" else now - DELAY_S
            times = SimpleNamespace(inputBufferAdcTime=heard, currentTime=now)
            self._callback(bytes([n % 256, 0]) * BLOCK, BLOCK, times, None)
