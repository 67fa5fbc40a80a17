"""Records a partner's line from the microphone, and cuts the silence around it."""

from __future__ import annotations

import io
import threading
import wave
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.app.own_cues import LONGEST_S
from coach.base.errors import SourceError, VoiceError
from coach.base.files import error_reason
from coach.base.messages import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.types import SoundBlock
    from coach.core.script.timeline import PartnerTurn
    from coach.sources.microphone.microphone import Microphone
    from coach.voice.own_recordings import OwnRecordings

_STEP_S: Final = 0.2
"""How often the sound is fetched; the microphone keeps it for longer."""

_FRAME_S: Final = 0.02
_MARGIN_S: Final = 0.1
"""Silence that is left before and after the words: a soft beginning is not cut, and a reply starts at once."""

_LOUD_SHARE: Final = 0.1
"""Least loudness of a frame at the edge of the words, as a share of the loudest frame, -20 dB. The first and the last
sound of a sentence are seldom softer, and the noise of a quiet room is."""

_KEY_S: Final = 0.15
"""The click of the key that ends the recording, at its end."""


def record_line(turn: PartnerTurn, store: OwnRecordings, wait: Callable[[], None]) -> float:
    """Keep what the microphone hears until `wait` returns for the line `turn`; return its length in seconds.

    Raises:
        VoiceError: no microphone opens, nothing was heard, or the recording cannot be kept.
    """
    from coach.sources.microphone.microphone import Microphone

    try:
        microphone = Microphone(lambda stamp: stamp)
    except SourceError as error:
        raise VoiceError(tr("{error}; or name a sound file with --from FILE", error=error)) from error
    samples = without_silence(_heard(microphone, wait), microphone.rate)
    if not len(samples):
        raise VoiceError(tr("nothing was heard; is the microphone on, and its volume up?"))
    seconds = len(samples) / microphone.rate
    if seconds > LONGEST_S:
        raise VoiceError(tr("the recording is longer than {limit:g} s", limit=LONGEST_S))
    try:
        store.keep(turn.line.role or "", turn.line.text, _wav(samples, microphone.rate))
    except OSError as error:
        raise VoiceError(
            tr("{folder}: the recording cannot be kept: {reason}", folder=store.folder, reason=error_reason(error))
        ) from error
    return seconds


def _heard(microphone: Microphone, wait: Callable[[], None]) -> NDArray[np.int16]:
    """The samples (count,) int16 until `wait` returns; a thread fetches them meanwhile."""
    blocks: list[SoundBlock] = []
    done = threading.Event()

    def fetch() -> None:
        while not done.wait(_STEP_S):
            blocks.extend(microphone.read())

    thread = threading.Thread(target=fetch, name="line-recording", daemon=True)
    thread.start()
    try:
        wait()
    finally:
        done.set()
        thread.join()
        blocks.extend(microphone.read())
        microphone.close()
    return np.concatenate([block.samples for block in blocks]) if blocks else np.zeros(0, np.int16)


def without_silence(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """`samples` (count,) int16 without the silence before and after the words; empty if all is silence."""
    frame = max(1, round(_FRAME_S * rate))
    spoken = samples[: max(0, len(samples) - round(_KEY_S * rate))]
    frames = spoken[: len(spoken) // frame * frame].reshape(-1, frame).astype(np.float64)
    loudness = np.sqrt((frames**2).mean(axis=1)) if len(frames) else np.zeros(0)
    loud = np.flatnonzero(loudness > _LOUD_SHARE * loudness.max(initial=0.0))
    if not len(loud):
        return samples[:0]
    margin = round(_MARGIN_S * rate)
    return spoken[max(0, loud[0] * frame - margin) : (loud[-1] + 1) * frame + margin]


def _wav(samples: NDArray[np.int16], rate: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()
