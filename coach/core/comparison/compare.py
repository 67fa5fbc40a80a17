"""Comparison of takes of one script: matches their lines, and ranks the takes of each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from coach.base.messages import mark
from coach.core.progress.line_identity import match_lines
from coach.core.scoring.evidence import VIEWERS_ASKED, percent, tenths
from coach.core.scoring.report import LineReport, Report

if TYPE_CHECKING:
    from coach.core.comparison.best_takes import BestTake, BestTakes

Measure = Literal["share", "accuracy"]

NO_TAKE: Final = mark("scored in no take")
ONLY_ONE: Final = mark("scored only in take {number}")
OTHER_MODELS: Final = mark("read by different models")
OTHER_EMOTIONS: Final = mark("the takes ask for different emotions")
"""Reasons why the takes of a line are not compared, kept in English; `coach.core.comparison.texts` shows them."""

NOISE: Final[dict[Measure, float]] = {"share": 0.1, "accuracy": 0.1}
"""Smallest difference that ranks one take of a line above another. Fifteen versions of one performance (changed in
light, distance, place, sharpness, size, noise, compression or rate) differ by up to 0.08 in the share of viewers and
0.06 in accuracy, over five lines with each of the seven emotions as target (`tools/compare_noise.py`)."""

MAX_TAKES: Final = 8
"""Maximum number of takes in a comparison; more curves in one chart could not be distinguished."""

COMPARISON_VERSION: Final = 1
"""Version of the JSON output."""


@dataclass(frozen=True, slots=True)
class ComparedTake:
    """A take with its report; `at` is its start, in seconds of a clock that all compared takes share."""

    name: str
    report: Report
    at: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranking of the takes of one line. Takes are given by their 0-based index in the comparison.

    Attributes:
        measure: the compared figure: share of viewers if all takes have one, else accuracy; None if there is none.
        ahead: takes that are tied for the best; all compared takes if none is clearly better.
        lead: difference, between shown figures, of the best take and the best one not ahead; None if all are tied.
        reason: why nothing was compared, in English; empty otherwise.
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
        number: number of the line in the newest take that has it.
        text: words of the line in that take.
        reports: reports of the line, in the order of the takes; None for a take without the line.
        ranking: ranking of the takes.
    """

    number: int
    text: str
    reports: tuple[LineReport | None, ...]
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compared takes. Lines are in the order of the newest take, with lines of older takes inserted between them."""

    takes: tuple[ComparedTake, ...]
    lines: tuple[ComparedLine, ...]

    @property
    def newest(self) -> int:
        """0-based index of the newest take."""
        return newest_first(self.takes)[0]


_ReportsByTake = dict[int, LineReport]
"""Reports of one line, by 0-based index of the take."""


def newest_first(takes: Sequence[ComparedTake]) -> list[int]:
    """Indices of `takes`, newest first; of equally old takes the later in the list first."""
    return sorted(range(len(takes)), key=lambda i: (takes[i].at, i), reverse=True)


def compare(takes: Sequence[ComparedTake]) -> Comparison:
    """Compare `takes` line by line. Lines are matched by their words, so the script may have been edited."""
    lines: list[_ReportsByTake] = []
    for take in newest_first(takes):
        _merge(lines, take, takes[take].report.lines)
    return Comparison(tuple(takes), tuple(_compare_line(line, takes) for line in lines))


def _merge(lines: list[_ReportsByTake], take: int, reports: Sequence[LineReport]) -> None:
    """Add the lines of a take to the lines they match; insert unmatched ones after the preceding line of the take."""
    pairs = match_lines([_newest_report(line).text for line in lines], [report.text for report in reports])
    matched = {new: lines[old] for old, new in pairs.items()}
    insert_at = 0
    for number, report in enumerate(reports):
        line = matched.get(number)
        if line is None:
            line = {}
            lines.insert(insert_at, line)
        line[take] = report
        insert_at = next(n for n, candidate in enumerate(lines) if candidate is line) + 1


def _newest_report(line: _ReportsByTake) -> LineReport:
    """The report in the newest take that has the line. It is the first, because newer takes are merged first."""
    return next(iter(line.values()))


def _compare_line(line: _ReportsByTake, takes: Sequence[ComparedTake]) -> ComparedLine:
    newest = _newest_report(line)
    reports = tuple(line.get(take) for take in range(len(takes)))
    return ComparedLine(newest.index, newest.text, reports, _rank_takes(line, takes))


def _rank_takes(line: _ReportsByTake, takes: Sequence[ComparedTake]) -> Ranking:
    scored = {take: report for take, report in sorted(line.items()) if report.verdict != "not_scored"}
    if len(scored) < 2:
        return Ranking(reason=ONLY_ONE.format(number=next(iter(scored)) + 1) if scored else NO_TAKE)
    comparable = comparable_takes(scored, takes)
    if len(comparable) < 2:
        same_target = len({report.target for report in scored.values()}) == 1
        return Ranking(reason=OTHER_MODELS if same_target else OTHER_EMOTIONS)
    excluded = tuple(take for take in scored if take not in comparable)
    shares = {take: report.share for take, report in comparable.items() if report.share is not None}
    if len(shares) == len(comparable):
        return _rank("share", shares, excluded)
    return _rank("accuracy", {take: report.accuracy or 0.0 for take, report in comparable.items()}, excluded)


def comparable_takes(scored: _ReportsByTake, takes: Sequence[ComparedTake]) -> _ReportsByTake:
    """The largest group of takes with the same target and model; of equally large groups that with the newest take."""
    groups: dict[tuple[str, str], _ReportsByTake] = {}
    for take in newest_first(takes):
        if take in scored:
            model = takes[take].report.model
            key = scored[take].target, model.sha256 if model else ""
            groups.setdefault(key, {})[take] = scored[take]
    return dict(sorted(max(groups.values(), key=len).items()))


def _rank(measure: Measure, values: dict[int, float], excluded: tuple[int, ...]) -> Ranking:
    ahead = leaders(measure, values)
    behind = [value for take, value in values.items() if take not in ahead]
    lead = _shown_difference(measure, max(values.values()), max(behind)) if behind else None
    return Ranking(measure, ahead, lead, excluded=excluded)


def _shown_difference(measure: Measure, better: float, worse: float) -> float:
    """Difference of two shares as they are shown: in tenths of viewers, or in percent of the time."""
    if measure == "share":
        return (tenths(better) - tenths(worse)) / VIEWERS_ASKED
    return (percent(better) - percent(worse)) / 100


def leaders(measure: Measure, values: dict[int, float]) -> tuple[int, ...]:
    """The takes whose value is less than the noise below the best of `values`."""
    best = max(values.values())
    # Rounded, so that a difference of exactly the noise counts whatever the binary fractions are.
    return tuple(take for take, value in values.items() if round(best - value, 4) < NOISE[measure])


def to_json(comparison: Comparison, best: BestTakes) -> dict[str, Any]:
    """The comparison as JSON values. Takes are numbered from 1."""
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
