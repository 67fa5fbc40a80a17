"""Speaks one utterance at a time on this machine, and finds out whether that works."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.base.protocols import Utterance
from coach.voice import notices
from coach.voice.process import READY_LIMIT_S, ChildFailed, Children, Job
from coach.voice.sounds import write_silence, write_tone
from coach.voice.utterances import speech_limit_s
from coach.voice.voices import VoiceChooser, Voices, voices_from


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """Options of the user.

    Attributes:
        rate: words per minute; None leaves it to the engine.
        name: name of the voice; None chooses one by language.
        language: language of the script.
    """

    rate: int | None = None
    name: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits in seconds: `ready_s` for a child to load, `beyond_s` for speech in addition to `speech_limit_s`."""

    ready_s: float = READY_LIMIT_S
    grace_s: float = 3.0


class JobRunner:
    """Speaks jobs one after the other. Not thread-safe."""

    def __init__(
        self, folder: Path, children: Children, chooser: VoiceChooser, options: VoiceOptions, timeouts: Timeouts
    ) -> None:
        self._folder, self._children, self._chooser = folder, children, chooser
        self._options, self._timeouts = options, timeouts
        self._tone = folder / "tone.wav"
        write_tone(self._tone)

    def say(self, job: Job) -> bool:
        """Speak the job; False if it was dropped, because it has expired or no voice speaks its language.

        Raises:
            ChildFailed: the job could not be spoken.
            Interrupted: the job was cancelled.
        """
        request = self._request(job.utterance) if job.utterance else {}
        if not request.get("text") and not request.get("tone"):
            return False
        child = self._children.get_ready(job)
        if time.monotonic() > job.expires:
            self._children.put_back(child)
            return False
        self._children.ask(child, request, request["limit_s"])
        return True

    def _request(self, utterance: Utterance) -> dict[str, Any]:
        voice = self._chooser.voice_for(utterance.language) if utterance.text else None
        text = utterance.text if voice else ""
        return {
            "do": "say",
            "text": text,
            "tone": str(self._tone) if utterance.tone else None,
            "file": str(self._folder / "speech.wav"),
            "voice": voice.id if voice else None,
            "rate": self._options.rate,
            "limit_s": speech_limit_s(text, self._options.rate) + self._timeouts.grace_s,
        }


def probe(folder: Path, children: Children, job: Job, limit_s: float) -> Voices | str:
    """Load the engine and play silence. Returns the installed voices, or a message for the user if playback fails.

    Raises:
        Interrupted: the job was cancelled.
    """
    silence = folder / "silence.wav"
    write_silence(silence)
    try:
        answer = children.ask(children.get_ready(job), {"do": "probe", "sound": str(silence)}, limit_s)
    except ChildFailed as failure:
        return notices.no_engine(str(failure))
    if not answer["fault"]:
        return voices_from(answer)
    return notices.no_sound(answer["fault"]) if notices.has_player() else notices.no_player()
