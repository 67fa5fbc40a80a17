"""The best take of each line, for an editor to cut together."""

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
        text: of the line.
        take: its 0-based index in the comparison.
        line: the line in its report.
        tied: whether other comparable takes are not clearly worse; the newest of them is chosen.
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
        choices: one for each line that can be taken from any of the takes.
        missing: texts of the lines that cannot.
        dropped: texts of lines that the newest script no longer has.
    """

    choices: tuple[BestTake, ...]
    missing: tuple[str, ...]
    dropped: tuple[str, ...]


def choose_best_takes(comparison: Comparison, usable: Container[int] | None = None) -> BestTakes:
    """Choose the best take of each line: clearly more viewers, then clearly higher accuracy, then the newer take.

    Only takes with the same target and model are compared. The better verdict comes first if the same share made a hit
    in all of them; otherwise verdicts reflect the strictness, not the acting. A line that no take scored comes from the
    newest take that played it completely, or else from the newest that played it.

    Args:
        comparison: the takes.
        usable: 0-based indices of the takes to choose from; None for all.
    """
    newest = comparison.newest
    wanted = [line for line in comparison.lines if line.reports[newest] is not None]
    found = [(line.text, _best_take(line, comparison, usable)) for line in wanted]
    return BestTakes(
        choices=tuple(choice for _, choice in found if choice is not None),
        missing=tuple(text for text, choice in found if choice is None),
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
    best = _complete(_best_scored(comparable, comparison.takes) if scored else played)
    newest = next(take for take in played if take in best)
    return BestTake(line.text, newest, played[newest], len(best) > 1, len(comparable) > 1 or len(scored) < 2)


def _best_scored(comparable: dict[int, LineReport], takes: Sequence[ComparedTake]) -> dict[int, LineReport]:
    """Those of the `comparable` takes that no other is clearly better than."""
    best = comparable
    if len({_asked(report, takes[take]) for take, report in comparable.items()}) == 1:
        verdict = min(_BEST_FIRST.index(report.verdict) for report in comparable.values())
        best = {take: report for take, report in comparable.items() if _BEST_FIRST.index(report.verdict) == verdict}
    shares = {take: report.share for take, report in best.items() if report.share is not None}
    if len(shares) == len(best):
        best = {take: best[take] for take in leaders("share", shares)}
    accuracies = {take: report.accuracy or 0.0 for take, report in best.items()}
    return {take: best[take] for take in leaders("accuracy", accuracies)}


def _asked(report: LineReport, take: ComparedTake) -> object:
    """What made a hit: the asked share of viewers, or else the strictness."""
    return report.asked_share if report.asked_share is not None else take.report.settings.get("strictness")


def _complete(reports: dict[int, LineReport]) -> dict[int, LineReport]:
    """Those of `reports` that were played to the end; all of them if none was."""
    return {take: report for take, report in reports.items() if report.reason != "broken off"} or reports
