"""The words a script may use for the seven emotions."""

from __future__ import annotations

import difflib
from typing import Final

from coach.types import EMOTIONS, Emotion

_OTHER_WORDS: Final[dict[Emotion, str]] = {
    "angry": "anger mad furious rage irritated",
    "disgust": "disgusted revolted contempt",
    "fear": "scared afraid fearful frightened terrified anxious",
    "happy": "joy joyful happiness glad cheerful delighted",
    "sad": "sadness sorrow grief unhappy sorrowful",
    "surprise": "surprised astonished amazed shocked",
    "neutral": "calm composed blank",
}

WORDS: Final[dict[str, Emotion]] = {emotion: emotion for emotion in EMOTIONS} | {
    word: emotion for emotion, words in _OTHER_WORDS.items() for word in words.split()
}
"""Every known word, in lower case, and the emotion it stands for."""

_KNOWN: Final = f"known are {', '.join(EMOTIONS)} and words like scared, joy, mad, calm"


class UnknownEmotionError(ValueError):
    """A word that stands for no emotion; `word` is as it was written, its message names the nearest known one."""

    def __init__(self, word: str) -> None:
        self.word = word.strip()
        near = difflib.get_close_matches(self.word.lower()[:40], WORDS, n=1, cutoff=0.6)
        guess = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"unknown emotion {self.word[:40]!r}; {guess}{_KNOWN}")


def emotion_of(word: str) -> Emotion:
    """The emotion that `word` stands for, whatever its case.

    Raises:
        UnknownEmotionError: a ValueError whose message names the nearest known word and the seven emotions.
    """
    emotion = WORDS.get(word.strip().lower())
    if emotion is None:
        raise UnknownEmotionError(word)
    return emotion
