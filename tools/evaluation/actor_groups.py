"""All results of `tools.evaluate_actor` for each group of people: figures, tables and one row of JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.datasets.actors import ACROSS_SESSIONS
from tools.datasets.fer import DataError
from tools.evaluation.action_units import SIX_UNITS, unit_scores
from tools.evaluation.metrics import log_odds, roc_auc
from tools.evaluation.own_face import Estimate, estimates, own_rates, spreads_without
from tools.evaluation.predictions import to_even_handed
from tools.evaluation.tables import Table, number, percent

if TYPE_CHECKING:
    from coach.core.reading.card import ModelCard
    from tools.datasets.actors import ActorFaces
    from tools.evaluation.action_units import UnitScores


@dataclass(frozen=True)
class Reading:
    """Share of faces that a reading gets right among the seven, and its mean area under the ROC curve of the tags."""

    right: float
    tag: float


@dataclass(frozen=True)
class GroupResult:
    """The results of one group.

    Attributes:
        group: its number in the file.
        shots: examples of each emotion of a person, as asked for; a person with fewer faces gives fewer.
        people, faces: their numbers.
        population: everybody's model, even-handed.
        centred: its log odds minus their mean over all faces of the person.
        own: examples of the person's own face; each rate over the draws.
        units: six action units.
    """

    group: int
    shots: int
    people: int
    faces: int
    population: Reading
    centred: Reading
    own: dict[str, Estimate]
    units: UnitScores


def even_odds(faces: ActorFaces, card: ModelCard) -> NDArray[np.float64]:
    """Even-handed log odds (N, 7) of `faces`, by the `card` of the model that made their probabilities."""
    return log_odds(to_even_handed(faces.probabilities, card))


def evaluate_groups(faces: ActorFaces, card: ModelCard, shots: int, seeds: range) -> list[GroupResult]:
    """Evaluate each group of `faces` with `shots` examples of each emotion, drawn once for each of `seeds`.

    Raises:
        DataError: there are too few people or faces, or the model does not predict shares of viewers.
    """
    if card.evidence is None:
        raise DataError(f"Verdicts need a model that predicts shares of viewers; {card.name} does not.")
    odds = even_odds(faces, card)
    spreads = spreads_without(faces, odds)
    results = []
    for group, own in faces.groups():
        own_odds = odds[faces.group == group]
        rates = [own_rates(own, own_odds, spreads, card.evidence, shots, np.random.default_rng(seed)) for seed in seeds]
        results.append(
            GroupResult(
                group=group,
                shots=shots,
                people=len(np.unique(own.actor)),
                faces=len(own),
                population=_reading(own, own_odds),
                centred=_reading(own, own_odds - _means(own, own_odds)),
                own=estimates(rates),
                units=unit_scores(own, seeds.start),
            )
        )
    return results


def _reading(faces: ActorFaces, odds: NDArray[np.float64]) -> Reading:
    areas = [roc_auc(odds[:, i], faces.label == i) for i in range(len(EMOTIONS))]
    return Reading(float((odds.argmax(1) == faces.label).mean()), float(np.nanmean(areas)))


def _means(faces: ActorFaces, odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each face, the mean log odds (N, 7) of its person."""
    means = np.empty_like(odds)
    for person in np.unique(faces.actor):
        means[faces.actor == person] = odds[faces.actor == person].mean(0)
    return means


def as_row(result: GroupResult) -> dict[str, float | int | None]:
    """The figures of a group for JSON; None where too few faces or people gave none."""
    own = {name: estimate.mean for name, estimate in result.own.items()}
    figures = {
        "population": result.population.right,
        "right": own["right"],
        "tag": own["tag"],
        "note_right": own["joined.note_right"],
        "miss_right": own["joined.miss_right"],
        "miss_wrong": own["joined.miss_wrong"],
        **asdict(result.units),
    }
    counts = {"group": result.group, "shots": result.shots, "people": result.people, "faces": result.faces}
    return counts | {name: round(value, 4) if np.isfinite(value) else None for name, value in figures.items()}


_RATES: Final = ("hit_right", "miss_right", "note_right", "hit_wrong", "miss_wrong", "note_wrong")


def tables_of(result: GroupResult) -> list[Table]:
    """The tables of one group."""
    return [_recognition(result), _verdicts(result), _units(result)]


def _recognition(result: GroupResult) -> Table:
    across = "; examples from one session, judged in the others" if result.group == ACROSS_SESSIONS else ""
    title = f"Group {result.group}: {result.people} people, {result.faces} faces, {_examples(result)}{across}"
    own = {name: _with_interval(estimate, as_percent=name != "tag") for name, estimate in result.own.items()}
    rows = (
        ("everybody's model", percent(result.population.right), number(result.population.tag), "", ""),
        ("centred on the person", percent(result.centred.right), number(result.centred.tag), "", ""),
        ("own examples", *(own[name] for name in ("right", "tag", "yes", "near"))),
    )
    note = "among the seven; brackets: 95 % of the draws of examples, not of other people"
    return Table(title, ("", "right", "tag test", 'said "yes"', 'said "near"'), rows, note)


def _verdicts(result: GroupResult) -> Table:
    rows = tuple(
        (who, *(_with_interval(result.own[f"{key}.{rate}"]) for rate in _RATES))
        for who, key in (("viewers alone", "viewers"), ("viewers and own", "joined"))
    )
    header = ("verdict by", *(f"{tag} tag: {what}" for what, tag in (rate.split("_") for rate in _RATES)))
    return Table(f"Group {result.group}: verdicts and notes", header, rows, "wrong: under each of the six other tags")


def _units(result: GroupResult) -> Table:
    units = result.units
    rows = (
        ("known people", percent(units.knn_known), percent(units.mlp_known)),
        ("strangers", percent(units.knn_strangers), percent(units.mlp_strangers)),
    )
    note = f"{', '.join(SIX_UNITS)}; known: other faces of the same people were learnt from"
    return Table(f"Group {result.group}: six action units", ("", "3-NN", "MLP"), rows, note)


def _examples(result: GroupResult) -> str:
    return "one example of each emotion" if result.shots == 1 else f"{result.shots} examples of each emotion"


def _with_interval(estimate: Estimate, *, as_percent: bool = True) -> str:
    """A rate as text: ``94.8% (91.2 to 97.5)``."""
    if as_percent:
        low, high = (f"{100 * end:.1f}" for end in estimate.interval)
        return f"{percent(estimate.mean)} ({low} to {high})"
    low, high = map(number, estimate.interval)
    return f"{number(estimate.mean)} ({low} to {high})"
