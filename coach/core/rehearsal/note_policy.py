"""When the director speaks during a line, and what: notes of at most four words, few and never twice.

A live note is an idiom, never a number and never about the person. Research on delivery coaches is behind the shape:
sparse beats continuous, live notes motivate, after-action notes with a drill train.
"""

from __future__ import annotations

import math
from typing import Final

from coach.base.types import Emotion
from coach.core.reading.smoothing import GRACE_S, HELD_S
from coach.core.scoring.acceptance import Side

Thing = tuple[Emotion, Emotion | Side]
"""What a note is about: the emotion asked for, and what came instead or which way its strength was missed."""

_INSTEAD: Final[dict[Emotion, dict[Emotion, str]]] = {
    "angry": {
        "happy": "Drop the smile. Hotter.",
        "sad": "Less hurt. More fire.",
        "fear": "Stop retreating. Attack.",
        "neutral": "Hotter. Let it burn.",
    },
    "disgust": {
        "happy": "It reeks. Recoil.",
        "sad": "Less sorrow. Recoil.",
        "angry": "Less heat. Recoil.",
        "neutral": "Recoil. Let it sicken.",
    },
    "fear": {
        "happy": "The danger is real.",
        "sad": "Sharper. It's still coming.",
        "angry": "Give ground. Shrink back.",
        "neutral": "It's close. Hold breath.",
    },
    "happy": {
        "sad": "Lift. Let light in.",
        "fear": "You're safe. Release it.",
        "angry": "Unclench. Let it shine.",
        "neutral": "Warmer. Let it show.",
    },
    "sad": {
        "happy": "Heavier. Lose the smile.",
        "fear": "Slower. Let it sink.",
        "angry": "Softer. Let it hurt.",
        "neutral": "Deeper. Let it land.",
    },
    "surprise": {
        "happy": "Before joy: the shock.",
        "fear": "Wonder first. Open up.",
        "sad": "Wake up. It's new.",
        "neutral": "Let it hit you.",
    },
    "neutral": {
        "happy": "Less. Let it settle.",
        "sad": "Lighter. Just say it.",
        "fear": "Breathe. Nothing is wrong.",
        "angry": "Cooler. Let it go.",
    },
}

_ANYWAY: Final[dict[Emotion, str]] = {
    "angry": "Hotter. Don't hold back.",
    "disgust": "Recoil. Push it away.",
    "fear": "Colder. It's right there.",
    "happy": "Lighter. Let it in.",
    "sad": "Heavier. Let it sink.",
    "surprise": "Let it hit you.",
    "neutral": "Less. Stay still.",
}

_STRENGTH: Final[dict[Side, str]] = {"too little": "More. Let it grow.", "too much": "Smaller. Keep it in."}


def live_note(thing: Thing) -> str:
    """At most four words for `thing`."""
    asked, found = thing
    if found == "too little" or found == "too much":
        return _STRENGTH[found]
    return _INSTEAD[asked].get(found, _ANYWAY[asked])


def all_live_notes() -> list[str]:
    """Every live note there is, so that a test can weigh each word."""
    lines = [text for notes in _INSTEAD.values() for text in notes.values()]
    return [*lines, *_ANYWAY.values(), *_STRENGTH.values()]


SUSTAINED_S: Final = 1.2
"""A mismatch must last this long; a moment on target takes it back as fast as it grew."""


GAP_S: Final = 6.0
"""Two notes are at least this far apart."""


class MismatchWatch:
    """Follows one line at a time and says when a note is due, and about what."""

    def __init__(self) -> None:
        self._noted_at = -math.inf
        self._said = ""
        self._begin(0.0)

    def _begin(self, t: float) -> None:
        self._counts_from = t + GRACE_S
        self._last = t
        self._off_s = 0.0
        self._spent = False
        self._seconds: dict[Thing, float] = {}

    def line_started(self, t: float) -> None:
        """A line begins at `t`: its one note is unspent and its mismatch is zero."""
        self._begin(t)

    def shift(self, seconds: float) -> None:
        """The script stood still for `seconds`; they count for nothing."""
        self._counts_from += seconds
        self._last += seconds

    def update(self, t: float, thing: Thing | None) -> None:
        """Take the moment `t`: `thing` is what is wrong, None where the face is right or cannot be judged."""
        lasted = min(max(t - max(self._last, self._counts_from), 0.0), HELD_S)
        self._last = t
        if thing is None:
            self._off_s = max(self._off_s - lasted, 0.0)
            return
        self._off_s += lasted
        self._seconds[thing] = self._seconds.get(thing, 0.0) + lasted

    def due(self, t: float, thing: Thing | None) -> bool:
        """Whether a note about `thing` is due at `t`, the moment of the last update."""
        return thing is not None and not self._spent and self._off_s >= SUSTAINED_S and self.allowed(t, thing)

    def worst(self) -> Thing | None:
        """What was wrong for longest in this line, if it was wrong for long enough to say so."""
        worst = max(self._seconds, key=lambda thing: self._seconds[thing], default=None)
        return worst if worst is not None and self._seconds[worst] >= SUSTAINED_S else None

    def allowed(self, t: float, thing: Thing) -> bool:
        """Whether the budget allows a note on `thing` at `t`: far enough from the last one, and in other words."""
        return t - self._noted_at >= GAP_S and live_note(thing) != self._said

    def noted(self, t: float, thing: Thing) -> None:
        """A note on `thing` was given at `t`."""
        self._noted_at, self._said, self._spent = t, live_note(thing), True
