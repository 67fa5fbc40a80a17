"""What an audience reads from trained actors' faces, and what that asks of a line.

The figures come from the published votes of CREMA-D (Cao and others 2014, Open Database License): 91 actors, about ten
viewers a clip, here only those who saw the face without sound.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

from coach.base.settings import Strictness
from coach.base.types import Emotion
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.evidence import share_of
from coach.core.script.targets import Part, in_words

Level = Literal["low", "medium", "high", "all"]
"""How strongly an emotion was meant; ``all`` holds every intensity, also unnamed ones."""

ACTORS: Final = 91

ABOVE_NEUTRAL: Final = 0.1
"""No target is met with a share that is not this much above what the curve expects from a neutral face."""

LOW_BELOW: Final = 0.34
HIGH_ABOVE: Final = 0.66
"""The middle of an intensity band below the first is low, above the second high, between them medium."""


MIDDLES: Final[dict[Level, tuple[float, float] | None]] = {
    "low": (0.0, 0.5),
    "medium": (0.25, 0.75),
    "high": (0.5, 1.0),
    "all": None,
}
"""A band of each level, for tables."""


class Reached(NamedTuple):
    """Shares of a clip's viewers who named what the actor meant, over the clips: mean and quartiles."""

    mean: float
    lower: float
    median: float
    upper: float


AUDIENCE: Final[dict[Emotion, dict[Level, Reached]]] = {
    "angry": {
        "low": Reached(0.22, 0.00, 0.20, 0.36),
        "medium": Reached(0.47, 0.22, 0.44, 0.73),
        "high": Reached(0.81, 0.70, 0.90, 1.00),
        "all": Reached(0.57, 0.30, 0.60, 0.88),
    },
    "disgust": {
        "low": Reached(0.57, 0.25, 0.67, 0.80),
        "medium": Reached(0.50, 0.20, 0.44, 0.78),
        "high": Reached(0.49, 0.20, 0.50, 0.78),
        "all": Reached(0.54, 0.30, 0.56, 0.80),
    },
    "fear": {
        "low": Reached(0.23, 0.00, 0.20, 0.30),
        "medium": Reached(0.32, 0.10, 0.27, 0.56),
        "high": Reached(0.58, 0.30, 0.67, 0.88),
        "all": Reached(0.44, 0.20, 0.40, 0.70),
    },
    "happy": {
        "low": Reached(0.83, 0.80, 0.90, 1.00),
        "medium": Reached(0.89, 0.89, 0.90, 1.00),
        "high": Reached(0.91, 0.89, 0.90, 1.00),
        "all": Reached(0.88, 0.88, 0.90, 1.00),
    },
    "sad": {
        "low": Reached(0.25, 0.10, 0.22, 0.40),
        "medium": Reached(0.31, 0.11, 0.29, 0.50),
        "high": Reached(0.38, 0.12, 0.40, 0.56),
        "all": Reached(0.32, 0.10, 0.30, 0.50),
    },
    "neutral": {"all": Reached(0.71, 0.60, 0.78, 0.89)},
}
"""By emotion and intensity. Surprise was not acted; neutral has no intensity."""

LIMIT: Final = (
    "Shares of viewers are estimates, learnt from still faces on which people voted; nobody voted on speaking ones."
)
"""Stands once on every report that quotes a share."""

_PLACE: Final[dict[Strictness, int]] = {"gentle": 0, "standard": 1, "strict": 2}


def level_of(band: tuple[float, float] | None) -> Level:
    """The intensity that a band asks for, by its middle; ``all`` without a band."""
    if band is None:
        return "all"
    middle = round((band[0] + band[1]) / 2, 4)
    if middle < LOW_BELOW:
        return "low"
    return "high" if middle > HIGH_ABOVE else "medium"


def reached(emotion: Emotion, band: tuple[float, float] | None = None) -> Reached | None:
    """What trained actors reach for `emotion` at the intensity of `band`; None for surprise, which was not acted."""
    return _reached(emotion, level_of(band))


def _reached(emotion: Emotion, level: Level) -> Reached | None:
    levels = AUDIENCE.get(emotion)
    return levels.get(level, levels["all"]) if levels else None


def quartiles(card: EvidenceCard, emotion: Emotion, band: tuple[float, float] | None) -> tuple[float, float, float]:
    """The norm before it is clamped: of trained actors, or where there are none of the card's held-out faces."""
    known = reached(emotion, band)
    return (known.lower, known.median, known.upper) if known else card.quartiles[emotion]


def threshold(
    card: EvidenceCard, emotion: Emotion, band: tuple[float, float] | None = None, strictness: Strictness = "standard"
) -> float:
    """Share of viewers that makes a hit: the actors' quartile, but no more than faces typical of `emotion` get.

    Nor less than a neutral face would get and `ABOVE_NEUTRAL`, which comes first where the two cross; for neutral
    itself there is no such least.
    """
    return _threshold(card, emotion, level_of(band), _PLACE[strictness])


def _threshold(card: EvidenceCard, emotion: Emotion, level: Level, place: int) -> float:
    known = _reached(emotion, level)
    quartile = known[place + 1] if known else card.quartiles[emotion][place]
    asked = min(quartile, card.typical[emotion])
    return asked if emotion == "neutral" else max(asked, share_of(card, emotion, 0.0) + ABOVE_NEUTRAL)


def easiest(
    card: EvidenceCard, part: Part, band: tuple[float, float] | None = None, strictness: Strictness = "standard"
) -> tuple[Emotion, float]:
    """The accepted emotion of `part` that asks for the smallest share, and that share, which is enough for all."""
    level, place = level_of(band), _PLACE[strictness]
    easiest, least = part.accepted[0], math.inf
    for emotion in part.accepted:
        asked = _threshold(card, emotion, level, place)
        if asked < least:
            easiest, least = emotion, asked
    return easiest, least


def in_tens(share: float) -> str:
    """A share of viewers as people say it: ``6 of 10 viewers``."""
    return f"{round(share * 10)} of 10 viewers"


def in_comparison(card: EvidenceCard, part: Part, band: tuple[float, float] | None, share: float) -> str:
    """What viewers would read, beside the norm: ``6 of 10 viewers would read fear; half of 91 actors get ...``."""
    emotion, _ = easiest(card, part, band)
    half = round(quartiles(card, emotion, band)[1] * 10)
    told = f"{in_tens(share)} would read {in_words(part.accepted)}; half of"
    if reached(emotion, band) is None:
        return f"{told} the still faces that show {emotion} get {half} or more"
    level = "" if band is None or emotion == "neutral" else f"{level_of(band)} "
    meant = f" for {level}{emotion}" if level or len(part.accepted) > 1 else ""
    return f"{told} {ACTORS} actors get {half} or more{meant}"
