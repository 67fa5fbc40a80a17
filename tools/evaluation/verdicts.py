"""What the coach would say of each face or clip under each of the seven tags, where the card speaks for viewers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

import numpy as np
from numpy.typing import NDArray

from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion
from coach.core.scoring.evidence import Found, find
from coach.core.scoring.norms import threshold
from coach.core.scoring.verdict import verdict_of
from coach.core.script.targets import Part
from tools.evaluation.metrics import Reliability, reliability
from tools.evaluation.predictions import NEUTRAL

if TYPE_CHECKING:
    from coach.core.reading.card import EvidenceCard
    from tools.evaluation.predictions import Pooled

STRICTNESSES: Final[tuple[Strictness, ...]] = get_args(Strictness)
NOTED: Final[Strictness] = "standard"
"""The strictness at which verdicts are told tag by tag."""


@dataclass(frozen=True)
class Given:
    """Shares of the verdicts, and of a note that may be spoken, over all faces that are held against such tags."""

    hit: float
    partial: float
    miss: float
    note: float


@dataclass(frozen=True)
class Rates:
    """Every face under its own tag, and every face under each of the six others."""

    right_tag: Given
    wrong_tag: Given


@dataclass(frozen=True)
class Verdicts:
    """By strictness, and at `NOTED` by tag."""

    rates: dict[Strictness, Rates]
    tags: dict[Emotion, Rates]


@dataclass(frozen=True)
class ShareTest:
    """The expected share of viewers against the real one: all tags in one diagram, and tag by tag."""

    together: Reliability
    tags: dict[Emotion, Reliability]


def judge_verdicts(card: EvidenceCard, found: list[list[Found]], truth: NDArray[np.int64]) -> Verdicts:
    """What the coach would have said of items with these true tags, by what it `found` in them.

    No actor's own rest is known here, so that of the card stands in. A note is judged on the whole clip, though the
    coach may give it on the way.
    """
    by_strictness = {strictness: rates(card, found, truth, strictness) for strictness in STRICTNESSES}
    return Verdicts(by_strictness, {tag: rates(card, found, truth, NOTED, only=tag) for tag in EMOTIONS})


def look(card: EvidenceCard, even: Pooled) -> list[list[Found]]:
    """What speaks for each item (M) under each tag (7), by the coach's own rule."""
    rest = [card.neutral[emotion] for emotion in EMOTIONS]
    parts = [Part((emotion,)) for emotion in EMOTIONS]
    pairs = zip(even.strongest.tolist(), even.whole.tolist(), strict=True)
    rows = [[whole if i == NEUTRAL else strong for i in range(len(EMOTIONS))] for strong, whole in pairs]
    return [[find(card, rest, part, row[i], row[i][i]) for i, part in enumerate(parts)] for row in rows]


def rates(
    card: EvidenceCard,
    found: list[list[Found]],
    truth: NDArray[np.int64],
    strictness: Strictness,
    only: Emotion | None = None,
) -> Rates:
    """How often each verdict and a note fall under right tags and under wrong ones; `only` one tag's where given."""
    asked = [threshold(card, emotion, None, strictness) for emotion in EMOTIONS]
    said: dict[bool, list[tuple[str, bool]]] = {True: [], False: []}
    for row, right in zip(found, truth.tolist(), strict=True):
        for i, each in enumerate(row):
            if only in (None, EMOTIONS[i]):
                said[i == right].append((verdict_of(each, asked[i]), each.deserves_note(asked[i])))
    return Rates(_given(said[True]), _given(said[False]))


def share_test(found: list[list[Found]], viewers: NDArray[np.float32]) -> ShareTest | None:
    """Expected shares against those of viewers (M, 7), NaN where nobody voted; None where nobody did at all."""
    voted = np.isfinite(viewers).all(1)
    if not voted.any():
        return None
    said = np.array([[each.share for each in row] for row in found])[voted]
    came = viewers[voted].astype(np.float64)
    tags = {emotion: reliability(said[:, i], came[:, i]) for i, emotion in enumerate(EMOTIONS)}
    return ShareTest(reliability(said.ravel(), came.ravel()), tags)


def _given(said: list[tuple[str, bool]]) -> Given:
    if not said:
        return Given(*[float("nan")] * 4)
    count = len(said)
    verdicts = [verdict for verdict, _ in said]
    hit, partial, miss = (verdicts.count(name) / count for name in ("hit", "partial", "miss"))
    return Given(hit, partial, miss, sum(note for _, note in said) / count)
