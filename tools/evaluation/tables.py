"""The figures as tables of words, whoever prints them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.types import EMOTIONS
from tools.evaluation.verdicts import NOTED

if TYPE_CHECKING:
    from tools.evaluation.metrics import Average, Interval
    from tools.evaluation.robustness import Robust
    from tools.evaluation.scores import Judgement, Pair, Scores
    from tools.evaluation.verdicts import Rates, ShareTest, Verdicts

_UNDER: Final = tuple(f"{which}: {what}" for which in ("right", "wrong") for what in ("hit", "partial", "miss", "note"))


@dataclass(frozen=True)
class Table:
    """A title, a header and rows of words; the first column is names, the others numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def all_tables(judgements: list[Judgement], pairs: list[Pair]) -> list[Table]:
    """The models one after the other, then side by side."""
    tables = [table for judgement in judgements for table in _model(judgement)]
    return [*tables, _pairs(judgements, pairs)] if pairs else tables


def _model(judgement: Judgement) -> Iterator[Table]:
    yield _overview(judgement)
    for reading, truths in judgement.scores.items():
        for by, scores in truths.items():
            where = f"{judgement.card.name}, {reading}, by {by}"
            yield _emotions(where, scores)
            yield _confusion(where, scores)
    for by, verdicts in judgement.verdicts.items():
        yield from _verdicts(f"{judgement.card.name}, by {by}", verdicts)
    if judgement.confidence:
        yield _confidence(judgement)
    if judgement.shares:
        yield _shares(judgement.card.name, judgement.shares)
    if judgement.corruptions:
        yield _corruptions(judgement)
    if judgement.shaken:
        yield _shaken(judgement)


def _overview(judgement: Judgement) -> Table:
    rows = []
    for reading, truths in judgement.scores.items():
        for by, scores in truths.items():
            rows.append((f"{reading}, by {by}", *_summary(scores), _number(judgement.divergence.get(reading))))
    card, judged = judgement.card, judgement.judged
    note = f"{len(judged):,} items"
    note += f"; no face read in {len(judged.unread)}: {', '.join(judged.unread[:5])}" if judged.unread else ""
    note += "; intervals 95 %, bootstrap; divergence from the viewers' votes in nats"
    note += f"; even-handed takes out the prior to the power {card.power:g}" if card.power and card.prior else ""
    header = ("", "count", "accuracy", "macro recall", "tag test", "calibration error", "divergence")
    return Table(f"{card.name} on {judged.title}", header, tuple(rows), note)


def _summary(scores: Scores) -> tuple[str, ...]:
    return (
        f"{scores.count:,}",
        _between(scores.accuracy, scores.accuracy_interval, percent=True),
        _between(scores.macro_recall, scores.macro_recall_interval),
        _between(scores.tags.mean, scores.tags.interval),
        _number(scores.calibration.error),
    )


def _emotions(where: str, scores: Scores) -> Table:
    rows = [
        (
            row.emotion,
            str(row.count),
            *map(_number, (row.precision, row.recall, row.f1, scores.tags.areas[row.emotion])),
        )
        for row in scores.emotions
    ]
    rows.append(_averaged("macro average", scores.count, scores.macro, scores.tags.mean))
    rows.append(_averaged("weighted average", scores.count, scores.weighted, math.nan))
    return Table(where, ("emotion", "count", "precision", "recall", "F1", "tag test"), tuple(rows))


def _averaged(name: str, count: int, average: Average, tags: float) -> tuple[str, ...]:
    return (name, str(count), *map(_number, (average.precision, average.recall, average.f1, tags)))


def _confusion(where: str, scores: Scores) -> Table:
    rows = tuple((emotion, *map(str, row)) for emotion, row in zip(EMOTIONS, scores.confusion.tolist(), strict=True))
    return Table(f"{where}: rows what it was, columns what was read", ("", *EMOTIONS), rows)


def _verdicts(where: str, verdicts: Verdicts) -> Iterator[Table]:
    yield Table(
        f"Verdicts, {where}",
        ("strictness", *_UNDER),
        tuple((strictness, *_rates(rates)) for strictness, rates in verdicts.rates.items()),
        "right: every face under its own tag; wrong: under each of the six others",
    )
    tags = tuple((tag, *_rates(rates)) for tag, rates in verdicts.tags.items())
    yield Table(f"Verdicts at {NOTED}, {where}", ("tag", *_UNDER), tags)


def _confidence(judgement: Judgement) -> Table:
    rows = tuple((reading, _number(each.error)) for reading, each in judgement.confidence.items())
    title = f"{judgement.card.name}: the strongest share against the viewers who said the same"
    return Table(title, ("reading", "mean error"), rows)


def _shares(model: str, shares: ShareTest) -> Table:
    named = [*shares.tags.items(), ("all tags", shares.together)]
    rows = tuple((name, _number(each.error), _number(each.by_bin)) for name, each in named)
    note = "mean error over faces, and over fifteen bins that count alike"
    return Table(f"Expected share of viewers, {model}", ("tag", "by face", "by bin"), rows, note)


def _rates(rates: Rates) -> tuple[str, ...]:
    both = (rates.right_tag, rates.wrong_tag)
    return tuple(_percent(value) for given in both for value in (given.hit, given.partial, given.miss, given.note))


def _corruptions(judgement: Judgement) -> Table:
    columns = [(reading, by) for reading, truths in judgement.scores.items() for by in truths]
    rows = []
    for row in judgement.corruptions:
        for clahe in (False, True):
            cells = [_two(row, clahe, *column) for column in columns]
            rows.append((row.name + ", CLAHE" * clahe, *cells))
    header = ("corruption", *(f"{reading}, by {by}" for reading, by in columns))
    title = f"{judgement.card.name} under corruption"
    return Table(title, header, tuple(rows), "accuracy and, in brackets, macro recall")


def _shaken(judgement: Judgement) -> Table:
    rows = tuple(
        (each.name, _percent(each.accuracy), _number(each.macro_recall), _number(each.tag_test))
        for each in judgement.shaken
    )
    header = ("box", "accuracy", "macro recall", "tag test")
    return Table(f"{judgement.card.name} with the box off, even-handed, by labels", header, rows)


def _two(row: Robust, clahe: bool, reading: str, by: str) -> str:
    accuracy, recall = (row.clahe if clahe else row.plain)[reading][by]
    return f"{_percent(accuracy)} ({_number(recall)})"


def _pairs(judgements: list[Judgement], pairs: list[Pair]) -> Table:
    names = [judgement.card.name for judgement in judgements]
    rows = tuple(
        (
            f"{pair.reading}, by {pair.truth}",
            str(pair.count),
            _percent(pair.first),
            _percent(pair.second),
            str(pair.test.only_first),
            str(pair.test.only_second),
            f"{pair.test.p:.2g}",
        )
        for pair in pairs
    )
    header = ("", "count", names[0], names[1], f"only {names[0]} right", f"only {names[1]} right", "p")
    return Table(f"{names[0]} beside {names[1]}", header, rows, "p of McNemar's exact test, two-sided")


def _between(value: float, interval: Interval, percent: bool = False) -> str:
    said = _percent if percent else _number
    return f"{said(value)} ({said(interval[0])} to {said(interval[1])})"


def _percent(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "-"


def _number(value: float | None) -> str:
    return f"{value:.3f}" if value is not None and math.isfinite(value) else "-"
