"""What the director says: live notes of at most four words, and the notes that come with the report.

A live note is an idiom, never a number and never about the person. Research on delivery coaches is behind the shape:
sparse beats continuous, live notes motivate, after-action notes with a drill train.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coach.core.judging import Side
from coach.types import Emotion

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
