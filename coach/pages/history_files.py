"""A history as JSON and as a table, for other programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from coach.pages.csv_files import Cell, csv_text

if TYPE_CHECKING:
    from coach.core.progress.history import History, LineHistory, Point
    from coach.core.progress.past_takes import PastTake
    from coach.core.progress.trends import Figures

HISTORY_VERSION: Final = 1

COLUMNS: Final = (
    "take", "at", "model", "strictness", "line", "text", "target", "verdict", "accuracy", "share", "asked_share",
    "reason", "compared",
)  # fmt: skip
"""`line` is the number in today's script, empty where the line was cut; `text` and `target` are as they were played."""


def history_json(history: History) -> str:
    """`history` as JSON with a line end: equal histories give equal text."""
    plain = {
        "history_version": HISTORY_VERSION,
        "title": history.title,
        "model": history.model.model_dump() if history.model else None,
        "takes": [_take(take) for take in history.takes],
        "whole_takes": [{"take": run.take.name, "accuracy": round(run.accuracy, 4)} for run in history.runs],
        "overall": _figures(history.overall),
        "lines": [_line(line) for line in history.lines],
        "cut": [_line(line) for line in history.cut],
        "left_out": {"unwatched": history.left_out.unwatched, "unscored": history.left_out.unscored},
    }
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def history_csv(history: History) -> str:
    """A row for each line of each take; an empty cell where there is nothing."""
    return csv_text(COLUMNS, (_row(line, point) for line in (*history.lines, *history.cut) for point in line.points))


def _take(take: PastTake) -> dict[str, Any]:
    report = take.report
    return {
        "take": take.name,
        "at": take.when.isoformat(timespec="seconds"),
        "model": report.read_by or None,
        "strictness": report.strictness if report.model else None,
    }


def _line(line: LineHistory) -> dict[str, Any]:
    best = line.best
    return {
        "line": line.number,
        "text": line.text,
        "target": line.target,
        "stays_low": line.low,
        "best_take": best.take.name if best else None,
        "figures": _figures(line.figures),
        "points": [_point(point) for point in line.points],
    }


def _point(point: Point) -> dict[str, Any]:
    told = point.line.model_dump(include={"text", "target", "verdict", "accuracy", "share", "asked_share", "reason"})
    return {"take": point.take.name, **told, "compared": point.compared}


def _figures(figures: Figures) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(figures).items()}


def _row(line: LineHistory, point: Point) -> list[Cell]:
    row = {**_take(point.take), **_point(point), "line": line.number, "compared": int(point.compared)}
    return [row[column] for column in COLUMNS]
