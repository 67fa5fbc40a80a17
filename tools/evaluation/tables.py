"""The scores as tables of text, independent of where they are printed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.types import EMOTIONS
from tools.evaluation.robustness import TREATMENTS
from tools.evaluation.verdicts import BY_TAG_STRICTNESS

if TYPE_CHECKING:
    from tools.evaluation.metrics import AverageScores, Interval
    from tools.evaluation.scores import Comparison, Evaluation, Scores
    from tools.evaluation.verdicts import ShareReliability, TagRates, VerdictRates

_VERDICT_COLUMNS: Final = tuple(
    f"{which}: {what}" for which in ("right", "wrong") for what in ("hit", "partial", "miss", "note")
)


@dataclass(frozen=True)
class Table:
    """A title, a header and rows of text; the first column holds names, the others numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def all_tables(evaluations: list[Evaluation], comparisons: list[Comparison]) -> list[Table]:
    """Return the tables of each model, then their comparison."""
    tables = [table for evaluation in evaluations for table in _model(evaluation)]
    return [*tables, _comparison(evaluations, comparisons)] if comparisons else tables


def _model(evaluation: Evaluation) -> Iterator[Table]:
    yield _overview(evaluation)
    for reading, truths in evaluation.scores.items():
        for by, scores in truths.items():
            where = f"{evaluation.card.name}, {reading}, by {by}"
            yield _emotions(where, scores)
            yield _confusion(where, scores)
    for by, verdicts in evaluation.verdicts.items():
        yield from _verdicts(f"{evaluation.card.name}, by {by}", verdicts)
    if evaluation.confidence:
        yield _confidence(evaluation)
    if evaluation.shares:
        yield _shares(evaluation.card.name, evaluation.shares)
    if evaluation.corruptions:
        yield _corruptions(evaluation)
    if evaluation.box_errors:
        yield _box_errors(evaluation)


def _overview(evaluation: Evaluation) -> Table:
    rows = []
    for reading, truths in evaluation.scores.items():
        for by, scores in truths.items():
            rows.append((f"{reading}, by {by}", *_summary(scores), number(evaluation.divergence.get(reading))))
    card, dataset = evaluation.card, evaluation.dataset
    note = f"{len(dataset):,} items"
    note += f"; no face read in {len(dataset.unread)}: {', '.join(dataset.unread[:5])}" if dataset.unread else ""
    note += "; intervals 95 %, bootstrap; divergence from the viewers' votes in nats"
    note += f"; even-handed takes out the prior to the power {card.power:g}" if card.power and card.prior else ""
    header = ("", "count", "accuracy", "macro recall", "tag test", "calibration error", "divergence")
    return Table(f"{card.name} on {dataset.title}", header, tuple(rows), note)


def _summary(scores: Scores) -> tuple[str, ...]:
    return (
        f"{scores.count:,}",
        _with_interval(scores.accuracy, scores.accuracy_interval, as_percent=True),
        _with_interval(scores.macro_recall, scores.macro_recall_interval),
        _with_interval(scores.tags.mean, scores.tags.interval),
        number(scores.calibration.error),
    )


def _emotions(where: str, scores: Scores) -> Table:
    rows = [
        (
            row.emotion,
            str(row.count),
            *map(number, (row.precision, row.recall, row.f1, scores.tags.auc[row.emotion])),
        )
        for row in scores.emotions
    ]
    rows.append(_averaged("macro average", scores.count, scores.macro, scores.tags.mean))
    rows.append(_averaged("weighted average", scores.count, scores.weighted, math.nan))
    return Table(where, ("emotion", "count", "precision", "recall", "F1", "tag test"), tuple(rows))


def _averaged(name: str, count: int, average: AverageScores, tags: float) -> tuple[str, ...]:
    return (name, str(count), *map(number, (average.precision, average.recall, average.f1, tags)))


def _confusion(where: str, scores: Scores) -> Table:
    rows = tuple((emotion, *map(str, row)) for emotion, row in zip(EMOTIONS, scores.confusion.tolist(), strict=True))
    return Table(f"{where}: rows what it was, columns what was read", ("", *EMOTIONS), rows)


