"""Fake speech engine, which writes silence."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Final

from coach.base.errors import VoiceError
from coach.base.text import clean
from coach.voice.voices import Voice, Voices

if TYPE_CHECKING:
    from pathlib import Path

    from coach.voice.engines import Speech

_RATE_HZ: Final = 8000


class SilentEngine:
    """A speech engine whose speech is silence, as long as words take.

    Attributes:
        rendered: what was rendered, in order.
        closed: whether it was closed.

    Args:
        voices: its voices.
    """

    identity = "silence"

    def __init__(self, *voices: Voice) -> None:
        self._voices = voices or (Voice("a", "Ada", ("en",)), Voice("b", "Bob", ("en",)))
        self._cancelled = False
        self.rendered: list[Speech] = []
        self.closed = False

    def voices(self) -> Voices:
        """The voices it was made with."""
        return Voices(self._voices, self._voices[0].id)

    def render(self, speech: Speech, path: Path) -> None:
        """Write silence and record `speech`."""
        words = len(clean(speech.text, 2000).split())
        if not words or self._cancelled:
            raise VoiceError("there is nothing to say")
        self.rendered.append(speech)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, _RATE_HZ, 0, "NONE", "not compressed"))
            file.writeframes(bytes(2 * round(_RATE_HZ * words * 60 / speech.words_per_minute)))

    def cancel(self) -> None:
        """Make all later renderings fail."""
        self._cancelled = True

    def close(self) -> None:
        """Record that it is closed."""
        self.closed = True
