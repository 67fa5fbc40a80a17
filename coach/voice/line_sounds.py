"""The sounds of the partners' lines: own recordings, or speech that a thread renders ahead, first line first."""

from __future__ import annotations

import logging
import threading
import wave
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.base.errors import CoachError
from coach.base.files import error_reason
from coach.base.messages import mark, tr
from coach.base.text import clean
from coach.voice.engines import Speech, SpeechEngine
from coach.voice.speech_cache import SpeechCache, content_key

_log = logging.getLogger(__name__)

_FORMAT: Final = 1
"""Part of the names of kept speech; a change of what is written here needs another."""

AHEAD: Final = 30
"""Lines that are rendered before they are needed. Each takes a tenth of a second with the system's voices."""

ON_SCREEN: Final = mark("Lines without a voice stay on the screen for as long as they take to say.")


@dataclass(frozen=True, slots=True)
class Sound:
    """A WAV file and its length in seconds."""

    path: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class LineToRender:
    """A line of a partner that needs a sound.

    Attributes:
        number: its number among the lines of all partners, from 1.
        speech: what is to be said.
        pitch: height, as a multiple of the voice's own.
    """

    number: int
    speech: Speech
    pitch: float = 1.0


def _ignore(_done: int, _total: int) -> None:
    """Show no progress."""


class LineSounds:
    """Renders lines in a thread and gives their sounds by number.

    It stays a few lines ahead of the take, so that a long play neither delays the start nor keeps the machine busy.

    Args:
        lines: the lines to render, in the order in which they are needed.
        recordings: own recordings by number; they need no rendering.
        engine: renders; None if there is nothing to render. It belongs to this object.
        cache: keeps what is rendered.
        notify: called from the thread with a sentence about the first line that cannot be rendered.
        ahead: how many lines are rendered before they are needed.
    """

    def __init__(
        self,
        lines: Sequence[LineToRender],
        recordings: dict[int, Sound],
        engine: SpeechEngine | None,
        cache: SpeechCache,
        notify: Callable[[str], None],
        ahead: int = AHEAD,
    ) -> None:
        self._lines, self._engine, self._cache, self._notify = lines, engine, cache, notify
        self._ahead = ahead
        self._places = {line.number: place for place, line in enumerate(lines)}
        self._sounds: dict[int, Sound | None] = dict(recordings)
        self._changed = threading.Condition()  # guards the sounds and the next three attributes
        self._closed = False
        self._reached = 0
        self._waiting = {line.number for line in lines}
        self._thread = threading.Thread(target=self._render_all, name="partner", daemon=True)
        self._thread.start()

    def find(self, number: int) -> Sound | None:
        """The sound of line `number`; None if it has none, or not yet."""
        with self._changed:
            return self._sounds.get(number)

    def is_coming(self, number: int) -> bool:
        """Whether the sound of line `number`, which is needed now, is still to be rendered."""
        with self._changed:
            self._reached = max(self._reached, self._places.get(number, 0))
            self._changed.notify_all()
            return number in self._waiting

    def wait(self, progress: Callable[[int, int], None] = _ignore) -> None:
        """Wait until the first lines are rendered; `progress` gets how many are, and of how many."""
        needed = [line.number for line in self._lines[: self._ahead]]
        with self._changed:
            while left := sum(number in self._waiting for number in needed):
                progress(len(needed) - left, len(needed))
                self._changed.wait(0.1)
        progress(len(needed), len(needed))

    def close(self) -> None:
        """Stop rendering and end all processes. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._engine is not None:
            self._engine.cancel()
        self._thread.join()
        if self._engine is not None:
            self._engine.close()

    # The methods below run in the thread.

    def _render_all(self) -> None:
        failed = False
        for place, line in enumerate(self._lines):
            self._wait_for_turn(place)
            sound: Sound | None = None
            try:
                if not self._closed:
                    sound = self._sound_of(line)
            except (CoachError, OSError, wave.Error, EOFError) as error:
                _log.warning("line %d of the partner was not rendered: %s", line.number, error)
                if not failed and not self._closed:
                    unspoken = tr("A line of the partner cannot be spoken: {reason}.", reason=_reason(error))
                    self._notify(f"{unspoken} {tr(ON_SCREEN)}")
                failed = True
            with self._changed:
                self._sounds[line.number] = sound
                self._waiting.discard(line.number)
                self._changed.notify_all()
        self._cache.trim()

    def _wait_for_turn(self, place: int) -> None:
        """Wait until the line at `place` is near enough."""
        with self._changed:
            while place >= self._reached + self._ahead and not self._closed:
                self._changed.wait()

    def _sound_of(self, line: LineToRender) -> Sound:
        assert self._engine is not None  # lines are only rendered with one
        speech = line.speech
        parts = (_FORMAT, self._engine.identity, speech.voice, speech.words_per_minute, line.pitch, speech.text)
        key = content_key(*parts)
        kept = self._cache.find(key)
        if kept is None:
            draft = self._cache.draft()
            try:
                self._engine.render(speech, draft)
                shift_pitch(draft, line.pitch)
                kept = self._cache.keep(draft, key)
            finally:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)
        return read_sound(kept)


def read_sound(path: Path) -> Sound:
    """The sound in the WAV file at `path`.

    Raises:
        OSError: it cannot be read.
        wave.Error, EOFError: it is no WAV file of samples without compression.
    """
    with wave.open(str(path), "rb") as file:
        return Sound(path, file.getnframes() / file.getframerate())


def shift_pitch(path: Path, pitch: float) -> None:
    """Make the WAV file at `path` `pitch` times as high. It also becomes shorter by that: speak slower before.

    The samples stay, only their rate changes, so the sound of the whole mouth moves along, as with another speaker.
    """
    if pitch == 1.0:
        return
    with wave.open(str(path), "rb") as file:
        parameters, samples = file.getparams(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setparams(parameters._replace(framerate=round(parameters.framerate * pitch)))
        file.writeframes(samples)


def _reason(error: Exception) -> str:
    return clean(error_reason(error) if isinstance(error, OSError) else str(error), 200).removesuffix(".")
