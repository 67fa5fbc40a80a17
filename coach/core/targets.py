"""What a line asks of the face: one emotion, several accepted ones, or an arc from one to the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coach.core.emotions import emotion_of
from coach.types import EMOTIONS, Emotion

_BEGINS = re.compile(r"^(?P<words>.*?)\s*(?:@\s*(?P<percent>\d+(?:\.\d+)?)\s*%)?$", re.DOTALL)


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
        """As a script writes it, such as ``sad > fear @60%`` or ``fear, surprise``."""
        words = [", ".join(part.accepted) for part in self.parts]
        places = [f" @{part.begins * 100:g}%" if i else "" for i, part in enumerate(self.parts)]
        return " > ".join(word + place for word, place in zip(words, places, strict=True))


def parse_target(value: object) -> Target | None:
    """A target from ``"sad"``, ``"fear, surprise"``, ``["fear", "surprise"]``, ``"sad > fear @60%"``, or nothing.

    Parts of an arc without a place share the line equally.

    Raises:
        ValueError: an unknown word, a place outside 0 to 100 %, or places that do not rise.
    """
    if value is None or isinstance(value, Target):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not all(isinstance(word, str) for word in value):
            raise ValueError("expected a word or a list of words")
        value = ", ".join(value)
    if not isinstance(value, str):
        raise ValueError(f"expected an emotion such as 'sad', found {type(value).__name__}")
    return _parse_arc(value) if value.strip() else None


def _parse_arc(text: str) -> Target:
    pieces = text.split(">")
    parts = tuple(_parse_part(piece, i / len(pieces)) for i, piece in enumerate(pieces))
    places = [part.begins for part in parts]
    if places[0] != 0:
        raise ValueError("the first emotion of an arc begins at 0 %; put the place behind the emotion it leads to")
    if any(later <= earlier for earlier, later in zip(places, places[1:], strict=False)) or places[-1] >= 1:
        raise ValueError(f"the places of an arc must rise between 0 and 100 %, found {text.strip()[:60]!r}")
    return Target(parts)


def _parse_part(piece: str, begins: float) -> Part:
    match = _BEGINS.match(piece.strip())
    words = match["words"] if match else piece
    if match and match["percent"]:
        begins = float(match["percent"]) / 100
    if not words.strip():
        raise ValueError("an emotion is missing")
    return Part(tuple(dict.fromkeys(emotion_of(word) for word in words.split(","))), begins)
