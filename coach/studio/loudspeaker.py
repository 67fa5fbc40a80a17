"""Plays sounds in the page, one at a time, and knows when each has ended."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.voice.line_sounds import read_sound
from coach.voice.playback import GRACE_S
from coach.voice.process import Interrupted

if TYPE_CHECKING:
    from coach.base.protocols import Clock

_LOOK_S = 0.1
"""How often the clock is looked at while somebody waits for the end of a sound, in seconds."""


@dataclass(eq=False)
class _Clip:
    """A sound.

    Attributes:
        path: the WAV file.
        seconds: its length.
        wait_s: time before it begins.
        expires: time of the clock after which it does not begin any more.
        id: names it in addresses.
        starts_at: when its turn came, plus `wait_s`; None before its turn.
        began: whether the page plays it.
        ended: whether it has ended, or was stopped.
        interrupted: whether who waits for it is to wait no longer.
    """

    path: Path
    seconds: float
    wait_s: float
    expires: float
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    starts_at: float | None = None
    began: bool = False
    ended: bool = False
    interrupted: bool = False


class Loudspeaker:
    """The sounds that the page of a take plays.

    A sound has ended when the page says so. While no page plays it, such as before the first tap that a phone asks
    for, it ends after its length. All methods may be called from any thread.
    """

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        """Prepare. `changed` is called when the page has something else to play."""
        self._clock = clock
        self._tell = changed
        self._lock = threading.Condition()
        self._clips: list[_Clip] = []

    # --- for who has something to play ---

    def play(self, sound: Path, wait_s: float = 0.0, expires: float = float("inf")) -> Playback:
        """Play the WAV file `sound` after those that play or wait already.

        Args:
            sound: the file; it must stay until the end.
            wait_s: seconds before it, once its turn has come.
            expires: time of the clock after which it is left out if it has not had its turn.

        Raises:
            OSError: it cannot be read.
            wave.Error, EOFError: it is no WAV file of samples without compression.
        """
        clip = _Clip(sound, read_sound(sound).seconds, wait_s, expires)
        with self._lock:
            self._clips.append(clip)
        self._advance()
        return Playback(self, clip)

    def has_ended(self, clip: _Clip) -> bool:
        """Whether `clip` has ended."""
        self._advance()
        return clip.ended

    def stop(self, clip: _Clip) -> None:
        """End `clip` now."""
        clip.ended = True
        self._advance()

    def wait(self, clip: _Clip) -> None:
        """Wait for the end of `clip`.

        Raises:
            Interrupted: `interrupt` was called.
        """
        while not self.has_ended(clip):
            with self._lock:
                self._lock.wait_for(lambda: clip.ended or clip.interrupted, _LOOK_S)
            if clip.interrupted:
                self.stop(clip)
                raise Interrupted

    def interrupt(self, clip: _Clip) -> None:
        """Make `wait` raise `Interrupted`, and end `clip`."""
        with self._lock:
            clip.interrupted = True
        self.stop(clip)

    # --- for the page ---

    def state(self) -> dict[str, Any] | None:
        """What the page is to play now: its id, and in how many seconds; None for nothing."""
        self._advance()
        with self._lock:
            if not self._clips:
                return None
            clip = self._clips[0]
            wait_s = max(0.0, (clip.starts_at or 0.0) - self._clock.now())
            return {"id": clip.id, "wait_s": round(wait_s, 3)}

    def find(self, sound_id: str) -> Path | None:
        """The file of the sound that is to be played now, if that is its id."""
        clip = self._current(sound_id)
        return clip.path if clip is not None else None

    def note_begin(self, sound_id: str) -> None:
        """Note that the page has begun to play a sound. Another one than the current one is ignored."""
        clip = self._current(sound_id)
        if clip is not None:
            clip.began = True

    def note_end(self, sound_id: str) -> None:
        """Note that a sound has ended in the page. Another one than the current one is ignored."""
        clip = self._current(sound_id)
        if clip is not None:
            self.stop(clip)

    def _current(self, sound_id: str) -> _Clip | None:
        with self._lock:
            return self._clips[0] if self._clips and self._clips[0].id == sound_id else None

    # --- the queue ---

    def _advance(self) -> None:
        """Remove what has ended, and give the next one its turn."""
        with self._lock:
            before = self._clips[0] if self._clips and self._clips[0].starts_at is not None else None
            now = self._clock.now()
            for clip in self._clips:
                clip.ended = clip.ended or _is_over(clip, now)
            self._clips = [clip for clip in self._clips if not clip.ended]
            if self._clips and self._clips[0].starts_at is None:
                self._clips[0].starts_at = now + self._clips[0].wait_s
            changed = before is not (self._clips[0] if self._clips else None)
            self._lock.notify_all()
        if changed:
            self._tell()


def _is_over(clip: _Clip, now: float) -> bool:
    """Whether `clip` has had its time, or its turn comes too late."""
    if clip.starts_at is None:
        return now > clip.expires
    return now >= clip.starts_at + clip.seconds + (GRACE_S if clip.began else 0.0)


class Playback:
    """A sound that was given to the loudspeaker."""

    def __init__(self, loudspeaker: Loudspeaker, clip: _Clip) -> None:
        self._loudspeaker, self._clip = loudspeaker, clip

    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self._loudspeaker.has_ended(self._clip)

    def stop(self) -> None:
        """End it now."""
        self._loudspeaker.stop(self._clip)

    def wait(self) -> None:
        """Wait for its end.

        Raises:
            Interrupted: `interrupt` was called.
        """
        self._loudspeaker.wait(self._clip)

    def interrupt(self) -> None:
        """Make the current or next `wait` raise `Interrupted`, and end it."""
        self._loudspeaker.interrupt(self._clip)


class PagePlayer:
    """Plays the lines of the scene partner in the page."""

    def __init__(self, loudspeaker: Loudspeaker) -> None:
        self._loudspeaker = loudspeaker
        self._playing: Playback | None = None

    def play(self, sound: Path, wait_s: float = 0.0) -> None:
        """Stop what plays, and play `sound` after `wait_s` seconds."""
        self.stop()
        self._playing = self._loudspeaker.play(sound, wait_s)

    def has_ended(self) -> bool:
        """Whether the sound has ended; also if none was played."""
        return self._playing is None or self._playing.has_ended()

    def stop(self) -> None:
        """Stop what plays."""
        playing, self._playing = self._playing, None
        if playing is not None:
            playing.stop()

    def close(self) -> None:
        """Stop."""
        self.stop()
