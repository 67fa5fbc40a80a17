"""The history of a script over its takes as a self-contained HTML page, with a chart for each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any, Final

from coach.base.messages import tr
from coach.core.progress.history_texts import (
    MAX_TROUBLE,
    change_sentences,
    full_takes_text,
    history_remarks,
    legend,
    line_trend_text,
    lines_text,
    takes_text,
    trouble_text,
)
from coach.core.scoring.report import VERDICT_TEXTS
from coach.core.script.targets import target_words
from coach.pages.plot import PAD, TALL, WIDE, ChartRow, text_of
from coach.pages.render import percent, render_page, svg_markup

if TYPE_CHECKING:
    import svg

    from coach.core.progress.history import History, HistoryEntry, LineHistory
    from coach.core.progress.past_takes import PastTake

MAX_DRAWN: Final = 100
"""Maximum number of takes in a chart, the newest ones; on a phone, the bars of more takes would be hairlines."""

_MIN_PLACES: Final = 8
"""Minimum number of places for bars, so that the bar of a single take is not as wide as the chart."""

_LINE_HEIGHT: Final = 44
"""Height of the chart of a line in pixels."""

_FULL_TAKES_HEIGHT: Final = 96
"""Height of the chart of full takes in pixels."""

_MIN_BAR_HEIGHT: Final = 4
"""Minimum height of a bar in units, so that a bar of 0 is visible and can be pointed at."""

_MARGIN: Final = 0.12
"""Share of a place that stays empty on either side of its bar."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """The bar of a take in a chart.

    Attributes:
        place: 0-based place from the left.
        accuracy: accuracy, 0 to 1.
        kind: CSS class.
        tooltip: text to show when the user points at the bar.
        group: value to group bars by; the curve connects only bars of the same group.
    """

    place: int
    accuracy: float
    kind: str
    tooltip: str
    group: object


def line_chart(line: LineHistory, takes: Sequence[PastTake]) -> svg.SVG:
    """The chart of `line` over `takes`; a take has the same place in the chart of every line."""
    places = {take.name: place for place, take in enumerate(takes)}
    drawn = [entry for entry in line.entries if entry.line.scored and entry.take.name in places]
    bars = [_bar(places[entry.take.name], entry) for entry in drawn]
    return _chart(bars, len(takes), _LINE_HEIGHT, tr("Accuracy of line {number}", number=line.number))


def full_takes_chart(history: History, takes: Sequence[PastTake]) -> svg.SVG:
    """The chart of full takes; takes read by another model interrupt its curve."""
    places = {take.name: place for place, take in enumerate(takes)}
    # The number of takes of other models so far: it changes, and so starts a new group, at each of them.
    groups = list(accumulate(int(take.report.model != history.model) for take in takes))
    drawn = [(places[full.take.name], full) for full in history.full_takes if full.take.name in places]
    bars = [
        _Bar(place, full.accuracy, "whole", f"{full.take.day}: {percent(full.accuracy)}", groups[place])
        for place, full in drawn
    ]
    return _chart(bars, len(takes), _FULL_TAKES_HEIGHT, tr("Accuracy of whole takes"))


def _bar(place: int, entry: HistoryEntry) -> _Bar:
    line, report = entry.line, entry.take.report
    tooltip = f"{entry.take.day}: {tr(VERDICT_TEXTS[line.verdict])}, {percent(line.accuracy)}"
    if not entry.comparable:
        apart = tr(
            "not compared: wanted {target}, model {model}", target=target_words(line.target), model=report.read_by
        )
        tooltip = f"{tooltip}, {apart}"
    kind = line.verdict if entry.comparable else "apart"
    return _Bar(place, line.accuracy or 0.0, kind, tooltip, (report.model, line.target))


def _chart(bars: Sequence[_Bar], count: int, height: int, title: str) -> svg.SVG:
    import svg

    # The horizontal axis of this row has a place for each take instead of a second.
    row = ChartRow(max(count, _MIN_PLACES), 0, height)
    row.block(0, row.seconds, "ground")
    row.horizontal_line(0, row.seconds, 0.5, "border")
    row.shapes += [_rect(bar, row) for bar in bars]
    for (_, apart), group in groupby(bars, key=lambda bar: (bar.group, bar.kind == "apart")):
        if not apart:
            row.line([(bar.place + 0.5, bar.accuracy) for bar in group], "through")
    return svg.SVG(
        class_=["takes"],
        width=svg.Length(100, "%"),
        height=height,
        extra={"role": "img"},
        elements=[svg.Title(text=title), row.to_svg()],
    )


def _rect(bar: _Bar, row: ChartRow) -> svg.Rect:
    """The rectangle of a bar, with its tooltip."""
    import svg

    width = WIDE / row.seconds
    height = max(PAD + bar.accuracy * (TALL - 2 * PAD), PAD + _MIN_BAR_HEIGHT)
    return svg.Rect(
        x=round(width * (bar.place + _MARGIN), 1),
        width=round(width * (1 - 2 * _MARGIN), 1),
        y=round(TALL - height, 1),
        height=round(height, 1),
        class_=["bar", bar.kind],
        elements=[svg.Title(text=text_of(bar.tooltip))],
    )


def history_page(history: History) -> str:
    """Render the page of `history` as HTML text."""
    takes = history.takes[-MAX_DRAWN:]
    return render_page(
        "history.html",
        ["sort.js", "takes.js"],
        title=history.title,
        takes_text=takes_text(history),
        changes=change_sentences(history, percent),
        full_takes=full_takes_text(history, percent),
        full_takes_chart=svg_markup(full_takes_chart(history, takes)) if history.full_takes else "",
        trouble_spots=[_trouble_spot(line) for line in history.trouble_spots[:MAX_TROUBLE]],
        more_trouble_spots=lines_text(history.trouble_spots[MAX_TROUBLE:]),
        lines=[_line(history, line, takes) for line in history.lines],
        remarks=history_remarks(history),
        drawn=tr("The curves show the newest {count} takes.", count=MAX_DRAWN)
        if len(history.takes) > MAX_DRAWN
        else "",
        dates=list(dict.fromkeys(take.day[:10] for take in (takes[:1] + takes[-1:]))),
        filled_places=min(len(takes), _MIN_PLACES),
        legend=legend(history),
        read_by=history.model.name if history.model else "",
        any_apart=any(not entry.comparable for line in history.lines for entry in line.entries if entry.line.scored),
        takes=[_take(take, history) for take in reversed(takes)],
    )


def _trouble_spot(line: LineHistory) -> dict[str, Any]:
    best = line.best
    return {
        "where": trouble_text(line),
        "text": line.text,
        "target": line.target,
        "best": (best.line.accuracy, best.take.day) if best else None,
    }


def _line(history: History, line: LineHistory, takes: Sequence[PastTake]) -> dict[str, Any]:
    best, trend = line.best, line.trend
    return {
        "number": line.number,
        "text": line.text,
        "target": line.target,
        "chart": svg_markup(line_chart(line, takes)),
        "first": trend.first,
        "newest": line.newest.line.accuracy if line.newest else None,
        "best": best.line.accuracy if best else None,
        "best_take": best.take.name if best else "",
        "best_day": best.take.day if best else "",
        "slope": trend.slope,
        "trend": line_trend_text(history, line) if line.comparable else tr("nothing to compare yet"),
    }


def _take(take: PastTake, history: History) -> dict[str, Any]:
    accuracies = {full.take.name: full.accuracy for full in history.full_takes}
    return {
        "number": history.number_of(take),
        "day": take.day,
        "name": take.name,
        "read_by": take.report.read_by,
        "strictness": take.report.strictness,
        "accuracy": accuracies.get(take.name),
        "source": tr("the camera") if take.report.source.kind == "camera" else take.report.source.name,
    }
