"""A script over its takes as one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coach.core.progress.history_words import (
    LAST,
    MOST_TROUBLE,
    legend,
    lines_of,
    points,
    remarks,
    span,
    stays_low,
    trend,
    whole,
)
from coach.pages.history_chart import LEAST, MOST, line_chart, whole_chart
from coach.pages.render import drawing, page, percent

if TYPE_CHECKING:
    from coach.core.progress.history import History, LineHistory
    from coach.core.progress.past_takes import PastTake


def history_page(history: History) -> str:
    """The page of `history`, HTML text."""
    takes = history.takes[-MOST:]
    return page(
        "history.html",
        ["sort.js", "takes.js"],
        title=history.title,
        span=span(history),
        last=LAST,
        whole=whole(history, percent),
        whole_chart=drawing(whole_chart(history, takes)) if history.runs else "",
        trouble=[_trouble(line) for line in history.trouble[:MOST_TROUBLE]],
        more_trouble=lines_of(history.trouble[MOST_TROUBLE:]),
        lines=[_line(line, takes) for line in history.lines],
        remarks=remarks(history),
        drawn=f"The curves show the newest {MOST} takes." if len(history.takes) > MOST else "",
        ends=list(dict.fromkeys(take.day[:10] for take in (takes[:1] + takes[-1:]))),
        filled=min(len(takes), LEAST),
        legend=legend(history),
        read_by=history.model.name if history.model else "",
        apart=any(not point.compared for line in history.lines for point in line.points if point.line.scored),
        takes=[_take(take, history) for take in reversed(takes)],
    )


def _trouble(line: LineHistory) -> dict[str, Any]:
    best = line.best
    return {
        "where": stays_low(line),
        "text": line.text,
        "target": line.target,
        "best": (best.line.accuracy, best.take.day) if best else None,
    }


def _line(line: LineHistory, takes: Sequence[PastTake]) -> dict[str, Any]:
    best, figures = line.best, line.figures
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
        "spread": figures.spread,
        "spread_points": points(figures.spread),
        "slope": figures.slope,
        "trend": trend(figures) if line.compared else "nothing to compare yet",
    }


def _take(take: PastTake, history: History) -> dict[str, Any]:
    accuracies = {run.take.name: run.accuracy for run in history.runs}
    return {
        "day": take.day,
        "name": take.name,
        "read_by": take.report.read_by,
        "strictness": take.report.strictness,
        "accuracy": accuracies.get(take.name),
        "source": "the camera" if take.report.source.kind == "camera" else take.report.source.name,
    }
