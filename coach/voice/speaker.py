"""The speaker: one thread that says what waits, cues before notes, one utterance after the other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from coach.base.events import CueDue, Event, LineStarted, NoteGiven, Paused, TakeEnded
from coach.base.protocols import Speaker, Utterance
from coach.base.text import clean
from coach.voice import notices
from coach.voice.lineup import TEXT_MAX, Lineup, sane_rate, spoken_s
from coach.voice.process import READY_LIMIT_S, ChildFailed, Children, Interrupted, Job
from coach.voice.sounds import sound_folder, write_silence, write_tone
from coach.voice.voices import Casting, Voices, voices_from

_log = logging.getLogger(__name__)


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


FAILURES_MAX: Final = 3
"""So many failures in a row and the voice is off for the session."""


def open_speaker(
    *,
    mode: Literal["auto", "on", "off"],
    rate: int | None = None,
    name: str | None = None,
    language: str = "en",
    notify: Callable[[str], None],
) -> Speaker:
    """A speaker that is ready at once and looks for engine, sound device and voices in its own thread.

    Args:
        mode: ``off`` is silent. ``on`` and ``auto`` speak where that is possible; a caller that takes ``auto`` to mean
            silence for a recorded take passes ``off`` for one.
        rate: words per minute, brought into 80 to 400; None leaves it to the engine.
        name: of the voice for utterances in its own language and in `language`.
        language: of the script.
        notify: is told, from the speaker's thread, why something is only shown; each reason once.
    """
    if mode == "off":
        return NullVoice()
    return EngineVoice(Wishes(sane_rate(rate), name, language), notify)


class NullVoice:
    """A speaker that says nothing."""

    def say(self, utterance: Utterance) -> None:
        """Nothing is said."""

    def hush(self) -> None:
        """It is quiet already."""

    def close(self) -> None:
        """There is nothing to let go of."""


class EngineVoice:
    """Speaks by pyttsx3. It falls silent for good, with one notice, where nothing can be heard."""

    def __init__(self, wishes: Wishes, notify: Callable[[str], None], patience: Patience | None = None) -> None:
        """Start its thread; `notify` is called from there."""
        self._wishes, self._notify, self._patience = wishes, notify, patience or Patience()
        self._failures = 0
        self._turn = threading.Condition()  # guards the three below
        self._lineup = Lineup()
        self._job = Job()
        self._silent = False
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def say(self, utterance: Utterance) -> None:
        """Line `utterance` up; a cue breaks off a note."""
        utterance = replace(utterance, text=clean(utterance.text, TEXT_MAX))
        if not utterance.text and not utterance.tone:
            return
        with self._turn:
            if self._silent or self._job.is_saying(utterance):
                return
            self._lineup.add(utterance, time.monotonic())
            if utterance.kind == "cue":
                self._job.break_off_note()
            self._turn.notify()

    def hush(self) -> None:
        """Drop the note that waits and break off the one being said."""
        with self._turn:
            self._lineup.drop_notes()
            self._job.break_off_note()

    def close(self) -> None:
        """Break off what is said, end all processes, remove all files."""
        with self._turn:
            self._silent = True
            self._job.break_off()
            self._turn.notify()
        self._thread.join()

    # From here on, everything runs in the speaker's own thread.

    def _run(self) -> None:
        try:
            with sound_folder() as folder, Children(folder, self._patience.ready_s) as children:
                self._speak(folder, children)
        except Interrupted:
            pass  # closed before it could speak
        except OSError as error:
            _log.warning("no folder for sounds", exc_info=True)
            self._notify(f"{notices.no_folder(str(error))} {notices.ON_SCREEN}")
        finally:
            with self._turn:
                self._silent = True

    def _speak(self, folder: Path, children: Children) -> None:
        voices = probe(folder, children, self._job, self._patience.ready_s)
        if isinstance(voices, str):
            _log.info("no voice: %s", voices)
            self._notify(f"{voices} {notices.ON_SCREEN}")
            return
        _log.debug("%d voices, by default %s", len(voices.installed), voices.default)
        casting = Casting(voices, self._wishes.name, self._wishes.language, self._notify)
        mouth = Mouth(folder, children, casting, self._wishes, self._patience)
        while job := self._next():
            self._perform(job, mouth)

    def _next(self) -> Job | None:
        with self._turn:
            self._job = Job()
            while not self._silent:
                if waiting := self._lineup.take(time.monotonic()):
                    self._job = Job(waiting.utterance, waiting.expires)
                    return self._job
                self._turn.wait()
        return None

    def _perform(self, job: Job, mouth: Mouth) -> None:
        try:
            if mouth.say(job):
                self._failures = 0
        except Interrupted:
            pass  # by a cue, a new line, or the end
        except ChildFailed as failure:
            self._count(str(failure))

    def _count(self, failure: str) -> None:
        self._failures += 1
        _log.warning("utterance failed, %d in a row: %s", self._failures, failure)
        if self._failures == FAILURES_MAX:
            with self._turn:
                self._silent = True
            self._notify(f"{notices.gave_up(failure)} {notices.ON_SCREEN}")


GRACE_S: Final = 0.3
"""A cue may still begin this long after its line did: an announcement that follows a cue needs it."""


class VoiceSink:
    """Gives events a voice and owns its speaker.

    Notes are hushed when a line starts, when the actor pauses, and at the end; not when a line ends, for what is said
    in the beat after it disturbs nobody.
    """

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def handle(self, event: Event) -> None:
        """Say what the event asks to be said."""
        if isinstance(event, CueDue):
            self._speaker.say(_cue(event))
        elif isinstance(event, NoteGiven):
            self._speaker.say(Utterance(event.text, "note", ttl_s=max(0.0, event.deadline - event.t)))
        elif isinstance(event, LineStarted | Paused | TakeEnded):
            self._speaker.hush()

    def close(self) -> None:
        """Close the speaker, whatever it is saying."""
        self._speaker.close()


def _cue(event: CueDue) -> Utterance:
    ttl_s = max(0.0, event.deadline - event.t) + GRACE_S
    return Utterance(event.text, "cue", ttl_s, language=event.language, tone=event.kind == "tone")
