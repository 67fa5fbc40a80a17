"""Takes of one script side by side: which line of one is which of another, and whether it was clearly better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from coach.core.matching import match_lines
from coach.core.report import LineReport, Report

Measure = Literal["share", "accuracy"]

NOISE: Final[dict[Measure, float]] = {"share": 0.1, "accuracy": 0.1}
"""Two takes of a line are only told apart when they differ by as much. Fifteen pictures of one and the same performance
(other light, distance, place, sharpness, size, noise, compression, rate) differ by up to 0.08 of the viewers and 0.06
of the accuracy, over five lines each held against all seven emotions: `tools/compare_noise.py`."""

MOST: Final = 8
"""Takes that can be compared at once; more curves than this in one picture cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Played:
    """A take by its name, with its report."""

    name: str
    report: Report


@dataclass(frozen=True, slots=True)
class Standing:
    """How the takes of a line stand to each other.

    Attributes:
        measure: what was compared: the share of viewers where the model speaks for them, else accuracy; None where
            nothing could be.
        ahead: places (0-based) of the takes that no other is clearly better than; all that were compared where none is.
        by: by how much the best of them leads the best of the others; None where no take is clearly better.
        why: why nothing was compared; empty where it was.
    """

    measure: Measure | None = None
    ahead: tuple[int, ...] = ()
    by: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
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
    standing: Standing


@dataclass(frozen=True, slots=True)
class Comparison:
    """Takes side by side. Rows are in the order of the newest take's script, lines that only others have between."""

    takes: tuple[Played, ...]
    rows: tuple[Row, ...]

    @property
    def newest(self) -> int:
        """The place (0-based) of the take that was played last."""
        return newest_first(self.takes)[0]


def newest_first(takes: Sequence[Played]) -> list[int]:
    """The places of `takes`, the one that was played last first; of the same moment the one named later."""
    return sorted(range(len(takes)), key=lambda place: (_when(takes[place]), place), reverse=True)


def compare(takes: Sequence[Played]) -> Comparison:
    """`takes` side by side, line by line; lines are found by their words, so that an edited script compares too."""
    rows: list[dict[int, LineReport]] = []
    for place in newest_first(takes):
        _merge(rows, place, takes[place].report.lines)
    return Comparison(tuple(takes), tuple(_row(row, takes) for row in rows))


def _when(take: Played) -> float:
    try:
        return datetime.fromisoformat(take.report.created.at).timestamp()
    except ValueError:
        return 0.0


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


def _row(row: dict[int, LineReport], takes: Sequence[Played]) -> Row:
    newest = _newest(row)
    lines = tuple(row.get(place) for place in range(len(takes)))
    return Row(newest.index, newest.text, lines, _standing(row, takes))


def _standing(row: dict[int, LineReport], takes: Sequence[Played]) -> Standing:
    scored = {place: line for place, line in sorted(row.items()) if line.verdict != "not_scored"}
    why = _incomparable(scored, takes)
    if why:
        return Standing(why=why)
    shares = {place: line.share for place, line in scored.items() if line.share is not None}
    if len(shares) == len(scored):
        return _told_apart("share", shares)
    return _told_apart("accuracy", {place: line.accuracy or 0.0 for place, line in scored.items()})


def _incomparable(scored: dict[int, LineReport], takes: Sequence[Played]) -> str:
    if len(scored) < 2:
        return f"scored only in take {next(iter(scored)) + 1}" if scored else "scored in no take"
    if len({line.target for line in scored.values()}) > 1:
        return "the takes ask for different emotions"
    models = {model.sha256 for place in scored if (model := takes[place].report.model)}
    return "read by different models" if len(models) > 1 else ""


def _told_apart(measure: Measure, values: dict[int, float]) -> Standing:
    best = max(values.values())
    # Rounded, so that a difference of exactly the noise counts whatever the binary fractions are.
    behind = [value for value in values.values() if round(best - value, 4) >= NOISE[measure]]
    ahead = tuple(place for place, value in values.items() if round(best - value, 4) < NOISE[measure])
    return Standing(measure, ahead, round(best - max(behind), 4) if behind else None)
