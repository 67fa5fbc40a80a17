"""The best take of each line, from which a film can be cut."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from coach.core.comparison.compare import (
    ComparedLine,
    ComparedTake,
    Comparison,
    comparable_takes,
    leaders,
    newest_first,
)
from coach.core.scoring.report import LineReport, Verdict

_BEST_FIRST: Final[tuple[Verdict, ...]] = ("hit", "partial", "miss")


@dataclass(frozen=True, slots=True)
class BestTake:
    """The best take of a line.

    Attributes:
        text: words of the line.
        take: 0-based index of the take in the comparison.
        line: report of the line in the take.
        tied: whether several takes are tied for the best; the newest of them is chosen.
        compared: False if the line was scored in several takes but no two are comparable; the newest is chosen.
    """

    text: str
    take: int
    line: LineReport
    tied: bool
    compared: bool = True


@dataclass(frozen=True, slots=True)
class BestTakes:
    """The best takes of the lines of the newest script, in its order.

    Attributes:
        choices: best takes of the lines that at least one take played.
        missing: texts of the lines that no take played.
        dropped: texts of lines that are not in the newest script.
    """

    choices: tuple[BestTake, ...]
    missing: tuple[str, ...]
    dropped: tuple[str, ...]


def choose_best_takes(comparison: Comparison, usable: Container[int] | None = None) -> BestTakes:
    """Choose the best take of each line: clearly more viewers, then clearly higher accuracy, then the newest take.

    Only takes with the same target and model are compared. If all of them have the same threshold for a hit, the better
    verdict comes first; otherwise verdicts depend on strictness as well as on acting. If no take scored a line, the
    newest take that played it completely is chosen, or else the newest that played it.

    Args:
        comparison: the compared takes.
        usable: 0-based indices of the takes to choose from; None for all.
    """
    newest = comparison.newest
    lines = [line for line in comparison.lines if line.reports[newest] is not None]
    choices = [(line.text, _best_take(line, comparison, usable)) for line in lines]
    return BestTakes(
        choices=tuple(choice for _, choice in choices if choice is not None),
        missing=tuple(text for text, choice in choices if choice is None),
        dropped=tuple(line.text for line in comparison.lines if line.reports[newest] is None),
    )


def _best_take(line: ComparedLine, comparison: Comparison, usable: Container[int] | None) -> BestTake | None:
    played = {
        take: report
        for take in newest_first(comparison.takes)
        if (report := line.reports[take]) is not None
        and report.end_s is not None
        and (usable is None or take in usable)
    }
    if not played:
        return None
    scored = {take: report for take, report in played.items() if report.verdict != "not_scored"}
    comparable = comparable_takes(scored, comparison.takes) if scored else played
    best = _prefer_complete(_select_best(comparable, comparison.takes) if scored else played)
    newest = next(take for take in played if take in best)
    return BestTake(line.text, newest, played[newest], len(best) > 1, len(comparable) > 1 or len(scored) < 2)


def _select_best(comparable: dict[int, LineReport], takes: Sequence[ComparedTake]) -> dict[int, LineReport]:
    """Select the `comparable` takes that are tied for the best."""
    best = comparable
    if len({_threshold(report, takes[take]) for take, report in comparable.items()}) == 1:
        verdict = min(_BEST_FIRST.index(report.verdict) for report in comparable.values())
        best = {take: report for take, report in comparable.items() if _BEST_FIRST.index(report.verdict) == verdict}
    shares = {take: report.share for take, report in best.items() if report.share is not None}
    if len(shares) == len(best):
        best = {take: best[take] for take in leaders("share", shares)}
    accuracies = {take: report.accuracy or 0.0 for take, report in best.items()}
    return {take: best[take] for take in leaders("accuracy", accuracies)}


def _threshold(report: LineReport, take: ComparedTake) -> object:
    """What made a hit: a share of viewers, or else the strictness setting."""
    return report.asked_share if report.asked_share is not None else take.report.settings.get("strictness")


def _prefer_complete(reports: dict[int, LineReport]) -> dict[int, LineReport]:
    """Select the `reports` of lines that were played to the end; all of them if none was."""
    return {take: report for take, report in reports.items() if report.reason != "broken off"} or reports
