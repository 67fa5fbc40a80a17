"""The three tables of an archive, and the rows of one recording. docs/archives.md describes each column."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from coach.base.events import Event, Reading
from coach.base.types import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coach.base.types import Box, Face, Probabilities
    from coach.core.mirror.view import MirrorFace, MirrorView
    from coach.core.scoring.report import LineReport, Report

ColumnType = Literal["text", "texts", "whole", "number", "yes or no"]
"""``number`` is a float of 64 bits, ``texts`` a list. Every column except `key` may be empty."""

Row: TypeAlias = "dict[str, Any]"
"""The cells of one row by column. A column that is left out is empty."""

SMOOTHED: Final = tuple(f"{emotion}_smoothed" for emotion in EMOTIONS)
"""Columns of the smoothed, prior-corrected probabilities."""

READ: Final = tuple(f"read_{emotion}" for emotion in EMOTIONS)
"""Columns of the share of a line's scored time in which each emotion was read."""

EVIDENCE: Final = tuple(f"evidence_{emotion}" for emotion in EMOTIONS)
"""Columns of the log odds of each emotion against the actor's rest."""

_LINE_TEXTS: Final = ("text", "target", "top", "intensity", "verdict", "reason")
_LINE_NUMBERS: Final = (
    *("start_s", "end_s", "played_s", "scored_s", "coverage", "accuracy", "match", "arrival_s", "hold_s", "bleed_s"),
    *("share", "asked_share"),
)
_TOTALS: Final = ("hits", "partials", "misses", "not_scored")


def _columns(kind: ColumnType, *names: str) -> dict[str, ColumnType]:
    return dict.fromkeys(names, kind)


FILES: Final[Mapping[str, ColumnType]] = {
    **_columns("text", "key", "path", "sha256", "kind", "script", "model", "model_sha256", "settings"),
    **_columns("number", "duration_s"),
    **_columns("whole", "width", "height", "readings", "people"),
    **_columns("text", "ended"),
    **_columns("texts", "warnings"),
    **_columns("number", "accuracy", "coverage", "scored_s"),
    **_columns("whole", *_TOTALS),
    **_columns("text", "take", "analysed_at", "coach_version"),
}
"""One row a recording."""

LINES: Final[Mapping[str, ColumnType]] = {
    **_columns("text", "key"),
    **_columns("whole", "line"),
    **_columns("text", *_LINE_TEXTS),
    **_columns("texts", "targets"),
    **_columns("number", *_LINE_NUMBERS, *READ, *EVIDENCE),
}
"""One row a line of the script."""

READINGS: Final[Mapping[str, ColumnType]] = {
    **_columns("text", "key"),
    **_columns("number", "t"),
    **_columns("whole", "track", "line"),
    **_columns("number", "x", "y", "width", "height", *EMOTIONS, *SMOOTHED),
    **_columns("text", "label", "reason"),
    **_columns("number", "weight"),
    **_columns("yes or no", "on_target"),
}
"""One row a reading of one face."""

TABLES: Final = {"files": FILES, "lines": LINES, "readings": READINGS}
"""The columns of each table by its name."""


class ReadingRows:
    """An event sink that passes a row for each reading of the actor to `add`.

    Attributes:
        count: number of readings so far.
    """

    def __init__(self, add: Callable[[Row], None]) -> None:
        self._add = add
        self.count = 0

    def handle(self, event: Event) -> None:
        """Pass on a row if `event` is a reading."""
        if isinstance(event, Reading):
            self.count += 1
            self._add(_reading_row(event))

    def close(self) -> None:
        """Do nothing; no resource is open."""


def _reading_row(reading: Reading) -> Row:
    face = reading.observation.actor
    return {
        "t": reading.t,
        "line": reading.index,
        **(_face_cells(face) if face is not None else {}),
        **_shares(SMOOTHED, reading.smoothed),
        "label": reading.read,
        "reason": reading.observation.reason,
        "on_target": reading.on_target,
    }


def view_rows(view: MirrorView) -> list[Row]:
    """A row for each face of a moment of the mirror; one row without a face if there is none."""
    return [_mirror_row(view.t, face) for face in view.faces] or [{"t": view.t, "reason": view.reason}]


def _mirror_row(t: float, face: MirrorFace) -> Row:
    cells = {"track": face.track, **_box_cells(face.box), **_shares(EMOTIONS, face.raw), "weight": face.weight}
    return {"t": t, **cells, **_shares(SMOOTHED, face.smoothed), "label": face.label, "reason": face.reason}


def _face_cells(face: Face) -> Row:
    return {
        "track": face.track,
        **_box_cells(face.box),
        **_shares(EMOTIONS, face.probabilities),
        "weight": face.weight,
    }


def _box_cells(box: Box) -> Row:
    return {"x": box.x, "y": box.y, "width": box.width, "height": box.height}


def _shares(names: tuple[str, ...], shares: Probabilities | None) -> Row:
    return {} if shares is None else dict(zip(names, shares, strict=True))


def line_row(line: LineReport) -> Row:
    """The row of one line of a report."""
    return {
        "line": line.index,
        **{name: getattr(line, name) for name in (*_LINE_TEXTS, *_LINE_NUMBERS)},
        "targets": list(line.targets),
        **{name: line.read.get(emotion) for name, emotion in zip(READ, EMOTIONS, strict=True)},
        **{name: (line.evidence or {}).get(emotion) for name, emotion in zip(EVIDENCE, EMOTIONS, strict=True)},
    }


def report_cells(report: Report) -> Row:
    """The cells that a report adds to the row of its recording."""
    overall = report.overall
    model = report.model
    return {
        "script": report.title,
        "model": model.name if model else None,
        "model_sha256": model.sha256 if model else None,
        "settings": json.dumps(report.settings, sort_keys=True),
        "ended": report.ended,
        "warnings": report.warnings,
        **{name: getattr(overall, name) for name in ("accuracy", "coverage", "scored_s", *_TOTALS)},
    }