def _verdicts(where: str, verdicts: VerdictRates) -> Iterator[Table]:
    yield Table(
        f"Verdicts, {where}",
        ("strictness", *_VERDICT_COLUMNS),
        tuple((strictness, *_rates(rates)) for strictness, rates in verdicts.rates.items()),
        "right: every face under its own tag; wrong: under each of the six others",
    )
    tags = tuple((tag, *_rates(rates)) for tag, rates in verdicts.tags.items())
    yield Table(f"Verdicts at {BY_TAG_STRICTNESS}, {where}", ("tag", *_VERDICT_COLUMNS), tags)


def _confidence(evaluation: Evaluation) -> Table:
    rows = tuple((reading, number(each.error)) for reading, each in evaluation.confidence.items())
    title = f"{evaluation.card.name}: the strongest share against the viewers who said the same"
    return Table(title, ("reading", "mean error"), rows)


def _shares(model: str, shares: ShareReliability) -> Table:
    named = [*shares.tags.items(), ("all tags", shares.together)]
    rows = tuple((name, number(each.error), number(each.by_bin)) for name, each in named)
    note = "mean error over faces, and over fifteen bins that count alike"
    return Table(f"Expected share of viewers, {model}", ("tag", "by face", "by bin"), rows, note)


def _rates(rates: TagRates) -> tuple[str, ...]:
    both = (rates.right_tag, rates.wrong_tag)
    return tuple(percent(value) for each in both for value in (each.hit, each.partial, each.miss, each.note))


def _corruptions(evaluation: Evaluation) -> Table:
    columns = [(reading, by) for reading, truths in evaluation.scores.items() for by in truths]
    rows = []
    for row in evaluation.corruptions:
        for field, treatment in TREATMENTS.items():
            cells = [_accuracy_and_recall(getattr(row, field)[reading][by]) for reading, by in columns]
            rows.append((f"{row.name}, {treatment}" if treatment else row.name, *cells))
    header = ("corruption", *(f"{reading}, by {by}" for reading, by in columns))
    title = f"{evaluation.card.name} under corruption"
    return Table(title, header, tuple(rows), "accuracy and, in brackets, macro recall")


def _box_errors(evaluation: Evaluation) -> Table:
    rows = tuple(
        (each.name, percent(each.accuracy), number(each.macro_recall), number(each.tag_test))
        for each in evaluation.box_errors
    )
    header = ("box", "accuracy", "macro recall", "tag test")
    return Table(f"{evaluation.card.name} with the box off, even-handed, by labels", header, rows)


def _accuracy_and_recall(pair: tuple[float, float]) -> str:
    return f"{percent(pair[0])} ({number(pair[1])})"


def _comparison(evaluations: list[Evaluation], comparisons: list[Comparison]) -> Table:
    first, second = (evaluation.card.name for evaluation in evaluations)
    rows = tuple(
        (
            f"{each.reading}, by {each.truth}",
            str(each.count),
            percent(each.first),
            percent(each.second),
            str(each.test.only_first),
            str(each.test.only_second),
            f"{each.test.p:.2g}",
        )
        for each in comparisons
    )
    header = ("", "count", first, second, f"only {first} right", f"only {second} right", "p")
    return Table(f"{first} beside {second}", header, rows, "p of McNemar's exact test, two-sided")


def _with_interval(value: float, interval: Interval, as_percent: bool = False) -> str:
    form = percent if as_percent else number
    return f"{form(value)} ({form(interval[0])} to {form(interval[1])})"


def percent(value: float) -> str:
    """A share as text: ``94.8%``; ``-`` for NaN."""
    return f"{value:.1%}" if math.isfinite(value) else "-"


def number(value: float | None) -> str:
    """A figure as text: ``0.948``; ``-`` for NaN and None."""
    return f"{value:.3f}" if value is not None and math.isfinite(value) else "-"
