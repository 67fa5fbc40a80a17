"""When the director speaks during a line, and what: notes of at most four words, few and never twice.

A live note is an idiom, never a number and never about the person. Research on delivery coaches is behind the shape:
sparse beats continuous, live notes motivate, after-action notes with a drill train.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from coach.base.types import Emotion
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

DRILLS: Final[dict[Emotion, str]] = {
    "angry": "Say the line three times through your teeth, then once without: keep the brows, lose the volume.",
    "disgust": "Think of a smell before the first word; wrinkle the nose, then speak.",
    "fear": "Breathe in and do not let go until the last word; keep the eyes wide and still.",
    "happy": "Smile with the eyes alone first, let the mouth follow on the first word.",
    "sad": "Whisper the line once with the eyes down, then raise only the inner brows and say it.",
    "surprise": "Start from a still face and change it on one single word: brows, eyes, jaw at once.",
    "neutral": "Say the line as directions to a stranger; jaw loose, brows down, no end to play.",
}
"""What to try on the next run, by the emotion asked for."""


STRENGTH_DRILLS: Final[dict[Side, str]] = {
    "too little": "Say the line twice, the second time to somebody across the street: the face grows with the voice.",
    "too much": "Say the line once as a secret, with the eyes alone; then let the mouth join in, no more.",
}
"""What to try when the right emotion was too weak or too strong."""


READ: Final = "the camera read"
"""Who reads the label on top. Of viewers only shares are told, and those the even-handed reading does not give."""


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


def in_words(emotions: Sequence[str]) -> str:
    """Accepted emotions as words: ``fear or surprise``."""
    return " or ".join(emotions)


SUSTAINED_S: Final = 1.2
"""A mismatch must last this long; a moment on target takes it back as fast as it grew."""

GRACE_S: Final = 0.8
"""A face needs this long to change when a line begins; the mismatch counts from then on."""

GAP_S: Final = 6.0
"""Two notes are at least this far apart."""

HELD_S: Final = 1.0
"""A reading speaks for the time until the next one, but never for longer than this."""


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
