"""Reports, comparisons and histories as CSV and JSON, for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from coach.base.text import clean
from coach.base.types import EMOTIONS
from coach.core.scoring.report import reason_text

if TYPE_CHECKING:
    from coach.core.analysis.moments import Moment, TakeMoments
    from coach.core.comparison.best_takes import BestTakes
    from coach.core.comparison.compare import ComparedLine, Comparison
    from coach.core.progress.history import History, HistoryEntry, LineHistory
    from coach.core.progress.past_takes import PastTake
    from coach.core.progress.trends import Trend
    from coach.core.scoring.report import LineReport, Report

Cell = str | int | float | None

_LINE_HEADS: Final = (
    "line", "text", "target", "start_s", "end_s", "played_s", "scored_s", "coverage", "accuracy", "match", "arrival_s",
    "hold_s", "bleed_s", "read", "intensity", "share", "asked_share", "verdict", "reason", "attempts",
)  # fmt: skip

_SAMPLE_HEADS: Final = ("t", "line", "read", "on_target", "why", "weight", *EMOTIONS)

_COMPARED_HEADS: Final = (
    "row", "text", "take", "name", "line", "target", "start_s", "end_s", "coverage", "accuracy", "arrival_s", "hold_s",
    "read", "share", "asked_share", "verdict", "reason", "ahead", "best",
)  # fmt: skip

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet evaluates text that starts with one of these as a formula."""


def lines_csv(report: Report) -> str:
    """One row for each line with its figures; a missing figure is an empty cell."""
    return csv_text(_LINE_HEADS, (_line(line) for line in report.lines))


def samples_csv(arc: TakeMoments) -> str:
    """One row for each reading of a take: its time, what was read, and the seven smoothed shares."""
    return csv_text(_SAMPLE_HEADS, (_sample(moment) for moment in arc.moments))


def comparison_csv(comparison: Comparison, best: BestTakes) -> str:
    """One row for each line of each take; `ahead` and `best` are 1 or 0."""
    chosen = {(choice.text, choice.take) for choice in best.choices}
    return csv_text(
        _COMPARED_HEADS,
        (
            _compared(number, row, place, comparison.takes[place].name, line, best=(row.text, place) in chosen)
            for number, row in enumerate(comparison.lines, 1)
            for place, line in enumerate(row.reports)
            if line is not None
        ),
    )


def _compared(number: int, row: ComparedLine, place: int, name: str, line: LineReport, *, best: bool) -> list[Cell]:
    ahead = row.ranking.lead is not None and place in row.ranking.ahead
    named = {
        **line.model_dump(),
        "row": number,
        "take": place + 1,
        "name": name,
        "line": line.index,
        "read": line.top,
        "reason": reason_text(line),
        "ahead": int(ahead),
        "best": int(best),
    }
    return [named[head] for head in _COMPARED_HEADS]


def _line(line: LineReport) -> list[Cell]:
    figures = line.model_dump()
    named = {**figures, "line": line.index, "read": line.top, "reason": reason_text(line)}
    return [named[head] for head in _LINE_HEADS]


def _sample(moment: Moment) -> list[Cell]:
    shares: Sequence[Cell] = [round(p, 4) for p in moment.smoothed] if moment.smoothed else [None] * len(EMOTIONS)
    on_target = None if moment.on_target is None else int(moment.on_target)
    return [round(moment.t, 4), moment.line, moment.read, on_target, moment.reason, moment.weight, *shares]


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table with a header row, in which no cell is a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return written.getvalue()


def _safe(cell: Cell) -> Cell:
    """A text that no spreadsheet evaluates as a formula; a number unchanged."""
    if not isinstance(cell, str):
        return cell
    text = clean(cell, 4000)
    return f"'{text}" if text.startswith(_FORMULA) else text


HISTORY_VERSION: Final = 1

COLUMNS: Final = (
    "take", "at", "model", "strictness", "line", "text", "target", "verdict", "accuracy", "share", "asked_share",
    "reason", "compared",
)  # fmt: skip
"""`line` is the number in the current script, empty for a cut line; `text` and `target` are as played."""


def history_json(history: History) -> str:
    """`history` as JSON with a final newline; equal histories give equal text."""
    plain = {
        "history_version": HISTORY_VERSION,
        "title": history.title,
        "model": history.model.model_dump() if history.model else None,
        "takes": [_take(take) for take in history.takes],
        "whole_takes": [{"take": run.take.name, "accuracy": round(run.accuracy, 4)} for run in history.full_takes],
        "overall": _figures(history.overall),
        "lines": [_history_line(line) for line in history.lines],
        "cut": [_history_line(line) for line in history.removed],
        "left_out": {"unwatched": history.excluded.unwatched, "unscored": history.excluded.unscored},
    }
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def history_csv(history: History) -> str:
    """One row for each line of each take; a missing value is an empty cell."""
    return csv_text(
        COLUMNS, (_row(line, point) for line in (*history.lines, *history.removed) for point in line.entries)
    )


def _take(take: PastTake) -> dict[str, Any]:
    report = take.report
    return {
        "take": take.name,
        "at": take.when.isoformat(timespec="seconds"),
        "model": report.read_by or None,
        "strictness": report.strictness if report.model else None,
    }


def _history_line(line: LineHistory) -> dict[str, Any]:
    best = line.best
    return {
        "line": line.number,
        "text": line.text,
        "target": line.target,
        "stays_low": line.is_trouble_spot,
        "best_take": best.take.name if best else None,
        "figures": _figures(line.trend),
        "points": [_point(point) for point in line.entries],
    }


def _point(point: HistoryEntry) -> dict[str, Any]:
    fields = point.line.model_dump(include={"text", "target", "verdict", "accuracy", "share", "asked_share", "reason"})
    return {"take": point.take.name, **fields, "compared": point.comparable}


def _figures(trend: Trend) -> dict[str, Any]:
    figures = asdict(trend)
    figures["trend"] = figures.pop("direction")
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}


def _row(line: LineHistory, point: HistoryEntry) -> list[Cell]:
    row = {**_take(point.take), **_point(point), "line": line.number, "compared": int(point.comparable)}
    return [row[column] for column in COLUMNS]
