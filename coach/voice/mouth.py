"""What makes an utterance heard: the check that it can be, the voice, the tone, the limit of patience."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.base.protocols import Utterance
from coach.voice import notices
from coach.voice.casting import Casting
from coach.voice.children import Children, Job
from coach.voice.process import READY_LIMIT_S, ChildFailed
from coach.voice.sounds import write_silence, write_tone
from coach.voice.speech import spoken_s
from coach.voice.voices import Voices, voices_from


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for: words per minute, a voice by name, the script's language."""

    rate: int | None = None
    name: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a child may take, in seconds: to be ready, and beyond the longest time that its words can take."""

    ready_s: float = READY_LIMIT_S
    beyond_s: float = 3.0


class Mouth:
    """Says one job after the other. For one thread."""

    def __init__(self, folder: Path, children: Children, casting: Casting, wishes: Wishes, patience: Patience) -> None:
        self._folder, self._children, self._casting = folder, children, casting
        self._wishes, self._patience = wishes, patience
        self._tone = folder / "tone.wav"
        write_tone(self._tone)

    def say(self, job: Job) -> bool:
        """Say it to its end; False where it was dropped since its time has passed or no voice speaks its language.

        Raises:
            ChildFailed: it was not heard.
            Interrupted: the job was broken off.
        """
        request = self._request(job.utterance) if job.utterance else {}
        if not request.get("text") and not request.get("tone"):
            return False
        child = self._children.ready(job)
        if time.monotonic() > job.expires:
            self._children.keep(child)
            return False
        self._children.ask(child, request, request["limit_s"])
        return True

    def _request(self, utterance: Utterance) -> dict[str, Any]:
        voice = self._casting.voice_for(utterance.language) if utterance.text else None
        text = utterance.text if voice else ""
        return {
            "do": "say",
            "text": text,
            "tone": str(self._tone) if utterance.tone else None,
            "file": str(self._folder / "speech.wav"),
            "voice": voice.id if voice else None,
            "rate": self._wishes.rate,
            "limit_s": spoken_s(text, self._wishes.rate) + self._patience.beyond_s,
        }


def probe(folder: Path, children: Children, job: Job, limit_s: float) -> Voices | str:
    """Load the engine and play silence: the installed voices, or what a user must know where nothing can be heard.

    Raises:
        Interrupted: the job was broken off.
    """
    silence = folder / "silence.wav"
    write_silence(silence)
    try:
        answer = children.ask(children.ready(job), {"do": "probe", "sound": str(silence)}, limit_s)
    except ChildFailed as failure:
        return notices.no_engine(str(failure))
    if not answer["fault"]:
        return voices_from(answer)
    return notices.no_sound(answer["fault"]) if notices.has_player() else notices.no_player()
