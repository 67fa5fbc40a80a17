"""A script over its takes: what every line did from take to take, and what that adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Final

from coach.core.progress.line_identity import LineTracker, same_script
from coach.core.progress.past_takes import PastLine, PastModel, PastTake
from coach.core.progress.trends import LATEST_TAKES, Trend, trend_of
from coach.core.script.script import Script

MIN_TAKES_FOR_TROUBLE: Final = 3
"""A line must have been scored so often before it can be called a trouble spot."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A line in one take.

    Attributes:
        take: the take.
        line: what its report says of the line.
        compared: whether its figures may be held against today's: scored, by the same model and for the same target.
    """

    take: PastTake
    line: PastLine
    compared: bool


@dataclass(frozen=True)
class LineHistory:
    """A line over all takes that played it.

    Attributes:
        number: 1-based, in today's script; None where the line was cut.
        text: today's words, the last ones of a line that was cut.
        target: as the script writes it; empty for a line that is not scored.
        points: oldest first.
    """

    number: int | None
    text: str
    target: str
    points: tuple[HistoryEntry, ...]

    @cached_property
    def compared(self) -> tuple[HistoryEntry, ...]:
        """The points whose figures count."""
        return tuple(point for point in self.points if point.compared)

    @cached_property
    def figures(self) -> Trend:
        """Of the accuracies that count."""
        return trend_of([_accuracy(point) for point in self.compared])

    @property
    def best(self) -> HistoryEntry | None:
        """The take that served the line best, the newer of equal ones; verdicts tell only within one strictness."""
        mixed = len({point.take.report.strictness for point in self.compared}) > 1
        return max(
            self.compared,
            key=lambda point: (point.line.reach if mixed else point.line.rank, point.take.when),
            default=None,
        )

    @property
    def low(self) -> bool:
        """Whether it is a trouble spot: not once a hit in its last takes, of which there are enough."""
        latest = self.compared[-LATEST_TAKES:]
        return len(latest) >= MIN_TAKES_FOR_TROUBLE and all(point.line.verdict != "hit" for point in latest)

    @property
    def how_low(self) -> float:
        """Smaller is worse: the mean accuracy of its last takes."""
        latest = self.compared[-LATEST_TAKES:]
        return fmean(_accuracy(point) for point in latest) if latest else 1.0


@dataclass(frozen=True, slots=True)
class FullTake:
    """A take of the whole script, and its accuracy over today's lines, weighted by time."""

    take: PastTake
    accuracy: float


@dataclass(frozen=True)
class ExcludedTakes:
    """Takes of the script that no figure rests on.

    Attributes:
        unwatched: played without a camera, only for the cues.
        unscored: watched, but nothing in them could be scored.
        models: how many were read by another model, by model.
    """

    unwatched: int
    unscored: int
    models: tuple[tuple[PastModel, int], ...]


@dataclass(frozen=True)
class History:
    """A script over its takes.

    Attributes:
        title: of the script.
        takes: all in which something was scored, oldest first.
        model: which model's figures these are; None where there is no take of it.
        lines: the scored lines of the script, in order.
        cut: lines that only takes have, the last played first.
        left_out: takes that no figure rests on.
    """

    title: str
    takes: tuple[PastTake, ...]
    model: PastModel | None
    lines: tuple[LineHistory, ...]
    cut: tuple[LineHistory, ...]
    left_out: ExcludedTakes

    @cached_property
    def compared(self) -> tuple[PastTake, ...]:
        """The takes that the model read."""
        return tuple(take for take in self.takes if take.report.model == self.model)

    @cached_property
    def strictnesses(self) -> dict[str, int]:
        """How many of the compared takes were held to each strictness, that of the newest take first."""
        return dict(Counter(take.report.strictness for take in reversed(self.compared)))

    @cached_property
    def runs(self) -> tuple[FullTake, ...]:
        """The takes that can be compared as a whole: every line was played, for today's target."""
        played: dict[str, list[PastLine]] = {}
        for line in self.lines:
            for point in line.points:
                if point.line.target == line.target:
                    played.setdefault(point.take.name, []).append(point.line)
        found = ((take, played.get(take.name, [])) for take in self.compared)
        whole = ((take, _accuracy_of(lines)) for take, lines in found if len(lines) == len(self.lines))
        return tuple(FullTake(take, accuracy) for take, accuracy in whole if accuracy is not None)

    @cached_property
    def overall(self) -> Trend:
        """Of the accuracy of whole takes."""
        return trend_of([run.accuracy for run in self.runs])

    @property
    def trouble(self) -> tuple[LineHistory, ...]:
        """The lines that stay low, worst first."""
        return tuple(sorted((line for line in self.lines if line.low), key=lambda line: line.how_low))

    @property
    def new(self) -> tuple[LineHistory, ...]:
        """The lines of the script that no take has."""
        return tuple(line for line in self.lines if not line.points) if self.takes else ()


