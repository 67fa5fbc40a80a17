"""Speech that is heard elsewhere: rendered to files as a scene partner's lines are, which an outlet plays."""

from __future__ import annotations

import time
import wave
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from coach.voice import notices
from coach.voice.job_runner import JobRunner
from coach.voice.process import ChildFailed, Children, Interruptible, Job
from coach.voice.speech_cache import SpeechCache, content_key, default_folder
from coach.voice.voices import Voices, voices_from


class Playback(Interruptible, Protocol):
    """A sound that an outlet plays."""

    def wait(self) -> None:
        """Wait for its end.

        Raises:
            Interrupted: `interrupt` was called.
        """
        ...


class Outlet(Protocol):
    """Plays sound files, one after the other, without blocking its caller."""

    def play(self, sound: Path, wait_s: float = 0.0, expires: float = float("inf")) -> Playback:
        """Play the WAV file `sound` after what plays already.

        Args:
            sound: the file.
            wait_s: seconds before it.
            expires: time of the monotonic clock after which it does not begin any more.

        Raises:
            OSError: it cannot be read.
            wave.Error, EOFError: it is no WAV file of samples without compression.
        """
        ...


def find_voices(children: Children, job: Job, limit_s: float) -> Voices | str:
    """Load the engine; the installed voices, or a message for the user.

    Raises:
        Interrupted: the job was cancelled.
    """
    try:
        return voices_from(children.ask(children.get_ready(job), {"do": "voices"}, limit_s))
    except ChildFailed as failure:
        return notices.no_engine(str(failure))


class OutletRunner(JobRunner):
    """Renders jobs, or finds them rendered, and plays them on an outlet. Not thread-safe."""

    _outlet: Outlet

    def playing_on(self, outlet: Outlet) -> OutletRunner:
        """Play on `outlet`; returns itself."""
        self._outlet, self._cache = outlet, SpeechCache(default_folder())
        return self

    def say(self, job: Job) -> bool:
        """Speak the job; False if it was dropped, because it has expired or no voice speaks its language.

        Raises:
            ChildFailed: the job could not be spoken.
            Interrupted: the job was cancelled.
        """
        if job.utterance is None:
            return False
        request = self._request(job.utterance)
        sounds = [Path(request["tone"])] if request["tone"] else []
        try:
            if request["text"]:
                sounds.append(self._rendered(request, job))
            if not sounds or time.monotonic() > job.expires:
                return False
            for sound in sounds:
                self._play(sound, job)
        except (OSError, wave.Error, EOFError) as error:
            raise ChildFailed(str(error)) from error
        return True

    def _play(self, sound: Path, job: Job) -> None:
        playback = self._outlet.play(sound, expires=job.expires)
        try:
            job.give_to(playback)
            playback.wait()
        except BaseException:
            playback.interrupt()
            raise

    def _rendered(self, request: dict[str, object], job: Job) -> Path:
        """The file with the text of `request`, which is kept with the lines of scene partners."""
        key = content_key("note", *(str(request[part]) for part in ("voice", "rate", "text")))
        kept = self._cache.find(key)
        if kept is not None:
            return kept
        draft = self._cache.draft()
        try:
            limit_s = request["limit_s"]
            assert isinstance(limit_s, float)
            asked = {**request, "do": "render", "file": str(draft.absolute())}
            self._children.ask(self._children.get_ready(job), asked, limit_s)
            return self._cache.keep(draft, key)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
