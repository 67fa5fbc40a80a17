"""Norms: shares of viewers that trained actors reach, and the thresholds for a hit derived from them.

The figures are computed from the published votes of CREMA-D (Cao and others 2014, Open Database License): 91 actors,
about ten viewers per clip. Only viewers who saw the face without sound are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from coach.base.messages import in_each_language, mark, tr
from coach.base.settings import Strictness
from coach.base.text import join_with_and
from coach.base.types import EMOTIONS, Emotion
from coach.core.reading.card import EvidenceCard, ModelCard
from coach.core.scoring.evidence import VIEWERS_ASKED, tenths, viewer_share
from coach.core.script.targets import Part, emotion_noun, emotion_nouns

Level = Literal["low", "medium", "high", "all"]
"""Intended intensity of an emotion; ``all`` includes clips of any and of unspecified intensity."""

_NORM_TEXTS: Final[dict[Level, str]] = {
    "low": mark("trained actors typically reach {median} of 10 with slight {emotion}"),
    "medium": mark("trained actors typically reach {median} of 10 with medium {emotion}"),
    "high": mark("trained actors typically reach {median} of 10 with strong {emotion}"),
    "all": mark("trained actors typically reach {median} of 10 with {emotion}"),
}
"""Sentences about the norm of each level."""

NEUTRAL_EVIDENCE: Final = 0.0
"""Evidence for any emotion on a neutral face, because evidence is measured above the baseline."""

ABOVE_NEUTRAL: Final = 0.1
"""Smallest difference between the threshold for a hit and the share of viewers for a neutral face."""

LOW_BELOW: Final = 0.34
"""An intensity band is low if its middle is below this."""

HIGH_ABOVE: Final = 0.66
"""An intensity band is high if its middle is above this; otherwise it is medium unless it is low."""

LEVEL_BANDS: Final[dict[Level, tuple[float, float] | None]] = {
    "low": (0.0, 0.5),
    "medium": (0.25, 0.75),
    "high": (0.5, 1.0),
    "all": None,
}
"""An example band of each level, for tables."""


class ActorShares(NamedTuple):
    """Mean and quartiles, over all clips, of the share of a clip's viewers who named the intended emotion."""

    mean: float
    lower: float
    median: float
    upper: float


ACTOR_SHARES: Final[dict[Emotion, dict[Level, ActorShares]]] = {
    "angry": {
        "low": ActorShares(0.22, 0.00, 0.20, 0.36),
        "medium": ActorShares(0.47, 0.22, 0.44, 0.73),
        "high": ActorShares(0.81, 0.70, 0.90, 1.00),
        "all": ActorShares(0.57, 0.30, 0.60, 0.88),
    },
    "disgust": {
        "low": ActorShares(0.57, 0.25, 0.67, 0.80),
        "medium": ActorShares(0.50, 0.20, 0.44, 0.78),
        "high": ActorShares(0.49, 0.20, 0.50, 0.78),
        "all": ActorShares(0.54, 0.30, 0.56, 0.80),
    },
    "fear": {
        "low": ActorShares(0.23, 0.00, 0.20, 0.30),
        "medium": ActorShares(0.32, 0.10, 0.27, 0.56),
        "high": ActorShares(0.58, 0.30, 0.67, 0.88),
        "all": ActorShares(0.44, 0.20, 0.40, 0.70),
    },
    "happy": {
        "low": ActorShares(0.83, 0.80, 0.90, 1.00),
        "medium": ActorShares(0.89, 0.89, 0.90, 1.00),
        "high": ActorShares(0.91, 0.89, 0.90, 1.00),
        "all": ActorShares(0.88, 0.88, 0.90, 1.00),
    },
    "sad": {
        "low": ActorShares(0.25, 0.10, 0.22, 0.40),
        "medium": ActorShares(0.31, 0.11, 0.29, 0.50),
        "high": ActorShares(0.38, 0.12, 0.40, 0.56),
        "all": ActorShares(0.32, 0.10, 0.30, 0.50),
    },
    "neutral": {"all": ActorShares(0.71, 0.60, 0.78, 0.89)},
}
"""Shares by emotion and intensity. No actor played surprise, and neutral has no intensity."""

SHARES_CAVEAT: Final = mark("Viewer numbers are estimated from photos, not from people speaking.")
"""Printed once on every report that quotes a share."""


_MISSES: Final = mark("This camera misses some right faces")
"""Begins the sentence on misses in every language, by which it is found in a stored report."""


_SHIPPED_FACES: Final = mark("326 portraits labelled by one person and 317 posed pictures of 40 people")
"""The faces on which misses of the shipped model were counted, as its card names them."""


def misses_sentence(card: ModelCard, emotions: Iterable[Emotion]) -> str:
    """How often the camera misses a right face, for each of `emotions` in the order of the labels; empty if unknown."""
    wanted = set(emotions)
    known = card.misses.counts if card.misses else {}
    counts = [(emotion, known[emotion]) for emotion in EMOTIONS if emotion in wanted and emotion in known]
    texts = [
        tr("{emotion} in {missed} of {faces}", emotion=emotion_noun(emotion), missed=missed, faces=faces)
        for emotion, (missed, faces) in counts
    ]
    if card.misses is None or not texts:
        return ""
    return f"{tr(_MISSES)}: {join_with_and(texts)} ({tr(card.misses.source)})."


