"""The history of a script over its takes as one page, with a curve for each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any, Final

from coach.core.progress.history_texts import (
    LATEST_NAME,
    MAX_TROUBLE,
    full_takes_text,
    history_remarks,
    legend,
    lines_text,
    takes_text,
    trend_text,
    trouble_text,
)
from coach.core.scoring.report import VERDICTS
from coach.pages.plot import PAD, TALL, WIDE, ChartRow, text_of
from coach.pages.render import drawing, page, percent

if TYPE_CHECKING:
    import svg

    from coach.core.progress.history import History, HistoryEntry, LineHistory
    from coach.core.progress.past_takes import PastTake

MOST: Final = 100
"""Most takes that are drawn, the newest ones; more would be hairlines on a phone."""

LEAST: Final = 8
"""Least number of places, so that a single take is not drawn as one wide block."""

_LINE_HEIGHT: Final = 44
_WHOLE_HEIGHT: Final = 96
_LOWEST: Final = 4
"""Least height of a bar in units, so that a bar of 0 is visible and can be pointed at."""

_GAP: Final = 0.12
"""Share of a place that is left empty on either side of its bar."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A take in a chart.

    Attributes:
        place: from the left, from 0.
        accuracy: 0 to 1.
        kind: CSS class.
        tooltip: text that is shown when the bar is pointed at.
        held_to: what it was scored by; only bars with the same value are joined by a line.
    """

    place: int
    accuracy: float
    kind: str
    tooltip: str
    held_to: object


def line_chart(line: LineHistory, takes: Sequence[PastTake]) -> svg.SVG:
    """The chart of `line` over `takes`; a take has the same place in the chart of every line."""
    places = {take.name: place for place, take in enumerate(takes)}
    drawn = [point for point in line.entries if point.line.scored and point.take.name in places]
    bars = [_bar(places[point.take.name], point) for point in drawn]
    return _chart(bars, len(takes), _LINE_HEIGHT, f"Accuracy of line {line.number}")


def whole_chart(history: History, takes: Sequence[PastTake]) -> svg.SVG:
    """The chart of whole takes; its line is interrupted by takes that another model read."""
    places = {take.name: place for place, take in enumerate(takes)}
    apart = list(accumulate(int(take.report.model != history.model) for take in takes))
    runs = [(places[run.take.name], run) for run in history.full_takes if run.take.name in places]
    bars = [
        _Bar(place, run.accuracy, "whole", f"{run.take.day}: {percent(run.accuracy)}", apart[place])
        for place, run in runs
    ]
    return _chart(bars, len(takes), _WHOLE_HEIGHT, "Accuracy of whole takes")


def _bar(place: int, point: HistoryEntry) -> _Bar:
    line, report = point.line, point.take.report
    tooltip = f"{point.take.day}: {VERDICTS[line.verdict]}, {percent(line.accuracy)}"
    if not point.comparable:
        tooltip += f", not compared: wanted {line.target}, model {report.read_by}"
    kind = line.verdict if point.comparable else "apart"
    return _Bar(place, line.accuracy or 0.0, kind, tooltip, (report.model, line.target))


def _chart(bars: Sequence[_Bar], count: int, height: int, title: str) -> svg.SVG:
    import svg

    row = ChartRow(max(count, LEAST), 0, height)
    row.block(0, row.seconds, "ground")
    row.level(0, row.seconds, 0.5, "border")
    row.shapes += [_drawn(bar, row) for bar in bars]
    for (_, apart), run in groupby(bars, key=lambda bar: (bar.held_to, bar.kind == "apart")):
        if not apart:
            row.line([(bar.place + 0.5, bar.accuracy) for bar in run], "through")
    return svg.SVG(
        class_=["takes"],
        width=svg.Length(100, "%"),
        height=height,
        extra={"role": "img"},
        elements=[svg.Title(text=title), row.drawn()],
    )


def _drawn(bar: _Bar, row: ChartRow) -> svg.Rect:
    """A bar with its tooltip."""
    import svg

    wide = WIDE / row.seconds
    high = max(PAD + bar.accuracy * (TALL - 2 * PAD), PAD + _LOWEST)
    return svg.Rect(
        x=round(wide * (bar.place + _GAP), 1),
        width=round(wide * (1 - 2 * _GAP), 1),
        y=round(TALL - high, 1),
        height=round(high, 1),
        class_=["bar", bar.kind],
        elements=[svg.Title(text=text_of(bar.tooltip))],
    )


def history_page(history: History) -> str:
    """The page of `history`, HTML text."""
    takes = history.takes[-MOST:]
    return page(
        "history.html",
        ["sort.js", "takes.js"],
        title=history.title,
        span=takes_text(history),
        last=LATEST_NAME,
        whole=full_takes_text(history, percent),
        whole_chart=drawing(whole_chart(history, takes)) if history.full_takes else "",
        trouble=[_trouble(line) for line in history.trouble_spots[:MAX_TROUBLE]],
        more_trouble=lines_text(history.trouble_spots[MAX_TROUBLE:]),
        lines=[_line(line, takes) for line in history.lines],
        remarks=history_remarks(history),
        drawn=f"The curves show the newest {MOST} takes." if len(history.takes) > MOST else "",
        ends=list(dict.fromkeys(take.day[:10] for take in (takes[:1] + takes[-1:]))),
        filled=min(len(takes), LEAST),
        legend=legend(history),
        read_by=history.model.name if history.model else "",
        apart=any(not point.comparable for line in history.lines for point in line.entries if point.line.scored),
        takes=[_take(take, history) for take in reversed(takes)],
    )


def _trouble(line: LineHistory) -> dict[str, Any]:
    best = line.best
    return {
        "where": trouble_text(line),
        "text": line.text,
        "target": line.target,
        "best": (best.line.accuracy, best.take.day) if best else None,
    }


def _line(line: LineHistory, takes: Sequence[PastTake]) -> dict[str, Any]:
    best, figures = line.best, line.trend
    return {
        "number": line.number,
        "text": line.text,
        "target": line.target,
        "chart": drawing(line_chart(line, takes)),
        "first": figures.first,
        "latest": figures.latest,
        "best": best.line.accuracy if best else None,
        "best_take": best.take.name if best else "",
        "best_day": best.take.day if best else "",
        "slope": figures.slope,
        "trend": trend_text(figures) if line.comparable else "nothing to compare yet",
    }


def _take(take: PastTake, history: History) -> dict[str, Any]:
    accuracies = {run.take.name: run.accuracy for run in history.full_takes}
    return {
        "day": take.day,
        "name": take.name,
        "read_by": take.report.read_by,
        "strictness": take.report.strictness,
        "accuracy": accuracies.get(take.name),
        "source": "the camera" if take.report.source.kind == "camera" else take.report.source.name,
    }
