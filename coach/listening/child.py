"""Child process that owns the microphone, so that a sound system that hangs can be killed.

Run as ``python -m coach.listening.child [DEVICE]``. It writes one line of JSON to stdout, `opened` with the name of the
device or `failed` with the reason, and then samples: int16 of this machine's byte order, mono, 16 kHz. It exits when
stdin ends. Nothing is stored.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import Any, Final, NoReturn

from coach.base.child_process import end_own_tree
from coach.listening.sound import CHUNK, RATE

WAITING_MAX: Final = 60
"""Chunks that wait for the parent at most, 2 s; older ones are lost."""


def main() -> NoReturn:
    """Send sound until the parent is gone or the device fails."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not mix with the samples
    threading.Thread(target=_watch_parent, name="parent's pipe", daemon=True).start()
    try:
        _record(out, sys.argv[1] if len(sys.argv) > 1 else None)
    except Exception as error:  # of PortAudio, of its driver, or of the import: the parent tells the user
        _send(out, {"failed": str(error)})
    end_own_tree()


def _watch_parent() -> None:
    while os.read(0, 1):
        pass
    end_own_tree()


def _send(out: int, message: dict[str, str]) -> None:
    os.write(out, (json.dumps(message) + "\n").encode())


def _record(out: int, device: str | None) -> None:
    """Open the microphone and send its samples; returns when the device stops."""
    import sounddevice

    waiting: queue.Queue[bytes] = queue.Queue(WAITING_MAX)
    stopped = threading.Event()

    def keep(samples: Any, _frames: int, _time: object, _status: object) -> None:  # noqa: ANN401 - a buffer of cffi
        if not waiting.full():
            waiting.put_nowait(bytes(samples))

    number = None if device is None else int(device)
    name = str(sounddevice.query_devices(number, "input")["name"])
    rate = _rate_of(sounddevice, number)
    block = round(CHUNK * rate / RATE)
    with sounddevice.RawInputStream(
        samplerate=rate, blocksize=block, device=number, channels=1, dtype="int16", callback=keep,
        finished_callback=stopped.set,
    ):  # fmt: skip
        _send(out, {"opened": name})
        _pass_on(out, waiting, stopped, rate)


def _rate_of(sounddevice: Any, device: int | None) -> int:  # noqa: ANN401 - a module without types
    """16 kHz if the device can, otherwise its own rate."""
    try:
        sounddevice.check_input_settings(device=device, channels=1, dtype="int16", samplerate=RATE)
    except sounddevice.PortAudioError:
        return round(float(sounddevice.query_devices(device, "input")["default_samplerate"]))
    return RATE


def _pass_on(out: int, waiting: queue.Queue[bytes], stopped: threading.Event, rate: int) -> None:
    convert = _Converter(rate)
    while not stopped.is_set():
        try:
            samples = waiting.get(timeout=0.5)
        except queue.Empty:
            continue
        os.write(out, convert(samples))


class _Converter:
    """Converts samples from `rate` to 16 kHz."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler: Any = None
        if rate != RATE:
            from coach.media.libav import av

            self._resampler = av.AudioResampler("s16", "mono", RATE)

    def __call__(self, samples: bytes) -> bytes:
        """`samples`, mono int16, at 16 kHz; some may come with the next call."""
        if self._resampler is None:
            return samples
        import numpy as np

        from coach.media.libav import av

        frame = av.AudioFrame.from_ndarray(np.frombuffer(samples, np.int16)[None], "s16", "mono")
        frame.sample_rate = self._rate
        return b"".join(piece.to_ndarray().tobytes() for piece in self._resampler.resample(frame))


if __name__ == "__main__":
    main()
