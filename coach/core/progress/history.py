"""The history of a script over its takes: entries of each line, trends and trouble spots."""

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
"""Number of comparable takes from which a line can be a trouble spot."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A line in one take.

    Attributes:
        take: the take.
        line: the line in its report.
        comparable: whether the line was scored, by the history's model and for the line's current target.
    """

    take: PastTake
    line: PastLine
    comparable: bool


@dataclass(frozen=True)
class LineHistory:
    """A line over all takes that played it.

    Attributes:
        number: 1-based number in the current script; None for a line that was removed from the script.
        text: current words of the line; the last ones for a removed line.
        target: current target in script syntax; empty for an untracked line.
        entries: entries of the line, oldest first.
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
    def newest(self) -> HistoryEntry | None:
        """The newest comparable entry."""
        return self.comparable[-1] if self.comparable else None

    def works_since(self, place: int) -> bool:
        """Whether the newest comparable entry and most from `place` (0-based) on are hits, and most before are not."""
        hits = [entry.line.verdict == "hit" for entry in self.comparable]
        before, since = hits[:place], hits[place:]
        return bool(since and since[-1]) and 2 * sum(since) > len(since) and 2 * sum(before) < len(before)

    @property
    def best(self) -> HistoryEntry | None:
        """The best comparable entry, the newest of equal ones; verdicts count only if the strictness never changed."""
        mixed = len({entry.take.report.strictness for entry in self.comparable}) > 1
        return max(
            self.comparable,
            key=lambda entry: (entry.line.rank_without_verdict if mixed else entry.line.rank, entry.take.when),
            default=None,
        )

    @property
    def is_trouble_spot(self) -> bool:
        """Whether there are enough takes, and none of the latest was a hit."""
        latest = self.comparable[-LATEST_TAKES:]
        return len(latest) >= MIN_TAKES_FOR_TROUBLE and all(entry.line.verdict != "hit" for entry in latest)

    @property
    def recent_accuracy(self) -> float:
        """Mean accuracy of the latest takes; 1 if there are no takes."""
        latest = self.comparable[-LATEST_TAKES:]
        return fmean(_accuracy(entry) for entry in latest) if latest else 1.0


@dataclass(frozen=True, slots=True)
class FullTake:
    """A take of the whole current script, and its accuracy over all lines, weighted by time."""

    take: PastTake
    accuracy: float


@dataclass(frozen=True)
class ExcludedTakes:
    """Takes of the script that are not used in any figure.

    Attributes:
        unwatched: number of takes without a camera.
        unscored: number of takes with a camera in which nothing could be scored.
        models: for each other model, the number of takes read by it.
    """

    unwatched: int
    unscored: int
    models: tuple[tuple[PastModel, int], ...]


@dataclass(frozen=True)
class History:
    """A script over its takes.

    Attributes:
        title: title of the script.
        takes: all takes with a scored line, oldest first.
        model: the model whose figures are compared; None if no take was read by the requested model.
        lines: lines of the script that have a target, in order.
        removed: lines that are no longer in the script, the last played first.
        excluded: takes that are not used in any figure.
    """

    title: str
    takes: tuple[PastTake, ...]
    model: PastModel | None
    lines: tuple[LineHistory, ...]
    removed: tuple[LineHistory, ...]
    excluded: ExcludedTakes

    @cached_property
    def comparable(self) -> tuple[PastTake, ...]:
        """The takes read by `model`."""
        return tuple(take for take in self.takes if take.report.model == self.model)

    def number_of(self, take: PastTake) -> int:
        """The number of `take` among all takes, from 1, oldest first."""
        return self.takes.index(take) + 1

    @cached_property
    def strictness_counts(self) -> dict[str, int]:
        """Number of comparable takes for each strictness, first the one of the newest take."""
        return dict(Counter(take.report.strictness for take in reversed(self.comparable)))

    @cached_property
    def full_takes(self) -> tuple[FullTake, ...]:
        """The comparable takes that played every line of the current script for its current target."""
        played: dict[str, list[PastLine]] = {}
        for line in self.lines:
            for entry in line.entries:
                if entry.line.target == line.target:
                    played.setdefault(entry.take.name, []).append(entry.line)
        lines_by_take = ((take, played.get(take.name, [])) for take in self.comparable)
        full = ((take, _mean_accuracy(lines)) for take, lines in lines_by_take if len(lines) == len(self.lines))
        return tuple(FullTake(take, accuracy) for take, accuracy in full if accuracy is not None)

    @cached_property
    def overall(self) -> Trend:
        """Trend of the accuracy of full takes."""
        return trend_of([take.accuracy for take in self.full_takes])

    @property
    def trouble_spots(self) -> tuple[LineHistory, ...]:
        """The trouble spots, worst first."""
        spots = (line for line in self.lines if line.is_trouble_spot)
        return tuple(sorted(spots, key=lambda line: line.recent_accuracy))

    @property
    def new(self) -> tuple[LineHistory, ...]:
        """The lines of the script that are in no take; empty if there are no takes."""
        return tuple(line for line in self.lines if not line.entries) if self.takes else ()


def takes_of(script: Script, takes: Iterable[PastTake]) -> list[PastTake]:
    """Select the takes that play all or a part of `script`, in this or another version; oldest first."""
    texts = [line.text for line in script.spoken]
    is_same: dict[tuple[str, tuple[str, ...]], bool] = {}
    selected = []
    for take in takes:
        key = (take.report.title, tuple(line.text for line in take.report.lines))
        if key not in is_same:
            is_same[key] = same_script(script.title, texts, *key)
        if is_same[key]:
            selected.append(take)
    return sorted(selected, key=lambda take: (take.when, take.name))


def history_of(script: Script, takes: Sequence[PastTake], model: str | None = None) -> History:
    """Make the history of `script`.

    Args:
        script: the current script.
        takes: takes of this script (see `takes_of`), oldest first.
        model: name of the model whose figures are compared; by default the one that read the newest scored take. If it
            read no take, no entry is comparable.
    """
    scored = tuple(take for take in takes if take.report.scored)
    candidates = (take.report.model for take in reversed(scored))
    compared = next((candidate for candidate in candidates if candidate and model in (None, candidate.name)), None)
    lines = line_histories(script, scored, compared)
    return History(
        title=script.title,
        takes=scored,
        model=compared,
        lines=tuple(line for line in lines if line.number is not None and line.target),
        removed=tuple(line for line in lines if line.number is None),
        excluded=_count_excluded(takes, scored, compared),
    )


def line_histories(script: Script, takes: Sequence[PastTake], model: PastModel | None) -> list[LineHistory]:
    """Make the history of each line of `script`, in order, then of removed lines, the last played first.

    `takes` are oldest first. Only entries read by `model` are comparable.
    """
    texts = [line.text for line in script.spoken]
    plays, removed_texts = _plays_by_line(texts, takes)
    lines = [
        _line_history(number, line.text, str(line.target) if line.target else "", plays[number - 1], model)
        for number, line in enumerate(script.spoken, start=1)
    ]
    removed = [
        _line_history(None, text, line_plays[-1][1].target, line_plays, model)
        for text, line_plays in zip(removed_texts, plays[len(texts) :], strict=True)
        if line_plays
    ]
    return [*lines, *sorted(removed, key=lambda line: line.entries[-1].take.when, reverse=True)]


_Plays = list[tuple[PastTake, PastLine]]
"""The takes that played a line, oldest first, each with the line in its report."""


def _plays_by_line(texts: Sequence[str], takes: Sequence[PastTake]) -> tuple[list[_Plays], list[str]]:
    """The takes that played each line of `texts`, then each removed line; and the texts of removed lines."""
    tracker = LineTracker(texts)
    plays: list[_Plays] = [[] for _ in texts]
    for take in reversed(takes):
        lines = take.report.lines
        line_indices = tracker.identify([(line.index, line.text) for line in lines])
        plays += [[] for _ in range(len(texts) + len(tracker.removed) - len(plays))]  # for lines removed since
        for line, line_index in zip(lines, line_indices, strict=True):
            if line.played:
                plays[line_index].append((take, line))
    return [line_plays[::-1] for line_plays in plays], tracker.removed


def _line_history(number: int | None, text: str, target: str, plays: _Plays, model: PastModel | None) -> LineHistory:
    entries = (
        HistoryEntry(take, line, line.scored and line.target == target and take.report.model == model)
        for take, line in plays
    )
    return LineHistory(number, text, target, tuple(entries))


def _count_excluded(takes: Sequence[PastTake], scored: Sequence[PastTake], model: PastModel | None) -> ExcludedTakes:
    others = Counter(take.report.model for take in scored if take.report.model not in (None, model))
    unwatched = sum(take.report.model is None for take in takes)
    unscored = len(takes) - len(scored) - unwatched
    return ExcludedTakes(unwatched, unscored, tuple(others.items()))


def _accuracy(entry: HistoryEntry) -> float:
    return entry.line.accuracy or 0.0


def _mean_accuracy(lines: Sequence[PastLine]) -> float | None:
    """Accuracy over `lines`, weighted by time; None if none was scored."""
    scored = [line for line in lines if line.scored]
    seconds = sum(line.scored_s for line in scored)
    return sum((line.accuracy or 0.0) * line.scored_s for line in scored) / seconds if seconds else None
