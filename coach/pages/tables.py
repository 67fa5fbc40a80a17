"""Reports, comparisons and histories as CSV and JSON, for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from coach.base.text import clean, count_text
from coach.base.types import EMOTIONS
from coach.core.face.measures import MEASURES

if TYPE_CHECKING:
    from coach.core.analysis.moments import Moment, TakeMoments
    from coach.core.comparison.best_takes import BestTakes
    from coach.core.comparison.compare import ComparedLine, Comparison
    from coach.core.face.take import FaceMoment, FaceTake
    from coach.core.progress.history import History, HistoryEntry, LineHistory
    from coach.core.progress.past_takes import PastTake
    from coach.core.progress.trends import Trend
    from coach.core.scoring.report import LineReport, Report

Cell = str | int | float | None

_LINE_COLUMNS: Final = (
    "line", "text", "target", "start_s", "end_s", "played_s", "scored_s", "coverage", "accuracy", "match", "arrival_s",
    "hold_s", "bleed_s", "read", "intensity", "share", "asked_share", "verdict", "reason", "attempts",
)  # fmt: skip

_COMPARED_COLUMNS: Final = (
    "row", "text", "take", "name", "line", "target", "start_s", "end_s", "coverage", "accuracy", "arrival_s", "hold_s",
    "read", "share", "asked_share", "verdict", "reason", "ahead", "best",
)  # fmt: skip

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of text that a spreadsheet evaluates as a formula."""


def lines_csv(report: Report, face: FaceTake | None = None) -> str:
    """A CSV table with one row for each line; a missing figure is an empty cell.

    With `face` it also has the shares of each line with the eyes down and at the lens.
    """
    if face is None:
        return csv_text(_LINE_COLUMNS, (_line(line) for line in report.lines))
    eyes: dict[int, list[Cell]] = {line.line: [line.page, line.lens] for line in face.lines}
    rows = ([*_line(line), *eyes.get(line.index, [None, None])] for line in report.lines)
    return csv_text([*_LINE_COLUMNS, "eyes_down", "eyes_at_lens"], rows)


def samples_csv(take: TakeMoments, face: FaceTake | None = None) -> str:
    """A CSV table with one row for each reading of `take`; see `_SAMPLE_COLUMNS`.

    With `face` it also has the measures, in rows in which the face was measured, and the columns of the mirror's log.
    """
    headings = [heading for heading, _ in _SAMPLE_COLUMNS]
    more: dict[float, list[Cell]] = {}
    if face is not None:
        headings += [*(each.key for each in MEASURES), *_HEAD_COLUMNS]
        more = {moment.t: _face_cells(moment) for moment in face.moments}
    rows = ([*(cell(moment) for _, cell in _SAMPLE_COLUMNS), *more.get(moment.t, ())] for moment in take.moments)
    return csv_text(headings, (row + [None] * (len(headings) - len(row)) for row in rows))


_HEAD_COLUMNS: Final = ("head_yaw", "head_pitch", "head_roll", "eyes", "landmarks")


def _face_cells(moment: FaceMoment) -> list[Cell]:
    """The measures against rest in eye distances, the angles of the head in degrees, the eyes, and what was wrong."""
    head = moment.reading.head if moment.reading else (None, None, None)
    return [*(moment.measures or [None] * len(MEASURES)), *head, moment.gaze, moment.trouble]


def _on_target(moment: Moment) -> Cell:
    return None if moment.on_target is None else int(moment.on_target)


def _probability(index: int, moment: Moment) -> Cell:
    return round(moment.smoothed[index], 4) if moment.smoothed else None


_SAMPLE_COLUMNS: Final[tuple[tuple[str, Callable[[Moment], Cell]], ...]] = (
    ("t", lambda moment: round(moment.t, 4)),
    ("line", lambda moment: moment.line),
    ("read", lambda moment: moment.read),
    ("on_target", _on_target),
    ("why", lambda moment: moment.reason),
    ("weight", lambda moment: moment.weight),
    *((emotion, partial(_probability, index)) for index, emotion in enumerate(EMOTIONS)),
)
"""Heading and cell of each column of the table of readings; the last seven are the smoothed probabilities."""


