"""Targets of lines: one emotion, several accepted ones, or an arc from one to the next."""

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
"""Known words in lower case, each with its emotion."""

_KNOWN: Final = f"known are {', '.join(EMOTIONS)} and words like scared, joy, mad, calm"


class UnknownEmotionError(ValueError):
    """A word that names no emotion. Its message suggests the nearest known word; `word` is the word as written."""

    def __init__(self, word: str) -> None:
        self.word = word.strip()
        near = difflib.get_close_matches(self.word.lower()[:40], EMOTION_WORDS, n=1, cutoff=0.6)
        guess = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"unknown emotion {self.word[:40]!r}; {guess}{_KNOWN}")


def parse_emotion(word: str) -> Emotion:
    """The emotion named by `word`, in any case.

    Raises:
        UnknownEmotionError: a ValueError whose message suggests the nearest known word.
    """
    emotion = EMOTION_WORDS.get(word.strip().lower())
    if emotion is None:
        raise UnknownEmotionError(word)
    return emotion


MAX_PARTS: Final = 10
"""More parts than this in an arc could be neither played nor read."""

_PERCENT: Final = re.compile(r"\d+(?:\.\d+)?\s*%")

_ARROWS: Final = re.compile(r"\s*(?:[-=]+>|→|⇒|➔)\s*|\s+(?:to|then)\s+", re.I)
_COMMAS: Final = re.compile(r"\s*[;/|&+]\s*|,?\s+(?:and|or)\s+|(?<=[^\W\d])\s+(?=[^\W\d])", re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a target: its accepted emotions, and its start as a share (0 to 1) of the line."""

    accepted: tuple[Emotion, ...]
    start_share: float = 0.0

    def probability(self, probabilities: Sequence[float]) -> float:
        """Sum of the probabilities of the accepted emotions."""
        return sum(probabilities[EMOTIONS.index(emotion)] for emotion in self.accepted)


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a target in order; the first starts at 0."""

    parts: tuple[Part, ...]

    def part_at(self, share: float) -> int:
        """Index of the part that applies at `share` (0 to 1) of the line."""
        return max(i for i, part in enumerate(self.parts) if part.start_share <= max(share, 0.0))

    @property
    def accepted(self) -> tuple[Emotion, ...]:
        """Accepted emotions of all parts, in order, each once."""
        found: dict[Emotion, None] = {}
        for part in self.parts:
            found.update(dict.fromkeys(part.accepted))
        return tuple(found)

    def __str__(self) -> str:
        """The target in script syntax, such as ``sad > fear @60%`` or ``fear, surprise``; `parse_target` parses it."""
        words = [", ".join(part.accepted) for part in self.parts]
        starts = [f" @{part.start_share * 100:.4g}%" if i else "" for i, part in enumerate(self.parts)]
        return " > ".join(word + start for word, start in zip(words, starts, strict=True))


def parse_target(value: object) -> Target | None:
    """Parse ``"sad"``, ``"fear, surprise"``, ``["fear", "surprise"]`` or ``"sad > fear @60%"``; None if empty.

    In an arc of n parts, part i (from 0) starts at i / n unless it says otherwise; rounded to a hundredth of a percent.

    Raises:
        ValueError: a word is unknown, a start is outside 0 to 100 %, or the starts do not increase.
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
    """`text` with the separators of targets, such as ``fear, surprise`` for ``fear/surprise``; None if it is none."""
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
    starts = [part.start_share for part in parts]
    if starts[0] != 0:
        raise ValueError("the first emotion of an arc begins at 0 %; put the place behind the emotion it leads to")
    if any(later <= earlier for earlier, later in pairwise(starts)) or starts[-1] >= 1:
        raise ValueError(f"the places of an arc must rise between 0 and 100 %, found {text.strip()[:60]!r}")
    return Target(parts)


def _parse_part(piece: str, start_share: float) -> Part:
    words, at, place = (text.strip() for text in piece.partition("@"))
    if at and not _PERCENT.fullmatch(place):
        raise ValueError(f"expected the place of an arc such as @60%, found {'@' + place[:20]!r}")
    if at:
        start_share = round(float(place.rstrip("% ")), 2) / 100
    accepted = words.split(",")
    if not all(word.strip() for word in accepted):
        raise ValueError(f"an emotion is missing{f' in {piece.strip()[:60]!r}' if piece.strip() else ''}")
    return Part(tuple(dict.fromkeys(parse_emotion(word) for word in accepted)), start_share)


def or_list(emotions: Sequence[str]) -> str:
    """Emotions joined by "or": ``fear or surprise``."""
    return " or ".join(emotions)
