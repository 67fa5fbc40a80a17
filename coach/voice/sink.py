"""What is spoken of a rehearsal: cues, announcements and notes."""

from __future__ import annotations

from typing import Final

from coach.base.events import CueDue, Event, LineStarted, NoteGiven, Paused, TakeEnded
from coach.base.protocols import Speaker, Utterance

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
