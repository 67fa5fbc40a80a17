"""The history of a script over its takes: the entries of every line, their trends, and the trouble spots."""

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
"""Comparable takes that a line needs to be called a trouble spot."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A line in one take.

    Attributes:
        take: the take.
        line: the line in its report.
        comparable: whether it was scored, by the history's model and for today's target.
    """

    take: PastTake
    line: PastLine
    comparable: bool


@dataclass(frozen=True)
class LineHistory:
    """A line over all takes that played it.

    Attributes:
        number: 1-based, in today's script; None for a line that was cut.
        text: today's words; the last ones for a line that was cut.
        target: in script syntax; empty for an unscored line.
        entries: oldest first.
    """

    number: int | None
    text: str
    target: str
    entries: tuple[HistoryEntry, ...]

    @cached_property
    def comparable(self) -> tuple[HistoryEntry, ...]:
        """The comparable entries."""
        return tuple(entry for entry in self.entries if entry.comparable)

    @cached_property
    def trend(self) -> Trend:
        """Trend of the comparable accuracies."""
        return trend_of([_accuracy(entry) for entry in self.comparable])

    @property
    def best(self) -> HistoryEntry | None:
        """The best comparable entry, the newer of equal ones; verdicts count only if the strictness never changed."""
        mixed = len({entry.take.report.strictness for entry in self.comparable}) > 1
        return max(
            self.comparable,
            key=lambda entry: (entry.line.reach if mixed else entry.line.rank, entry.take.when),
            default=None,
        )

    @property
    def is_trouble_spot(self) -> bool:
        """Whether none of its latest takes, of which there are enough, was a hit."""
        latest = self.comparable[-LATEST_TAKES:]
        return len(latest) >= MIN_TAKES_FOR_TROUBLE and all(entry.line.verdict != "hit" for entry in latest)

    @property
    def recent_accuracy(self) -> float:
        """Mean accuracy of its latest takes; 1 if there are none."""
        latest = self.comparable[-LATEST_TAKES:]
        return fmean(_accuracy(entry) for entry in latest) if latest else 1.0


@dataclass(frozen=True, slots=True)
class FullTake:
    """A take of the whole script, and its accuracy over today's lines, weighted by time."""

    take: PastTake
    accuracy: float


@dataclass(frozen=True)
class ExcludedTakes:
    """Takes of the script that no figure uses.

    Attributes:
        unwatched: number of takes without a camera.
        unscored: number of takes with a camera in which nothing could be scored.
        models: number of takes read by each other model.
    """

    unwatched: int
    unscored: int
    models: tuple[tuple[PastModel, int], ...]


@dataclass(frozen=True)
class History:
    """A script over its takes.

    Attributes:
        title: of the script.
        takes: all with a scored line, oldest first.
        model: whose figures are compared; None if it read none of the takes.
        lines: the scored lines of the script, in order.
        cut: lines that are no longer in the script, the last played first.
        excluded: takes that no figure uses.
    """

    title: str
    takes: tuple[PastTake, ...]
    model: PastModel | None
    lines: tuple[LineHistory, ...]
    cut: tuple[LineHistory, ...]
    excluded: ExcludedTakes

    @cached_property
    def comparable(self) -> tuple[PastTake, ...]:
        """The takes read by the model."""
        return tuple(take for take in self.takes if take.report.model == self.model)

    @cached_property
    def strictnesses(self) -> dict[str, int]:
        """Number of comparable takes of each strictness, that of the newest take first."""
        return dict(Counter(take.report.strictness for take in reversed(self.comparable)))

    @cached_property
    def full_takes(self) -> tuple[FullTake, ...]:
        """The comparable takes that played every line of today's script, for today's targets."""
        played: dict[str, list[PastLine]] = {}
        for line in self.lines:
            for entry in line.entries:
                if entry.line.target == line.target:
                    played.setdefault(entry.take.name, []).append(entry.line)
        found = ((take, played.get(take.name, [])) for take in self.comparable)
        full = ((take, _accuracy_of(lines)) for take, lines in found if len(lines) == len(self.lines))
        return tuple(FullTake(take, accuracy) for take, accuracy in full if accuracy is not None)

    @cached_property
    def overall(self) -> Trend:
        """Trend of the accuracy of full takes."""
        return trend_of([take.accuracy for take in self.full_takes])

    @property
    def trouble_spots(self) -> tuple[LineHistory, ...]:
        """The trouble spots, worst first."""
        return tuple(
            sorted((line for line in self.lines if line.is_trouble_spot), key=lambda line: line.recent_accuracy)
        )

    @property
    def new(self) -> tuple[LineHistory, ...]:
        """The lines of the script that no take has; empty if there are no takes."""
        return tuple(line for line in self.lines if not line.entries) if self.takes else ()


