"""The speaker, a thread that speaks queued utterances in turn, and the event sink that queues them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from coach.base.events import CueDue, Event, LineStarted, NoteGiven, PartnerStarted, Paused, PromptGiven, TakeEnded
from coach.base.protocols import Speaker, Utterance
from coach.base.text import clean
from coach.voice import notices
from coach.voice.process import READY_LIMIT_S, ChildFailed, Children, Interrupted, Job
from coach.voice.sounds import sound_folder, write_silence, write_tone
from coach.voice.utterances import TEXT_MAX, UtteranceQueue, clamp_rate, speech_limit_s
from coach.voice.voices import VoiceChooser, Voices, voices_from

_log = logging.getLogger(__name__)


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


FAILURES_MAX: Final = 3
"""Number of failures in a row after which the voice stays off for the session."""


def open_speaker(
    *,
    mode: Literal["auto", "on", "off"],
    rate: int | None = None,
    name: str | None = None,
    language: str = "en",
    notify: Callable[[str], None],
) -> Speaker:
    """Return a speaker at once; its thread then checks engine, sound device and voices.

    Args:
        mode: ``off`` is silent; ``on`` and ``auto`` speak if possible. The caller decides when ``auto`` means silence
            and passes ``off`` instead.
        rate: words per minute, clamped to 80 to 400; None leaves it to the engine.
        name: name of the voice for utterances in its own language and in `language`.
        language: language of the script.
        notify: called from the speaker's thread with each reason why something is not spoken, once.
    """
    if mode == "off":
        return NullSpeaker()
    return EngineSpeaker(VoiceOptions(clamp_rate(rate), name, language), notify)


class NullSpeaker:
    """A silent speaker."""

    def say(self, utterance: Utterance) -> None:
        """Do nothing."""

    def hush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class EngineSpeaker:
    """Speaks with pyttsx3. If playback does not work, it notifies the user once and stays silent."""

    def __init__(self, options: VoiceOptions, notify: Callable[[str], None], timeouts: Timeouts | None = None) -> None:
        """Start the thread; `notify` is called from it."""
        self._options, self._notify, self._timeouts = options, notify, timeouts or Timeouts()
        self._failures = 0
        self._changed = threading.Condition()  # guards the next three attributes
        self._queue = UtteranceQueue()
        self._job = Job()
        self._silent = False
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def say(self, utterance: Utterance) -> None:
        """Queue `utterance`; a cue cancels the note being spoken."""
        utterance = replace(utterance, text=clean(utterance.text, TEXT_MAX))
        if not utterance.text and not utterance.tone:
            return
        with self._changed:
            if self._silent or self._job.is_saying(utterance):
                return
            self._queue.add(utterance, time.monotonic())
            if utterance.kind == "cue":
                self._job.cancel_note()
            self._changed.notify()

    def hush(self) -> None:
        """Drop the queued note and cancel the one being spoken."""
        with self._changed:
            self._queue.drop_notes()
            self._job.cancel_note()

    def close(self) -> None:
        """Cancel the current utterance, end all processes, remove all files."""
        with self._changed:
            self._silent = True
            self._job.cancel()
            self._changed.notify()
        self._thread.join()

    # All methods below run in the speaker's thread.

    def _run(self) -> None:
        try:
            with sound_folder() as folder, Children(folder, self._timeouts.ready_s) as children:
                self._speak_until_closed(folder, children)
        except Interrupted:
            pass  # closed during the probe
        except OSError as error:
            _log.warning("no folder for sounds", exc_info=True)
            self._notify(f"{notices.no_folder(str(error))} {notices.ON_SCREEN}")
        finally:
            with self._changed:
                self._silent = True

    def _speak_until_closed(self, folder: Path, children: Children) -> None:
        voices = probe(folder, children, self._job, self._timeouts.ready_s)
        if isinstance(voices, str):
            _log.info("no voice: %s", voices)
            self._notify(f"{voices} {notices.ON_SCREEN}")
            return
        _log.debug("%d voices, by default %s", len(voices.installed), voices.default)
        chooser = VoiceChooser(voices, self._options.name, self._options.language, self._notify)
        runner = JobRunner(folder, children, chooser, self._options, self._timeouts)
        while job := self._wait_for_job():
            self._speak_job(job, runner)

    def _wait_for_job(self) -> Job | None:
        """Wait for the next utterance; None once the speaker is silent."""
        with self._changed:
            self._job = Job()
            while not self._silent:
                if item := self._queue.take(time.monotonic()):
                    self._job = Job(item.utterance, item.expires)
                    return self._job
                self._changed.wait()
        return None

    def _speak_job(self, job: Job, runner: JobRunner) -> None:
        try:
            if runner.say(job):
                self._failures = 0
        except Interrupted:
            pass  # cancelled by a cue, a new line, or the end
        except ChildFailed as failure:
            self._count_failure(str(failure))

    def _count_failure(self, failure: str) -> None:
        self._failures += 1
        _log.warning("utterance failed, %d in a row: %s", self._failures, failure)
        if self._failures == FAILURES_MAX:
            with self._changed:
                self._silent = True
            self._notify(f"{notices.too_many_failures(failure)} {notices.ON_SCREEN}")


GRACE_S: Final = 0.3
"""How late after the start of its line a cue may begin; an announcement that follows another cue is this late."""


PROMPT_TTL_S: Final = 2.0
"""How late a prompt may begin; the actor who waits for it does not go on without it."""


class VoiceSink:
    """Event sink that speaks cues, announcements, prompts and notes; it owns its speaker.

    Notes are silenced when the actor or a partner starts a line, when the actor pauses and when the take ends; not when
    a line ends, because speech in the beat after it does not disturb.
    """

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def handle(self, event: Event) -> None:
        """Speak a cue, a prompt or a note; silence notes if somebody begins a line, or the take pauses or ends."""
        if isinstance(event, CueDue):
            self._speaker.say(_cue(event))
        elif isinstance(event, PromptGiven):
            self._speaker.say(Utterance(event.text, "cue", ttl_s=PROMPT_TTL_S, language=event.language))
        elif isinstance(event, NoteGiven):
            self._speaker.say(Utterance(event.text, "note", ttl_s=max(0.0, event.deadline - event.t)))
        elif isinstance(event, LineStarted | PartnerStarted | Paused | TakeEnded):
            self._speaker.hush()

    def close(self) -> None:
        """Close the speaker, even while it speaks."""
        self._speaker.close()


def _cue(event: CueDue) -> Utterance:
    ttl_s = max(0.0, event.deadline - event.t) + GRACE_S
    return Utterance(event.text, "cue", ttl_s, language=event.language, tone=event.kind == "tone")
