"""Which utterance is next: cues in order before notes, one note at most, nothing that comes too late."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from coach.base.protocols import Utterance

CUES_MAX: Final = 8
"""More cues than this are never due before one line."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    utterance: Utterance
    expires: float


class Lineup:
    """The utterances that wait. Times are seconds of any one monotonic clock, given by the caller."""

    def __init__(self) -> None:
        self._cues: deque[_Waiting] = deque(maxlen=CUES_MAX)
        self._note: _Waiting | None = None

    def __len__(self) -> int:
        return len(self._cues) + (self._note is not None)

    def add(self, utterance: Utterance, now: float) -> None:
        """Line up a cue behind the cues unless the same one waits; a note takes the place of the one that waits."""
        waiting = _Waiting(utterance, now + utterance.ttl_s)
        if utterance.kind == "note":
            self._note = waiting
        elif all(not same_words(utterance, other.utterance) for other in self._cues):
            self._cues.append(waiting)

    def take(self, now: float) -> _Waiting | None:
        """Remove and return the next one that is still in time."""
        while self._cues:
            cue = self._cues.popleft()
            if now <= cue.expires:
                return cue
        note, self._note = self._note, None
        return note if note and now <= note.expires else None

    def drop_notes(self) -> None:
        """Forget the note that waits."""
        self._note = None


def same_words(one: Utterance, other: Utterance) -> bool:
    """Whether the two would sound the same."""
    return (one.text, one.language, one.tone) == (other.text, other.language, other.tone)