def takes_of(script: Script, takes: Iterable[PastTake]) -> list[PastTake]:
    """Those of `takes` that play this or another version of `script`, whole or in part; oldest first."""
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
    """The history of `script`.

    Args:
        script: today's.
        takes: of this script (see `takes_of`), oldest first.
        model: name of the model whose figures are compared; by default the one that read the newest scored take.
            Without such a take no entry is comparable.
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
        excluded=_excluded(takes, scored, chosen),
    )


def line_histories(script: Script, takes: Sequence[PastTake], model: PastModel | None) -> list[LineHistory]:
    """The history of each line of `script`, in order, then of the lines that were cut, the last played first.

    `takes` are oldest first. Only entries read by `model` are comparable.
    """
    words = [line.text for line in script.spoken]
    played, cut_words = _plays_by_line(words, takes)
    lines = [
        _line(number, line.text, str(line.target) if line.target else "", played[number - 1], model)
        for number, line in enumerate(script.spoken, start=1)
    ]
    cut_plays = zip(cut_words, played[len(words) :], strict=True)
    cut = [_line(None, text, each[-1][1].target, each, model) for text, each in cut_plays if each]
    return [*lines, *sorted(cut, key=lambda line: line.entries[-1].take.when, reverse=True)]


_Plays = list[tuple[PastTake, PastLine]]
"""The takes that played a line, oldest first, each with the line in its report."""


def _plays_by_line(words: Sequence[str], takes: Sequence[PastTake]) -> tuple[list[_Plays], list[str]]:
    """The plays of each line of a script with these `words` and of each line cut from it, and the cut lines' words."""
    tracker = LineTracker(words)
    played: list[_Plays] = [[] for _ in words]
    for take in reversed(takes):
        lines = take.report.lines
        identities = tracker.identify([(line.index, line.text) for line in lines])
        played += [[] for _ in range(len(words) + len(tracker.cut) - len(played))]
        for line, identity in zip(lines, identities, strict=True):
            if line.played:
                played[identity].append((take, line))
    return [each[::-1] for each in played], tracker.cut


def _line(number: int | None, text: str, target: str, played: _Plays, model: PastModel | None) -> LineHistory:
    entries = (
        HistoryEntry(take, line, line.scored and line.target == target and take.report.model == model)
        for take, line in played
    )
    return LineHistory(number, text, target, tuple(entries))


def _excluded(takes: Sequence[PastTake], scored: Sequence[PastTake], model: PastModel | None) -> ExcludedTakes:
    others = Counter(take.report.model for take in scored if take.report.model not in (None, model))
    unwatched = sum(take.report.model is None for take in takes)
    unscored = len(takes) - len(scored) - unwatched
    return ExcludedTakes(unwatched, unscored, tuple(others.items()))


def _accuracy(entry: HistoryEntry) -> float:
    return entry.line.accuracy or 0.0


def _accuracy_of(lines: Sequence[PastLine]) -> float | None:
    """Accuracy over `lines`, weighted by time; None if none was scored."""
    scored = [line for line in lines if line.scored]
    seconds = sum(line.scored_s for line in scored)
    return sum((line.accuracy or 0.0) * line.scored_s for line in scored) / seconds if seconds else None
