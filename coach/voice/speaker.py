"""The speaker, a thread that speaks queued utterances in turn, and the event sink that queues them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from coach.base.events import CueDue, Event, LineStarted, NoteGiven, PartnerStarted, Paused, PromptGiven, TakeEnded
from coach.base.messages import language, tr
from coach.base.protocols import Speaker, Utterance
from coach.base.text import clean
from coach.voice import notices
from coach.voice.job_runner import JobRunner, Timeouts, VoiceOptions, probe
from coach.voice.outlet import Outlet, OutletRunner, find_voices
from coach.voice.process import ChildFailed, Children, Interrupted, Job
from coach.voice.sounds import sound_folder
from coach.voice.utterances import TEXT_MAX, UtteranceQueue, clamp_rate
from coach.voice.voices import VoiceChooser, Voices

_log = logging.getLogger(__name__)


FAILURES_MAX: Final = 3
"""Number of failures in a row after which the voice stays off for the session."""


def open_speaker(
    *,
    mode: Literal["auto", "on", "off"],
    rate: int | None = None,
    name: str | None = None,
    language: str = "en",
    notify: Callable[[str], None],
    outlet: Outlet | None = None,
) -> Speaker:
    """Return a speaker at once; its thread then checks engine, sound device and voices.

    Args:
        mode: ``off`` is silent; ``on`` and ``auto`` speak if possible. The caller decides when ``auto`` means silence
            and passes ``off`` instead.
        rate: words per minute, clamped to 80 to 400; None leaves it to the engine.
        name: name of the voice for utterances in its own language and in `language`.
        language: language of the script.
        notify: called from the speaker's thread with each reason why something is not spoken, once.
        outlet: plays what is spoken; None for this machine.
    """
    if mode == "off":
        return NullSpeaker()
    return EngineSpeaker(VoiceOptions(clamp_rate(rate), name, language), notify, outlet=outlet)


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

    def __init__(
        self,
        options: VoiceOptions,
        notify: Callable[[str], None],
        timeouts: Timeouts | None = None,
        outlet: Outlet | None = None,
    ) -> None:
        """Start the thread; `notify` is called from it. An `outlet` plays in place of this machine."""
        self._options, self._notify, self._timeouts = options, notify, timeouts or Timeouts()
        self._outlet = outlet
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
            self._notify(f"{notices.no_folder(str(error))} {tr(notices.ON_SCREEN)}")
        finally:
            with self._changed:
                self._silent = True

    def _speak_until_closed(self, folder: Path, children: Children) -> None:
        voices = self._find_voices(folder, children)
        if isinstance(voices, str):
            _log.info("no voice: %s", voices)
            self._notify(f"{voices} {tr(notices.ON_SCREEN)}")
            return
        _log.debug("%d voices, by default %s", len(voices.installed), voices.default)
        chooser = VoiceChooser(voices, self._options.name, self._options.language, self._notify)
        runner = self._make_runner(folder, children, chooser)
        while job := self._wait_for_job():
            self._speak_job(job, runner)

    def _find_voices(self, folder: Path, children: Children) -> Voices | str:
        """The installed voices, or a message for the user."""
        if self._outlet is None:
            return probe(folder, children, self._job, self._timeouts.ready_s)
        return find_voices(children, self._job, self._timeouts.ready_s)

    def _make_runner(self, folder: Path, children: Children, chooser: VoiceChooser) -> JobRunner:
        if self._outlet is None:
            return JobRunner(folder, children, chooser, self._options, self._timeouts)
        return OutletRunner(folder, children, chooser, self._options, self._timeouts).playing_on(self._outlet)

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
            self._notify(f"{notices.too_many_failures(failure)} {tr(notices.ON_SCREEN)}")


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
            ttl_s = max(0.0, event.deadline - event.t)
            self._speaker.say(Utterance(event.text, "note", ttl_s=ttl_s, language=language()))
        elif isinstance(event, LineStarted | PartnerStarted | Paused | TakeEnded):
            self._speaker.hush()

    def close(self) -> None:
        """Close the speaker, even while it speaks."""
        self._speaker.close()


def _cue(event: CueDue) -> Utterance:
    ttl_s = max(0.0, event.deadline - event.t) + GRACE_S
    return Utterance(event.text, "cue", ttl_s, language=event.language, tone=event.kind == "tone")
