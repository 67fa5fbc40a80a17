"""Speech engines behind one seam: each lists its voices and renders words to a file; the one of the system is here."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from coach.base.errors import MissingLibraryError, VoiceError
from coach.base.messages import tr
from coach.base.text import clean
from coach.voice import notices
from coach.voice.process import READY_LIMIT_S, ChildFailed, Children, Interrupted, Job
from coach.voice.sounds import sound_folder
from coach.voice.utterances import clamp_rate, speech_limit_s
from coach.voice.voices import Voices, voices_from

LONGEST_TEXT: Final = 2000
"""Most characters of one rendering, as long as a line of a script may be; espeak crashes from 14,000 on."""

_GRACE_S: Final = 3.0
"""Seconds that an engine may take beyond the time of the speech."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be rendered.

    Attributes:
        text: the words.
        voice: id of a voice of the engine.
        words_per_minute: speed; an engine may limit it.
    """

    text: str
    voice: str
    words_per_minute: int


class SpeechEngine(Protocol):
    """Renders speech. Only `cancel` may be called from another thread than the one that uses the engine."""

    @property
    def identity(self) -> str:
        """Names the engine and its model: with equal identities the same speech sounds the same."""
        ...

    def voices(self) -> Voices:
        """The voices, each with the languages that it speaks.

        Raises:
            MissingLibraryError: the engine is not installed.
            VoiceError: the engine does not answer.
        """
        ...

    def render(self, speech: Speech, path: Path) -> None:
        """Write `speech` as a WAV file of 16-bit samples to `path`.

        Raises:
            MissingLibraryError: the engine is not installed.
            VoiceError: the speech cannot be rendered, or `cancel` was called.
        """
        ...

    def cancel(self) -> None:
        """Make the current rendering and all later ones fail soon."""
        ...

    def close(self) -> None:
        """End all processes. Safe to call twice."""
        ...


class SystemEngine:
    """The speech engine of the system, used through pyttsx3 in a child process for each line."""

    identity = "pyttsx3"

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(sound_folder())
        self._children = self._stack.enter_context(Children(self._folder))
        self._job = Job()

    def voices(self) -> Voices:
        """The installed voices."""
        return voices_from(self._ask({"do": "voices"}, READY_LIMIT_S))

    def render(self, speech: Speech, path: Path) -> None:
        """Write `speech` to `path`, a mono file."""
        text, rate = clean(speech.text, LONGEST_TEXT), clamp_rate(speech.words_per_minute)
        if not text:
            raise VoiceError(tr("there is nothing to say"))
        limit_s = speech_limit_s(text, rate) + _GRACE_S
        request = {"do": "render", "text": text, "file": str(path.absolute()), "voice": speech.voice, "rate": rate}
        self._ask({**request, "limit_s": limit_s}, limit_s)

    def cancel(self) -> None:
        """Interrupt the child that renders."""
        self._job.cancel()

    def close(self) -> None:
        """End the child that waits for the next line."""
        self._stack.close()

    def _ask(self, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        try:
            child = self._children.get_ready(self._job)
        except ChildFailed as failure:
            raise MissingLibraryError(notices.no_engine(str(failure))) from failure
        except Interrupted as interrupted:
            raise VoiceError(tr("the speech was cancelled")) from interrupted
        try:
            return self._children.ask(child, request, limit_s)
        except (ChildFailed, Interrupted) as failure:
            reason = clean(str(failure), 120) or tr("cancelled")
            raise VoiceError(tr("the speech engine failed: {reason}", reason=reason)) from failure
