"""Takes of one script side by side: which lines are the same, and which take was clearly better."""

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
"""Two takes of a line are only told apart when they differ by as much. Fifteen pictures of one and the same performance
(other light, distance, place, sharpness, size, noise, compression, rate) differ by up to 0.08 of the viewers and 0.06
of the accuracy, over five lines each held against all seven emotions: `tools/compare_noise.py`."""

MAX_TAKES: Final = 8
"""Takes that can be compared at once; more curves than this in one picture cannot be told apart."""


@dataclass(frozen=True, slots=True)
class ComparedTake:
    """A take by its name, with its report; `at` is when it was played, seconds of any clock that all takes share."""

    name: str
    report: Report
    at: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the takes of a line stand to each other.

    Attributes:
        measure: what was compared: the share of viewers where the model speaks for them, else accuracy; None where
            nothing could be.
        ahead: places (0-based) of the takes that no other is clearly better than; all that were compared where none is.
        by: by how much the best of them leads the best of the others; None where no take is clearly better.
        why: why nothing was compared; empty where it was.
        apart: places of takes that were scored but could not be compared with the others.
    """

    measure: Measure | None = None
    ahead: tuple[int, ...] = ()
    by: float | None = None
    why: str = ""
    apart: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line over all takes; `lines` has None where a take's script lacks it.

    Attributes:
        number: of the line in the script of the newest take that has it.
        text: its words there.
        lines: of each take's report, in the order of the takes.
        standing: how the takes stand to each other.
    """

    number: int
    text: str
    lines: tuple[LineReport | None, ...]
    standing: Ranking


@dataclass(frozen=True, slots=True)
class Comparison:
    """Takes side by side. Rows are in the order of the newest take's script, lines that only others have between."""

    takes: tuple[ComparedTake, ...]
    rows: tuple[ComparedLine, ...]

    @property
    def newest(self) -> int:
        """The place (0-based) of the take that was played last."""
        return newest_first(self.takes)[0]


def newest_first(takes: Sequence[ComparedTake]) -> list[int]:
    """The places of `takes`, the one that was played last first; of the same moment the one named later."""
    return sorted(range(len(takes)), key=lambda place: (takes[place].at, place), reverse=True)


def compare(takes: Sequence[ComparedTake]) -> Comparison:
    """`takes` side by side, line by line; lines are found by their words, so that an edited script compares too."""
    rows: list[dict[int, LineReport]] = []
    for place in newest_first(takes):
        _merge(rows, place, takes[place].report.lines)
    return Comparison(tuple(takes), tuple(_row(row, takes) for row in rows))


def _merge(rows: list[dict[int, LineReport]], place: int, lines: Sequence[LineReport]) -> None:
    """Add a take's lines to the rows they belong to; those that no row has come behind the line before them."""
    pairs = match_lines([_newest(row).text for row in rows], [line.text for line in lines])
    home = {there: rows[here] for here, there in pairs.items()}
    after = 0
    for number, line in enumerate(lines):
        row = home.get(number)
        if row is None:
            row = {}
            rows.insert(after, row)
        row[place] = line
        after = next(n for n, each in enumerate(rows) if each is row) + 1


def _newest(row: dict[int, LineReport]) -> LineReport:
    """The line in the newest take that has it, which was the first to be merged."""
    return next(iter(row.values()))


def _row(row: dict[int, LineReport], takes: Sequence[ComparedTake]) -> ComparedLine:
    newest = _newest(row)
    lines = tuple(row.get(place) for place in range(len(takes)))
    return ComparedLine(newest.index, newest.text, lines, _standing(row, takes))


def _standing(row: dict[int, LineReport], takes: Sequence[ComparedTake]) -> Ranking:
    scored = {place: line for place, line in sorted(row.items()) if line.verdict != "not_scored"}
    if len(scored) < 2:
        return Ranking(why=f"scored only in take {next(iter(scored)) + 1}" if scored else "scored in no take")
    comparable = comparable_takes(scored, takes)
    if len(comparable) < 2:
        same = len({line.target for line in scored.values()}) == 1
        return Ranking(why="read by different models" if same else "the takes ask for different emotions")
    apart = tuple(place for place in scored if place not in comparable)
    shares = {place: line.share for place, line in comparable.items() if line.share is not None}
    if len(shares) == len(comparable):
        return _told_apart("share", shares, apart)
    return _told_apart("accuracy", {place: line.accuracy or 0.0 for place, line in comparable.items()}, apart)


def comparable_takes(scored: dict[int, LineReport], takes: Sequence[ComparedTake]) -> dict[int, LineReport]:
    """The most takes that ask for the same and were read by the same model; of two such groups that of a newer take."""
    groups: dict[tuple[str, str], dict[int, LineReport]] = {}
    for place in newest_first(takes):
        if place in scored:
            model = takes[place].report.model
            key = scored[place].target, model.sha256 if model else ""
            groups.setdefault(key, {})[place] = scored[place]
    return dict(sorted(max(groups.values(), key=len).items()))


def _told_apart(measure: Measure, values: dict[int, float], apart: tuple[int, ...]) -> Ranking:
    ahead = leaders(measure, values)
    behind = [value for place, value in values.items() if place not in ahead]
    return Ranking(measure, ahead, round(max(values.values()) - max(behind), 4) if behind else None, apart=apart)


def leaders(measure: Measure, values: dict[int, float]) -> tuple[int, ...]:
    """The places of `values` that no other is clearly better than."""
    best = max(values.values())
    # Rounded, so that a difference of exactly the noise counts whatever the binary fractions are.
    return tuple(place for place, value in values.items() if round(best - value, 4) < NOISE[measure])


COMPARISON_VERSION: Final = 1


def to_json(comparison: Comparison, best: BestTakes) -> dict[str, Any]:
    """All that there is to say, in values that JSON knows."""
    return {
        "comparison_version": COMPARISON_VERSION,
        "takes": [_take(number, take) for number, take in enumerate(comparison.takes, 1)],
        "lines": [_line(row) for row in comparison.rows],
        "best": [_choice(choice) for choice in best.choices],
        "missing": list(best.missing),
        "dropped": list(best.dropped),
    }


def _take(number: int, take: ComparedTake) -> dict[str, Any]:
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


def _line(row: ComparedLine) -> dict[str, Any]:
    standing = row.standing
    return {
        "text": row.text,
        "takes": [None if line is None else line.model_dump(mode="json") for line in row.lines],
        "measure": standing.measure,
        "ahead": [place + 1 for place in standing.ahead],
        "by": standing.by,
        "why": standing.why,
        "apart": [place + 1 for place in standing.apart],
    }


def _choice(choice: BestTake) -> dict[str, Any]:
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
