"""Queue of utterances: cues in order, then the note, without expired ones; and estimates of speech duration."""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass
from typing import Final

from coach.base.protocols import Utterance

CUES_MAX: Final = 8
"""Maximum number of queued cues; no line has more before it."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    utterance: Utterance
    expires: float


class UtteranceQueue:
    """Queue of utterances to speak. Times are seconds of one monotonic clock, passed in by the caller."""

    def __init__(self) -> None:
        self._cues: deque[_Waiting] = deque(maxlen=CUES_MAX)
        self._note: _Waiting | None = None

    def __len__(self) -> int:
        return len(self._cues) + (self._note is not None)

    def add(self, utterance: Utterance, now: float) -> None:
        """Queue a cue unless the same one is queued; a note replaces the queued note."""
        waiting = _Waiting(utterance, now + utterance.ttl_s)
        if utterance.kind == "note":
            self._note = waiting
        elif all(not sounds_same(utterance, other.utterance) for other in self._cues):
            self._cues.append(waiting)

    def take(self, now: float) -> _Waiting | None:
        """Remove and return the next utterance that has not expired; None if there is none."""
        while self._cues:
            cue = self._cues.popleft()
            if now <= cue.expires:
                return cue
        note, self._note = self._note, None
        return note if note and now <= note.expires else None

    def drop_notes(self) -> None:
        """Remove the queued note."""
        self._note = None


def sounds_same(one: Utterance, other: Utterance) -> bool:
    """Whether both sound the same: equal text, language and tone."""
    return (one.text, one.language, one.tone) == (other.text, other.language, other.tone)


TEXT_MAX: Final = 200
"""Maximum characters of one utterance; espeak crashes from 14,000 on, and cues are shorter anyway."""

SLOWEST_RATE: Final = 80
"""Words per minute; slower speech is hard to understand."""

FASTEST_RATE: Final = 400
"""Words per minute; faster speech is hard to understand."""

ENGINE_RATE: Final = 200
"""Words per minute; the default of pyttsx3."""


def clamp_rate(rate: int | None) -> int | None:
    """`rate` in words per minute, clamped to the intelligible range; engines accept any number."""
    return rate if rate is None else max(SLOWEST_RATE, min(FASTEST_RATE, rate))


def speech_limit_s(text: str, rate: int | None) -> float:
    """Upper bound for the seconds that `text` takes; an engine that takes longer is considered hung.

    The weights exceed the slowest of 30 texts in 15 languages, spoken by espeak-ng.
    """
    return (0.7 + sum(_weight(c) for c in text)) * ENGINE_RATE / (rate or ENGINE_RATE)


def _weight(c: str) -> float:
    """Upper bound for the seconds that a character takes at `ENGINE_RATE`."""
    if c.isspace() or "a" <= c <= "z":
        return 0.12
    if c.isalpha() and unicodedata.east_asian_width(c) not in "WF":
        return 0.35  # capitals and letters outside a-z may be spelled out
    return 0.5  # digits, signs and ideographs are spoken as whole words
