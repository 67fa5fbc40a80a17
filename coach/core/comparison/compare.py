"""Takes of one script side by side: matched line by line, with a ranking of each line's takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from coach.core.progress.line_identity import match_lines
from coach.core.scoring.report import LineReport, Report

if TYPE_CHECKING:
    from coach.core.comparison.best_takes import BestTake, BestTakes

Measure = Literal["share", "accuracy"]

NOISE: Final[dict[Measure, float]] = {"share": 0.1, "accuracy": 0.1}
"""Smallest difference that ranks one take of a line above another. Fifteen versions of one performance (other light,
distance, place, sharpness, size, noise, compression, rate) differ by up to 0.08 in the share of viewers and 0.06 in
accuracy, over five lines, each compared with all seven emotions: `tools/compare_noise.py`."""

MAX_TAKES: Final = 8
"""Most takes in a comparison; more curves in one chart cannot be told apart."""

COMPARISON_VERSION: Final = 1
"""Version of the JSON."""


@dataclass(frozen=True, slots=True)
class ComparedTake:
    """A take with its report; `at` is its start in seconds of any clock that all takes share."""

    name: str
    report: Report
    at: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranking of the takes of one line; takes are given by their 0-based index in the comparison.

    Attributes:
        measure: what was compared: the share of viewers if all takes have one, else accuracy; None if nothing was.
        ahead: takes that no other is clearly better than; all compared ones if none is clearly better.
        lead: of the best of them over the best of the others; None if no take is clearly better.
        reason: why nothing was compared; empty otherwise.
        excluded: takes that were scored but are not comparable with the others.
    """

    measure: Measure | None = None
    ahead: tuple[int, ...] = ()
    lead: float | None = None
    reason: str = ""
    excluded: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line in all takes.

    Attributes:
        number: of the line in the newest take that has it.
        text: its words there.
        reports: its report in each take, in the order of the takes; None in a take without the line.
        ranking: of the takes.
    """

    number: int
    text: str
    reports: tuple[LineReport | None, ...]
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Comparison:
    """Takes side by side. Lines are in the order of the newest take; lines that only others have are in between."""

    takes: tuple[ComparedTake, ...]
    lines: tuple[ComparedLine, ...]

    @property
    def newest(self) -> int:
        """Index of the take that was played last."""
        return newest_first(self.takes)[0]


_ReportsByTake = dict[int, LineReport]
"""Reports of one line, by the index of the take."""


def newest_first(takes: Sequence[ComparedTake]) -> list[int]:
    """Indices of `takes`, the newest first; of equally old ones the later one first."""
    return sorted(range(len(takes)), key=lambda i: (takes[i].at, i), reverse=True)


def compare(takes: Sequence[ComparedTake]) -> Comparison:
    """Compare `takes` line by line; lines are matched by their words, so the script may have been edited."""
    lines: list[_ReportsByTake] = []
    for take in newest_first(takes):
        _merge(lines, take, takes[take].report.lines)
    return Comparison(tuple(takes), tuple(_compared_line(line, takes) for line in lines))


def _merge(lines: list[_ReportsByTake], take: int, reports: Sequence[LineReport]) -> None:
    """Add the lines of a take to those they match, or insert them after the line before them."""
    pairs = match_lines([_newest(line).text for line in lines], [report.text for report in reports])
    matched = {new: lines[old] for old, new in pairs.items()}
    after = 0
    for number, report in enumerate(reports):
        line = matched.get(number)
        if line is None:
            line = {}
            lines.insert(after, line)
        line[take] = report
        after = next(n for n, each in enumerate(lines) if each is line) + 1


def _newest(line: _ReportsByTake) -> LineReport:
    """The report of the newest take that has the line, which was merged first."""
    return next(iter(line.values()))


def _compared_line(line: _ReportsByTake, takes: Sequence[ComparedTake]) -> ComparedLine:
    newest = _newest(line)
    reports = tuple(line.get(take) for take in range(len(takes)))
    return ComparedLine(newest.index, newest.text, reports, _ranking(line, takes))


def _ranking(line: _ReportsByTake, takes: Sequence[ComparedTake]) -> Ranking:
    scored = {take: report for take, report in sorted(line.items()) if report.verdict != "not_scored"}
    if len(scored) < 2:
        return Ranking(reason=f"scored only in take {next(iter(scored)) + 1}" if scored else "scored in no take")
    comparable = comparable_takes(scored, takes)
    if len(comparable) < 2:
        same = len({report.target for report in scored.values()}) == 1
        return Ranking(reason="read by different models" if same else "the takes ask for different emotions")
    excluded = tuple(take for take in scored if take not in comparable)
    shares = {take: report.share for take, report in comparable.items() if report.share is not None}
    if len(shares) == len(comparable):
        return _ranked("share", shares, excluded)
    return _ranked("accuracy", {take: report.accuracy or 0.0 for take, report in comparable.items()}, excluded)


def comparable_takes(scored: _ReportsByTake, takes: Sequence[ComparedTake]) -> _ReportsByTake:
    """The largest group of takes with the same target and model; of equally large ones that with the newest take."""
    groups: dict[tuple[str, str], _ReportsByTake] = {}
    for take in newest_first(takes):
        if take in scored:
            model = takes[take].report.model
            key = scored[take].target, model.sha256 if model else ""
            groups.setdefault(key, {})[take] = scored[take]
    return dict(sorted(max(groups.values(), key=len).items()))


def _ranked(measure: Measure, values: dict[int, float], excluded: tuple[int, ...]) -> Ranking:
    ahead = leaders(measure, values)
    behind = [value for take, value in values.items() if take not in ahead]
    lead = round(max(values.values()) - max(behind), 4) if behind else None
    return Ranking(measure, ahead, lead, excluded=excluded)


def leaders(measure: Measure, values: dict[int, float]) -> tuple[int, ...]:
    """The takes in `values` that no other is clearly better than."""
    best = max(values.values())
    # Rounded, so that a difference of exactly the noise counts whatever the binary fractions are.
    return tuple(take for take, value in values.items() if round(best - value, 4) < NOISE[measure])


def to_json(comparison: Comparison, best: BestTakes) -> dict[str, Any]:
    """The whole comparison as JSON values; takes are numbered from 1."""
    return {
        "comparison_version": COMPARISON_VERSION,
        "takes": [_take_json(number, take) for number, take in enumerate(comparison.takes, 1)],
        "lines": [_line_json(line) for line in comparison.lines],
        "best": [_best_take_json(choice) for choice in best.choices],
        "missing": list(best.missing),
        "dropped": list(best.dropped),
    }


def _take_json(number: int, take: ComparedTake) -> dict[str, Any]:
    report = take.report
    return {
        "take": number,
        "name": take.name,
        "at": report.created.at,
        "rescored": report.created.rescored,
        "title": report.title,
        "strictness": report.settings.get("strictness"),
        "model": report.model.name if report.model else None,
        "overall": report.overall.model_dump(),
    }


def _line_json(line: ComparedLine) -> dict[str, Any]:
    ranking = line.ranking
    return {
        "text": line.text,
        "takes": [None if report is None else report.model_dump(mode="json") for report in line.reports],
        "measure": ranking.measure,
        "ahead": [take + 1 for take in ranking.ahead],
        "by": ranking.lead,
        "why": ranking.reason,
        "apart": [take + 1 for take in ranking.excluded],
    }


def _best_take_json(choice: BestTake) -> dict[str, Any]:
    line = choice.line
    return {
        "text": choice.text,
        "take": choice.take + 1,
        "line": line.index,
        "start_s": line.start_s,
        "end_s": line.end_s,
        "verdict": line.verdict,
        "tied": choice.tied,
    }