def takes_of(script: Script, takes: Iterable[PastTake]) -> list[PastTake]:
    """Those of `takes` that play `script`, whole or in part, this version of it or another; oldest first."""
    words = [line.text for line in script.spoken]
    known: dict[tuple[str, ...], bool] = {}
    found = []
    for take in takes:
        key = (take.report.title, *(line.text for line in take.report.lines))
        if key not in known:
            known[key] = same_script(script.title, words, key[0], key[1:])
        if known[key]:
            found.append(take)
    return sorted(found, key=lambda take: (take.when, take.name))


def history_of(script: Script, takes: Sequence[PastTake], model: str | None = None) -> History:
    """`script` over `takes`, which are all of this script (see `takes_of`), oldest first.

    Its figures are those of the model that read the newest take, or of the newest one called `model` where that is
    given; without such a take there is no model, and no figure.
    """
    scored = tuple(take for take in takes if take.report.scored)
    models = (take.report.model for take in reversed(scored))
    chosen = next((each for each in models if each and model in (None, each.name)), None)
    lines = line_histories(script, scored, chosen)
    return History(
        title=script.title,
        takes=scored,
        model=chosen,
        lines=tuple(line for line in lines if line.number is not None and line.target),
        cut=tuple(line for line in lines if line.number is None),
        left_out=_left_out(takes, scored, chosen),
    )


def line_histories(script: Script, takes: Sequence[PastTake], model: PastModel | None) -> list[LineHistory]:
    """Every line of `script` over `takes`, oldest first; behind them the lines that were cut, the last played first.

    Only points that `model` read count.
    """
    words = [line.text for line in script.spoken]
    played, cut_words = _played(words, takes)
    lines = [
        _line(number, line.text, str(line.target) if line.target else "", played[number - 1], model)
        for number, line in enumerate(script.spoken, start=1)
    ]
    gone = zip(cut_words, played[len(words) :], strict=True)
    cut = [_line(None, text, each[-1][1].target, each, model) for text, each in gone if each]
    return [*lines, *sorted(cut, key=lambda line: line.points[-1].take.when, reverse=True)]


_Played = list[tuple[PastTake, PastLine]]


def _played(words: Sequence[str], takes: Sequence[PastTake]) -> tuple[list[_Played], list[str]]:
    """For each thread of the script the takes that played it, oldest first, and the words of the lines cut from it."""
    lineage = LineTracker(words)
    played: list[_Played] = [[] for _ in words]
    for take in reversed(takes):
        lines = take.report.lines
        threads = lineage.threads([(line.index, line.text) for line in lines])
        played += [[] for _ in range(len(words) + len(lineage.cut) - len(played))]
        for line, thread in zip(lines, threads, strict=True):
            if line.played:
                played[thread].append((take, line))
    return [each[::-1] for each in played], lineage.cut


def _line(number: int | None, text: str, target: str, played: _Played, model: PastModel | None) -> LineHistory:
    points = (
        HistoryEntry(take, line, line.scored and line.target == target and take.report.model == model)
        for take, line in played
    )
    return LineHistory(number, text, target, tuple(points))


def _left_out(takes: Sequence[PastTake], scored: Sequence[PastTake], model: PastModel | None) -> ExcludedTakes:
    others = Counter(take.report.model for take in scored if take.report.model not in (None, model))
    unwatched = sum(take.report.model is None for take in takes)
    unscored = len(takes) - len(scored) - unwatched
    return ExcludedTakes(unwatched, unscored, tuple(others.items()))


def _accuracy(point: HistoryEntry) -> float:
    return point.line.accuracy or 0.0


def _accuracy_of(lines: Sequence[PastLine]) -> float | None:
    """Over all of `lines`, weighted by time; None where none was scored."""
    scored = [line for line in lines if line.scored]
    seconds = sum(line.scored_s for line in scored)
    return sum((line.accuracy or 0.0) * line.scored_s for line in scored) / seconds if seconds else None
