"""The scene partner: says the others' lines aloud, or shows them, and tells the engine when each is finished."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from coach.base.events import (
    BeatStarted,
    CommandName,
    CommandTaken,
    Event,
    LineStarted,
    PartnerStarted,
    Paused,
    Resumed,
    TakeEnded,
)
from coach.base.messages import tr
from coach.base.protocols import Clock
from coach.voice import notices
from coach.voice.line_sounds import ON_SCREEN, LineSounds, Sound
from coach.voice.playback import GRACE_S
from coach.voice.process import ChildFailed

_log = logging.getLogger(__name__)

MAX_DELAY_S: Final = 10.0
"""Longest response delay."""


class SoundPlayer(Protocol):
    """Plays one sound at a time without blocking its caller."""

    def play(self, sound: Path, wait_s: float = 0.0) -> None:
        """Stop what plays, and play the WAV file `sound` after `wait_s` seconds.

        Raises:
            ChildFailed: no sound can be played.
        """
        ...

    def has_ended(self) -> bool:
        """Whether the sound has ended; also if none was played.

        Raises:
            ChildFailed: the sound could not be played; the message says why.
        """
        ...

    def stop(self) -> None:
        """Stop what plays."""
        ...

    def close(self) -> None:
        """Stop, and end all processes. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How the partner replies.

    Attributes:
        delay_s: seconds between the actor's last line and the reply.
        speed: speed of lines that are only shown, as a multiple of their planned one. Sounds have theirs already.
    """

    delay_s: float = 0.0
    speed: float = 1.0


class ScenePartner:
    """An event sink that says a partner's line when it starts, and controls that give `answered` when it has ended.

    With a sound, the end is that of its playback. Without one, or without a sound device, the line counts as said
    after its length, or after its planned time.

    Args:
        sounds: the sounds of the lines; None shows them only. They belong to this object.
        player: plays them; None if there are none. It belongs to this object.
        manner: how the partner replies.
        clock: measures the time of lines without playback.
        notify: called with a sentence if no sound can be played.

    Attributes:
        by_clock: whether lines have their planned time, so that a reply may run into the actor's next line; it is then
            said to its end.
    """

    def __init__(
        self,
        sounds: LineSounds | None,
        player: SoundPlayer | None,
        manner: Manner,
        clock: Clock,
        notify: Callable[[str], None],
    ) -> None:
        self._sounds, self._player, self._manner = sounds, player, manner
        self._clock, self._notify = clock, notify
        self.by_clock = False
        self._line: PartnerStarted | None = None
        self._paused = False
        self._started_at = 0.0
        self._sound: Sound | None = None
        self._playing = False
        self._waits_for_sound = False

    @property
    def speaking(self) -> bool:
        """Whether a line is being said aloud; a microphone hears it too."""
        return self._playing

    def handle(self, event: Event) -> None:
        """Begin a partner's line; stop when the actor goes on, pauses, or the take ends."""
        if isinstance(event, PartnerStarted):
            self._line = event
            self._begin(self._manner.delay_s)
        elif isinstance(event, TakeEnded):
            self._drop()
        elif isinstance(event, LineStarted | BeatStarted) or (isinstance(event, CommandTaken) and event.name == "next"):
            if not self.by_clock:
                self._drop()
        elif isinstance(event, Paused):
            self._paused = True
            self._stop()
        elif isinstance(event, Resumed):
            self._paused = False
            if self._line is not None:
                self._begin(0.0)  # from its first word: half a sentence is no cue

    def poll(self) -> Sequence[CommandName]:
        """`answered`, once, when the line has been said."""
        if self._line is None or self._paused or not self._has_ended():
            return ()
        self._drop()
        return ("answered",)

    def close(self) -> None:
        """Stop speaking and end all processes. Safe to call twice."""
        self._drop()
        if self._player is not None:
            self._player.close()
        if self._sounds is not None:
            self._sounds.close()

    def _begin(self, delay_s: float) -> None:
        """Say the line after `delay_s`; if its sound is not ready, wait for it in `poll`."""
        assert self._line is not None
        self._stop()
        self._started_at = self._clock.now() + delay_s
        self._waits_for_sound = self._sounds is not None and self._sounds.is_coming(self._line.number)
        if not self._waits_for_sound:
            self._play()

    def _play(self) -> None:
        assert self._line is not None
        self._waits_for_sound = False
        self._sound = self._sounds.find(self._line.number) if self._sounds is not None else None
        now = self._clock.now()
        wait_s = max(0.0, self._started_at - now)
        self._started_at = now + wait_s
        if self._sound is None or self._player is None:
            return
        try:
            self._player.play(self._sound.path, wait_s)
            self._playing = True
        except ChildFailed as failure:
            self._give_up_playing(str(failure))

    def _has_ended(self) -> bool:
        if self._waits_for_sound:
            assert self._line is not None
            assert self._sounds is not None
            if not self._sounds.is_coming(self._line.number):
                self._play()
            return False
        if self._playing and self._player is not None:
            return self._playback_has_ended(self._player)
        return self._clock.now() >= self._started_at + self._length_s()

    def _playback_has_ended(self, player: SoundPlayer) -> bool:
        try:
            if player.has_ended():
                return True
        except ChildFailed as failure:
            self._give_up_playing(str(failure))
            return False
        if self._clock.now() < self._started_at + self._length_s() + GRACE_S:
            return False
        _log.warning("the player did not end %s in time", self._sound)
        return True

    def _give_up_playing(self, reason: str) -> None:
        """Show this line and all later ones for as long as they take to say."""
        self._playing = False
        if self._player is not None:
            self._player.close()
            self._player = None
            fault = notices.no_sound(reason) if notices.has_player() else notices.no_player()
            self._notify(f"{fault} {tr(ON_SCREEN)}")

    def _length_s(self) -> float:
        if self._sound is not None:
            return self._sound.seconds
        return 0.0 if self._line is None else (self._line.end - self._line.t) / self._manner.speed

    def _stop(self) -> None:
        if self._player is not None:
            self._player.stop()
        self._playing = self._waits_for_sound = False
        self._sound = None

    def _drop(self) -> None:
        self._stop()
        self._line = None
