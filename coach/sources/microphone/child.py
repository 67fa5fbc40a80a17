"""Child process that owns the microphone, so that a sound system that hangs can be killed.

Run as ``python -m coach.sources.microphone.child``. It writes one line of JSON to stdout, `opened` with the name of the
device and its `rate`, or `failed` with the reason. Then come blocks: `BLOCK` with the time at which the first sample
was heard, by the monotonic clock that all processes share, and the number of samples, and then the samples, int16 of
this machine's byte order, mono. It exits when stdin ends.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import struct
import threading
import time
from typing import Any, Final, NoReturn

from coach.base.child_process import end_own_tree

BLOCK: Final = struct.Struct("=dI")
"""What stands before the samples of each block."""

WAITING_MAX: Final = 500
"""Blocks that wait for the parent at most, some seconds; later ones are lost."""

_LONGEST_DELAY_S: Final = 1.0
"""A driver that claims a longer delay between hearing and delivering does not know it."""


def main() -> NoReturn:
    """Send sound until the parent is gone or the device fails."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not mix with the samples
    threading.Thread(target=_watch_parent, name="parent's pipe", daemon=True).start()
    try:
        _record(out)
    except Exception as error:  # of PortAudio, of its driver, or of the import: the parent tells the user
        _send(out, {"failed": str(error)})
    end_own_tree()


def _watch_parent() -> None:
    while os.read(0, 1):
        pass
    end_own_tree()


def _send(out: int, message: dict[str, object]) -> None:
    _write(out, (json.dumps(message) + "\n").encode())


def _write(out: int, data: bytes) -> None:
    while data:
        data = data[os.write(out, data) :]


def _record(out: int) -> None:
    """Open the microphone and send its blocks; returns when the device stops."""
    import sounddevice

    waiting: queue.Queue[tuple[float, bytes]] = queue.Queue(WAITING_MAX)
    stopped = threading.Event()
    device = sounddevice.query_devices(kind="input")
    rate = round(device["default_samplerate"])

    def keep(samples: Any, frames: int, times: Any, _status: object) -> None:  # noqa: ANN401  # of cffi
        if not waiting.full():
            waiting.put_nowait((_heard_at(times, frames / rate), bytes(samples)))

    with sounddevice.RawInputStream(
        samplerate=rate, channels=1, dtype="int16", callback=keep, finished_callback=stopped.set
    ):
        _send(out, {"opened": str(device["name"]), "rate": rate})
        while not stopped.is_set():
            try:
                t, samples = waiting.get(timeout=0.5)
            except queue.Empty:
                continue
            _write(out, BLOCK.pack(t, len(samples) // 2) + samples)


def _heard_at(times: Any, length_s: float) -> float:  # noqa: ANN401  # of cffi
    """When the first sample of a block was heard, by the monotonic clock.

    PortAudio tells by its own clock when this was and what time it is now. Some drivers leave it at 0: then the last
    sample was heard just now.
    """
    ago = times.currentTime - times.inputBufferAdcTime
    known = times.inputBufferAdcTime > 0 and length_s / 2 <= ago <= _LONGEST_DELAY_S
    return time.monotonic() - (ago if known else length_s)


if __name__ == "__main__":
    main()