def limit_text(limit: str) -> str:
    """The limits of a model in the words of this version: a stored report has those of the version that made it."""
    misses = ("".join(limit.partition(beginning)[1:]) for beginning in in_each_language(_MISSES))
    return " ".join(filter(None, [tr(SHARES_CAVEAT), *misses]))


_QUARTILE_INDEX: Final[dict[Strictness, int]] = {"gentle": 0, "standard": 1, "strict": 2}
"""Index, in the three quartiles, of the one that makes a hit."""


def level_of(band: tuple[float, float] | None) -> Level:
    """Intensity level of the middle of `band`; ``all`` without a band."""
    if band is None:
        return "all"
    middle = round((band[0] + band[1]) / 2, 4)
    if middle < LOW_BELOW:
        return "low"
    return "high" if middle > HIGH_ABOVE else "medium"


def actor_shares(emotion: Emotion, band: tuple[float, float] | None = None) -> ActorShares | None:
    """Shares of viewers that trained actors reach with `emotion` at the intensity of `band`; None for surprise."""
    return _actor_shares(emotion, level_of(band))


def _actor_shares(emotion: Emotion, level: Level) -> ActorShares | None:
    levels = ACTOR_SHARES.get(emotion)
    return levels.get(level, levels["all"]) if levels else None


def quartiles(card: EvidenceCard, emotion: Emotion, band: tuple[float, float] | None) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of the shares of viewers that trained actors reach with `emotion`.

    If no actor played `emotion`, they are those of the card's held-out faces.
    """
    return _quartiles(card, emotion, level_of(band))


def _quartiles(card: EvidenceCard, emotion: Emotion, level: Level) -> tuple[float, float, float]:
    actors = _actor_shares(emotion, level)
    return (actors.lower, actors.median, actors.upper) if actors else card.quartiles[emotion]


def threshold(
    card: EvidenceCard, emotion: Emotion, band: tuple[float, float] | None = None, strictness: Strictness = "standard"
) -> float:
    """Share of viewers that makes a hit.

    It is the actors' quartile for `strictness`, at most ``card.typical[emotion]``. Then, except for neutral, it is
    raised to at least the share for a neutral face plus `ABOVE_NEUTRAL`.
    """
    return _threshold(card, emotion, level_of(band), _QUARTILE_INDEX[strictness])


def _threshold(card: EvidenceCard, emotion: Emotion, level: Level, quartile_index: int) -> float:
    share = min(_quartiles(card, emotion, level)[quartile_index], card.typical[emotion])
    if emotion == "neutral":
        return share
    return max(share, viewer_share(card, emotion, NEUTRAL_EVIDENCE) + ABOVE_NEUTRAL)


def lowest_threshold(
    card: EvidenceCard, part: Part, band: tuple[float, float] | None = None, strictness: Strictness = "standard"
) -> tuple[Emotion, float]:
    """The accepted emotion of `part` with the lowest threshold, and that threshold, which applies to the whole part."""
    level, quartile_index = level_of(band), _QUARTILE_INDEX[strictness]
    easiest, lowest = part.accepted[0], math.inf
    for emotion in part.accepted:
        share = _threshold(card, emotion, level, quartile_index)
        if share < lowest:
            easiest, lowest = emotion, share
    return easiest, lowest


def viewers_text(share: float) -> str:
    """A share of viewers as text: ``6 of 10 viewers``."""
    return tr("{viewers} of {asked} viewers", viewers=tenths(share), asked=VIEWERS_ASKED)


def would_see(share: float, target: str) -> str:
    """How many viewers would see `target`, nouns of emotions: ``6 of 10 viewers would see fear``."""
    return tr("{viewers} would see {target}", viewers=viewers_text(share), target=target)


def norm_sentence(card: EvidenceCard, part: Part, band: tuple[float, float] | None, share: float) -> str:
    """Compare a share with its norm: ``6 of 10 viewers would see fear; trained actors typically reach 4 of 10``."""
    emotion, _ = lowest_threshold(card, part, band)
    median = tenths(quartiles(card, emotion, band)[1])
    start, noun = would_see(share, emotion_nouns(part.accepted)), emotion_noun(emotion)
    if actor_shares(emotion, band) is None:
        text = tr("photos of {emotion} typically reach {median} of 10", emotion=noun, median=median)
    elif band is not None and emotion != "neutral":
        text = tr(_NORM_TEXTS[level_of(band)], emotion=noun, median=median)
    elif len(part.accepted) > 1:
        text = tr(_NORM_TEXTS["all"], emotion=noun, median=median)
    else:
        text = tr("trained actors typically reach {median} of 10", median=median)
    return f"{start}; {text}"
