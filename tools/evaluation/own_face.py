"""How well a person is recognised from examples of their own face, and which verdicts the coach would give then.

All that is learnt from strangers (the spread of the points) is learnt without the person who is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.actor.alignment import EXPRESSION_POINTS, level, mean_shape, turn_to
from coach.core.actor.examples import Example, Face
from coach.core.actor.likeness import Likeness
from coach.core.actor.own_verdict import answer, join, note_stands
from coach.core.actor.spread import Spread
from coach.core.scoring.evidence import MAX_BASELINE_SHIFT, weigh
from coach.core.scoring.norms import threshold
from coach.core.scoring.verdict import verdict_of
from coach.core.script.targets import Part
from tools.datasets.actors import ACROSS_SESSIONS, ActorFaces
from tools.datasets.fer import DataError
from tools.evaluation.metrics import Interval, roc_auc
from tools.evaluation.predictions import NEUTRAL

if TYPE_CHECKING:
    from coach.core.actor.own_verdict import OwnAnswer
    from coach.core.reading.card import EvidenceCard
    from coach.core.scoring.evidence import PartEvidence

POINT_SHRINKAGE: Final = 0.5
"""Share of the mean over all points in the variance of each; with 20 people per point, it is learnt only roughly."""

_LEAST_POINT_VARIANCE: Final = 1e-6
_LEAST_ODDS_VARIANCE: Final = 0.05
"""Variances are at least this, about a fiftieth and a tenth of those of real people, so that faces without any
variance do not make every difference infinite."""

_FARTHEST: Final = 99.0
"""Lead of a tag without an example, below all others."""


# --- what is learnt from strangers ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Scatter:
    """Sums of squares within the emotions of one person, and their degrees of freedom."""

    points: NDArray[np.float64]
    log_odds: float
    freedom: int

    def __add__(self, other: _Scatter) -> _Scatter:
        return _Scatter(self.points + other.points, self.log_odds + other.log_odds, self.freedom + other.freedom)


def learn_spread(faces: ActorFaces, log_odds: NDArray[np.float64]) -> Spread:
    """Learn the spread within one emotion of one person from all `faces`, with their even-handed `log_odds` (N, 7).

    Raises:
        DataError: nobody has two faces of an emotion.
    """
    return _spread(list(_scatters(faces, log_odds).values()))


def spreads_without(faces: ActorFaces, log_odds: NDArray[np.float64]) -> dict[int, Spread]:
    """For each person, the spread that the others have.

    Raises:
        DataError: there are too few people with two faces of an emotion.
    """
    scatters = _scatters(faces, log_odds)
    return {person: _spread([scatter for other, scatter in scatters.items() if other != person]) for person in scatters}


def _spread(scatters: list[_Scatter]) -> Spread:
    total = sum(scatters, _Scatter(np.zeros(len(EXPRESSION_POINTS)), 0.0, 0))
    if not total.freedom:
        raise DataError("The spread is learnt from other people: at least two must have two faces of an emotion.")
    points = total.points / total.freedom
    shrunk = (1 - POINT_SHRINKAGE) * points + POINT_SHRINKAGE * points.mean()
    return Spread(np.maximum(shrunk, _LEAST_POINT_VARIANCE), max(total.log_odds / total.freedom, _LEAST_ODDS_VARIANCE))


def _scatters(faces: ActorFaces, log_odds: NDArray[np.float64]) -> dict[int, _Scatter]:
    shapes = level(faces.points)
    people = np.unique(faces.actor).tolist()
    masks = {person: faces.actor == person for person in people}
    return {person: _scatter(shapes[own], log_odds[own], faces.label[own]) for person, own in masks.items()}


def _scatter(shapes: NDArray[np.float64], log_odds: NDArray[np.float64], labels: NDArray[np.int64]) -> _Scatter:
    turned = turn_to(mean_shape(shapes), shapes)[..., :2]
    points, odds, freedom = np.zeros(turned.shape[1]), 0.0, 0
    for label in np.unique(labels):
        same = labels == label
        points += turned[same].var(0).mean(-1) * same.sum()
        odds += float(log_odds[same].var(0).mean() * same.sum())
        freedom += int(same.sum()) - 1
    return _Scatter(points, odds, freedom)


# --- draws of examples ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Draw:
    """The examples of one person, and the faces to judge by them, as indices (E,) and (J,)."""

    examples: NDArray[np.int64]
    judged: NDArray[np.int64]


def draw_person(faces: ActorFaces, person: int, shots: int, rng: np.random.Generator) -> Draw:
    """Draw at most `shots` examples of each emotion of a person; the rest is judged.

    In the group of two sessions they are drawn from one session, and the faces of the others are judged.
    """
    own = np.flatnonzero(faces.actor == person)
    across = faces.group[own[0]] == ACROSS_SESSIONS
    allowed = own[faces.session[own] == rng.choice(np.unique(faces.session[own]))] if across else own
    examples = np.concatenate(
        [rng.permutation(allowed[faces.label[allowed] == label])[:shots] for label in np.unique(faces.label[allowed])]
    )
    judged = np.setdiff1d(own, allowed if across else examples)
    return Draw(examples, judged[np.isin(faces.label[judged], faces.label[examples])])


# --- rates ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VerdictRates:
    """Shares of hits, misses and notes with the right tag and with each of the six wrong ones."""

    hit_right: float
    miss_right: float
    note_right: float
    hit_wrong: float
    miss_wrong: float
    note_wrong: float


@dataclass(frozen=True)
class OwnRates:
    """What examples of a person's own face give in one draw.

    Attributes:
        right: share of faces whose nearest example has the right label.
        tag: mean area under the ROC curve of the tags, by the lead of the tag.
        yes, near: shares of faces that are like, or near, the examples of their right tag.
        viewers: verdicts by viewers alone.
        joined: verdicts by viewers and the examples together.
    """

    right: float
    tag: float
    yes: float
    near: float
    viewers: VerdictRates
    joined: VerdictRates


def own_rates(
    faces: ActorFaces,
    log_odds: NDArray[np.float64],
    spreads: dict[int, Spread],
    card: EvidenceCard,
    shots: int,
    rng: np.random.Generator,
) -> OwnRates:
    """Draw examples of every person of one group, and judge the rest.

    Raises:
        DataError: no face is left to judge.
    """
    outcomes: list[_Outcome] = []
    for person in np.unique(faces.actor).tolist():
        draw = draw_person(faces, person, shots, rng)
        if len(draw.judged):
            outcomes += _judge(faces, log_odds, draw, spreads[person], card)
    if not outcomes:
        raise DataError(f"With {shots} examples of each emotion, no face is left to judge.")
    return _rates(outcomes)


@dataclass(frozen=True, eq=False)
class _Outcome:
    """One judged face: its label, and for each tag (7) the verdicts and the notes."""

    label: int
    nearest: int
    answers: list[OwnAnswer | None]
    viewers: list[tuple[str, bool]]
    joined: list[tuple[str, bool]]


def _judge(
    faces: ActorFaces, log_odds: NDArray[np.float64], draw: Draw, spread: Spread, card: EvidenceCard
) -> Iterator[_Outcome]:
    likeness = Likeness([_example(faces, log_odds, i) for i in draw.examples], general=spread)
    distances = likeness.distances_of(faces.points[draw.judged], log_odds[draw.judged])
    baseline = _baseline(card, log_odds[draw.examples[faces.label[draw.examples] == NEUTRAL]])
    thresholds = [threshold(card, emotion) for emotion in EMOTIONS]
    for i, row in zip(draw.judged, distances, strict=True):
        evidence = _weigh(card, baseline, tuple(log_odds[i].tolist()))
        answers = [answer(row.tolist(), (emotion,)) for emotion in EMOTIONS]
        verdicts = [verdict_of(each, asked) for each, asked in zip(evidence, thresholds, strict=True)]
        notes = [each.deserves_note(asked) for each, asked in zip(evidence, thresholds, strict=True)]
        joined = [join(verdict, own).verdict for verdict, own in zip(verdicts, answers, strict=True)]
        allowed = [
            note and verdict != "hit" and note_stands(own)
            for note, verdict, own in zip(notes, joined, answers, strict=True)
        ]
        yield _Outcome(
            int(faces.label[i]),
            int(row.argmin()),
            answers,
            list(zip(verdicts, notes, strict=True)),
            list(zip(joined, allowed, strict=True)),
        )


def _example(faces: ActorFaces, log_odds: NDArray[np.float64], i: int) -> Example:
    return Example(Face(faces.points[i], log_odds[i]), EMOTIONS[faces.label[i]], session=int(faces.session[i]))


def _baseline(card: EvidenceCard, neutral: NDArray[np.float64]) -> list[float]:
    """The person's rest by their `neutral` examples (E, 7), limited as in a rehearsal; the card's without any."""
    default = np.array([card.neutral[emotion] for emotion in EMOTIONS])
    mean = neutral.mean(0) if len(neutral) else default
    return [float(value) for value in np.clip(mean, default - MAX_BASELINE_SHIFT, default + MAX_BASELINE_SHIFT)]


def _weigh(card: EvidenceCard, baseline: list[float], odds: tuple[float, ...]) -> list[PartEvidence]:
    return [weigh(card, baseline, part, odds, odds[i]) for i, part in enumerate(_PARTS)]


_PARTS: Final = [Part((emotion,)) for emotion in EMOTIONS]


def _rates(outcomes: list[_Outcome]) -> OwnRates:
    labels = np.array([outcome.label for outcome in outcomes])
    leads = np.array([[each.lead if each else -_FARTHEST for each in outcome.answers] for outcome in outcomes])
    areas = [roc_auc(leads[:, i], labels == i) for i in range(len(EMOTIONS))]
    own = [outcome.answers[outcome.label] for outcome in outcomes]
    kinds = [each.kind if each else "" for each in own]
    return OwnRates(
        right=float(np.mean([outcome.nearest == outcome.label for outcome in outcomes])),
        tag=float(np.nanmean(areas)),
        yes=kinds.count("yes") / len(kinds),
        near=kinds.count("near") / len(kinds),
        viewers=_verdict_rates([outcome.viewers for outcome in outcomes], labels),
        joined=_verdict_rates([outcome.joined for outcome in outcomes], labels),
    )


def _verdict_rates(verdicts: list[list[tuple[str, bool]]], labels: NDArray[np.int64]) -> VerdictRates:
    """Rates of `verdicts`, a pair of verdict and note for each face and tag."""
    right = np.arange(len(EMOTIONS)) == labels[:, None]
    names = np.array([[verdict for verdict, _ in row] for row in verdicts])
    notes = np.array([[note for _, note in row] for row in verdicts])
    events = (names == "hit", names == "miss", notes)
    shares = [float(event[which].mean()) for which in (right, ~right) for event in events]
    return VerdictRates(*shares)


# --- over many draws ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """Mean of a rate over the draws, and the interval in which 95 % of the draws lie."""

    mean: float
    interval: Interval


def estimates(rates: list[OwnRates]) -> dict[str, Estimate]:
    """Each rate over many draws, by its name; those of verdicts as ``joined.miss_right``."""
    rows = [_flat(each) for each in rates]
    return {name: _estimate([row[name] for row in rows]) for name in rows[0]}


def _flat(rates: OwnRates) -> dict[str, float]:
    flat = {name: float(getattr(rates, name)) for name in ("right", "tag", "yes", "near")}
    for who, verdicts in (("viewers", rates.viewers), ("joined", rates.joined)):
        flat |= {f"{who}.{name}": float(value) for name, value in asdict(verdicts).items()}
    return flat


def _estimate(values: list[float]) -> Estimate:
    low, high = np.percentile(values, (2.5, 97.5))
    return Estimate(float(np.mean(values)), (float(low), float(high)))
