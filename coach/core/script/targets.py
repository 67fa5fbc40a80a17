"""What a line asks of the face: one emotion, several accepted ones, or a change from one to the next."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coach.base.types import EMOTIONS, Emotion

_OTHER_WORDS: Final[dict[Emotion, str]] = {
    "angry": "anger mad furious rage irritated",
    "disgust": "disgusted revolted contempt",
    "fear": "scared afraid fearful frightened terrified anxious",
    "happy": "joy joyful happiness glad cheerful delighted",
    "sad": "sadness sorrow grief unhappy sorrowful",
    "surprise": "surprised astonished amazed shocked",
    "neutral": "calm composed blank",
}

EMOTION_WORDS: Final[dict[str, Emotion]] = {emotion: emotion for emotion in EMOTIONS} | {
    word: emotion for emotion, words in _OTHER_WORDS.items() for word in words.split()
}
"""Every known word, in lower case, and the emotion it stands for."""

_KNOWN: Final = f"known are {', '.join(EMOTIONS)} and words like scared, joy, mad, calm"


class UnknownEmotionError(ValueError):
    """A word that stands for no emotion; `word` is as it was written, its message names the nearest known one."""

    def __init__(self, word: str) -> None:
        self.word = word.strip()
        near = difflib.get_close_matches(self.word.lower()[:40], EMOTION_WORDS, n=1, cutoff=0.6)
        guess = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"unknown emotion {self.word[:40]!r}; {guess}{_KNOWN}")


def parse_emotion(word: str) -> Emotion:
    """The emotion that `word` stands for, whatever its case.

    Raises:
        UnknownEmotionError: a ValueError whose message names the nearest known word and the seven emotions.
    """
    emotion = EMOTION_WORDS.get(word.strip().lower())
    if emotion is None:
        raise UnknownEmotionError(word)
    return emotion


MAX_PARTS: Final = 10
"""An arc of more parts than this could be neither played nor read."""

_PLACE: Final = re.compile(r"\d+(?:\.\d+)?\s*%")

_ARROWS: Final = re.compile(r"\s*(?:[-=]+>|→|⇒|➔)\s*|\s+(?:to|then)\s+", re.I)
_COMMAS: Final = re.compile(r"\s*[;/|&+]\s*|,?\s+(?:and|or)\s+|(?<=[^\W\d])\s+(?=[^\W\d])", re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a line: which emotions are accepted, and where it begins as a share (0 to 1) of the line."""

    accepted: tuple[Emotion, ...]
    begins: float = 0.0

    def probability(self, probabilities: Sequence[float]) -> float:
        """Several accepted emotions add up."""
        return sum(probabilities[EMOTIONS.index(emotion)] for emotion in self.accepted)


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a line in order; the first begins at 0."""

    parts: tuple[Part, ...]

    def part_at(self, share: float) -> int:
        """Index of the part that holds at `share` (0 to 1) of the line."""
        return max(i for i, part in enumerate(self.parts) if part.begins <= max(share, 0.0))

    @property
    def accepted(self) -> tuple[Emotion, ...]:
        """Every accepted emotion of every part, in order, each once."""
        return tuple(dict.fromkeys(emotion for part in self.parts for emotion in part.accepted))

    def __str__(self) -> str:
        """As a script writes it, such as ``sad > fear @60%`` or ``fear, surprise``; `parse_target` reads it back."""
        words = [", ".join(part.accepted) for part in self.parts]
        places = [f" @{part.begins * 100:.4g}%" if i else "" for i, part in enumerate(self.parts)]
        return " > ".join(word + place for word, place in zip(words, places, strict=True))


def parse_target(value: object) -> Target | None:
    """A target from ``"sad"``, ``"fear, surprise"``, ``["fear", "surprise"]``, ``"sad > fear @60%"``, or nothing.

    Parts of an arc without a place share the line equally. Places are kept to a hundredth of a percent.

    Raises:
        ValueError: an unknown word, a place outside 0 to 100 %, or places that do not rise.
    """
    if value is None or isinstance(value, Target):
        return value
    if isinstance(value, (list, tuple)):
        value = _joined(value)
    if not isinstance(value, str):
        raise ValueError("expected an emotion such as sad, several such as [fear, surprise], or 'sad > fear @60%'")
    if not value.strip():
        return None
    try:
        return _parse_arc(value)
    except UnknownEmotionError:
        form = corrected_target(value)
        if form is None:
            raise
        raise ValueError(
            f"write [{form}]: a comma stands between emotions that are all right, and > between one and the next; "
            f"found {value.strip()[:60]!r}"
        ) from None


def corrected_target(text: str) -> str | None:
    """`text` with the separators that a target has, such as ``fear, surprise`` for ``fear/surprise``; else None."""
    form = _COMMAS.sub(", ", _ARROWS.sub(" > ", text.strip()[:200]))
    try:
        _parse_arc(form)
    except ValueError:
        return None
    return form


def _joined(words: Sequence[object]) -> str:
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise ValueError("expected a list of emotions such as [fear, surprise]")
    texts = [word for word in words if isinstance(word, str)]
    if len(texts) > 1 and any(">" in text for text in texts):
        raise ValueError("an arc is one text such as 'sad > fear @60%', not a list")
    return ", ".join(texts)


def _parse_arc(text: str) -> Target:
    pieces = text.split(">")
    if len(pieces) > MAX_PARTS:
        raise ValueError(f"an arc has at most {MAX_PARTS} parts, found {len(pieces)}")
    parts = tuple(_parse_part(piece, round(100 * i / len(pieces), 2) / 100) for i, piece in enumerate(pieces))
    places = [part.begins for part in parts]
    if places[0] != 0:
        raise ValueError("the first emotion of an arc begins at 0 %; put the place behind the emotion it leads to")
    if any(later <= earlier for earlier, later in pairwise(places)) or places[-1] >= 1:
        raise ValueError(f"the places of an arc must rise between 0 and 100 %, found {text.strip()[:60]!r}")
    return Target(parts)


def _parse_part(piece: str, begins: float) -> Part:
    words, at, place = (text.strip() for text in piece.partition("@"))
    if at and not _PLACE.fullmatch(place):
        raise ValueError(f"expected the place of an arc such as @60%, found {'@' + place[:20]!r}")
    if at:
        begins = round(float(place.rstrip("% ")), 2) / 100
    accepted = words.split(",")
    if not all(word.strip() for word in accepted):
        raise ValueError(f"an emotion is missing{f' in {piece.strip()[:60]!r}' if piece.strip() else ''}")
    return Part(tuple(dict.fromkeys(parse_emotion(word) for word in accepted)), begins)


def or_list(emotions: Sequence[str]) -> str:
    """Accepted emotions as words: ``fear or surprise``."""
    return " or ".join(emotions)
