"""Plays sound files in a child process without blocking its caller, and knows when they have ended."""

from __future__ import annotations

from pathlib import Path

from coach.voice.process import NO_ENGINE, ChildFailed, VoiceChild

GRACE_S = 3.0
"""Seconds that a player may take beyond the length of the sound before it is stopped."""


class Player:
    """Plays one sound at a time. A child process that waits for the next sound is always ready, so it starts at once.

    Args:
        folder: folder for temporary files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._playing: VoiceChild | None = None
        self._spare: VoiceChild | None = None
        self._warm_up()

    def play(self, sound: Path, wait_s: float = 0.0) -> None:
        """Stop what plays, and play `sound` after `wait_s` seconds.

        Raises:
            ChildFailed: no process can be started.
        """
        self.stop()
        self._playing, self._spare = self._spare or VoiceChild(self._folder, NO_ENGINE), None
        self._playing.send({"do": "play", "sound": str(sound.absolute()), "wait_s": wait_s})
        self._warm_up()

    def has_ended(self) -> bool:
        """Whether the sound has ended; also if none was played.

        Raises:
            ChildFailed: the sound could not be played; the message says why.
        """
        if self._playing is None:
            return True
        try:
            if self._playing.answer_so_far() is None:
                return False
        except ChildFailed:
            self.stop()
            raise
        self.stop()
        return True

    def stop(self) -> None:
        """Stop what plays."""
        playing, self._playing = self._playing, None
        if playing is not None:
            playing.close()

    def close(self) -> None:
        """Stop, and end all processes. Safe to call twice."""
        self.stop()
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.close()

    def _warm_up(self) -> None:
        try:
            self._spare = VoiceChild(self._folder, NO_ENGINE)
        except ChildFailed:
            self._spare = None  # `play` tries again and reports it