def comparison_csv(comparison: Comparison, best: BestTakes) -> str:
    """A CSV table with one row for each line of each take; `ahead` and `best` are 1 or 0."""
    chosen = {(choice.text, choice.take) for choice in best.choices}
    return csv_text(
        _COMPARED_COLUMNS,
        (
            _compared_line(number, row, take, comparison.takes[take].name, line, best=(row.text, take) in chosen)
            for number, row in enumerate(comparison.lines, 1)
            for take, line in enumerate(row.reports)
            if line is not None
        ),
    )


def _compared_line(number: int, row: ComparedLine, take: int, name: str, line: LineReport, *, best: bool) -> list[Cell]:
    ahead = row.ranking.lead is not None and take in row.ranking.ahead
    cells = {
        **_line_cells(line),
        "row": number,
        "take": take + 1,
        "name": name,
        "ahead": int(ahead),
        "best": int(best),
    }
    return [cells[column] for column in _COMPARED_COLUMNS]


def _line(line: LineReport) -> list[Cell]:
    cells = _line_cells(line)
    return [cells[column] for column in _LINE_COLUMNS]


def _line_cells(line: LineReport) -> dict[str, Any]:
    """The fields of `line` by name, and the columns that differ from its fields."""
    return {**line.model_dump(), "line": line.index, "read": line.top, "reason": _reason(line)}


def _reason(line: LineReport) -> str:
    """The reason of `line` and what else is to be said of it, as `reason_text` has it, but always in English."""
    reason = "ended early" if line.reason == "broken off" else line.reason
    attempts = f"attempt {line.attempts}" if line.attempts > 1 else ""
    prompts = count_text(line.prompts, "prompt") if line.prompts else ""
    return ", ".join(dict.fromkeys(filter(None, (reason, line.intensity, attempts, prompts))))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A CSV table with a header row, in which no cell is a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_escape_formula(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _escape_formula(cell: Cell) -> Cell:
    """Escape a text that a spreadsheet would evaluate; return a number unchanged."""
    if not isinstance(cell, str):
        return cell
    text = clean(cell, 4000)
    return f"'{text}" if text.startswith(_FORMULA) else text


HISTORY_VERSION: Final = 1

HISTORY_COLUMNS: Final = (
    "take", "at", "model", "strictness", "line", "text", "target", "verdict", "accuracy", "share", "asked_share",
    "reason", "compared",
)  # fmt: skip
"""`line` is the number in the current script, empty for a removed line; `text` and `target` are as played."""


def history_json(history: History) -> str:
    """`history` as JSON with a final newline; equal histories give equal text."""
    fields = {
        "history_version": HISTORY_VERSION,
        "title": history.title,
        "model": history.model.model_dump() if history.model else None,
        "takes": [_take(take) for take in history.takes],
        "whole_takes": [{"take": full.take.name, "accuracy": round(full.accuracy, 4)} for full in history.full_takes],
        "overall": _figures(history.overall),
        "lines": [_history_line(line) for line in history.lines],
        "cut": [_history_line(line) for line in history.removed],
        "left_out": {"unwatched": history.excluded.unwatched, "unscored": history.excluded.unscored},
    }
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def history_csv(history: History) -> str:
    """A CSV table with one row for each line of each take; a missing value is an empty cell."""
    lines = (*history.lines, *history.removed)
    return csv_text(HISTORY_COLUMNS, (_history_row(line, entry) for line in lines for entry in line.entries))


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
        "points": [_entry(entry) for entry in line.entries],
    }


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    fields = entry.line.model_dump(include={"text", "target", "verdict", "accuracy", "share", "asked_share", "reason"})
    return {"take": entry.take.name, **fields, "compared": entry.comparable}


def _figures(trend: Trend) -> dict[str, Any]:
    figures = asdict(trend)
    figures["trend"] = figures.pop("direction")
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}


def _history_row(line: LineHistory, entry: HistoryEntry) -> list[Cell]:
    cells = {**_take(entry.take), **_entry(entry), "line": line.number, "compared": int(entry.comparable)}
    return [cells[column] for column in HISTORY_COLUMNS]
