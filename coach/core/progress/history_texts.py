"""Texts about a history, shared by terminal and page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from coach.base.messages import mark, tr, tr_n
from coach.base.text import join_with_and
from coach.core.progress.history import History, LineHistory
from coach.core.progress.past_takes import PastTake
from coach.core.progress.trends import LATEST_TAKES, WINDOW, Direction, Trend

MAX_CHANGES: Final = 3
"""Maximum number of lines whose change heads a history; the table has all of them."""

NO_VALUE: Final = "–"
"""Shown if there are too few takes for a figure."""

SPLIT_CURVE_NOTE: Final = mark(
    "| marks where the model or the wanted emotion changed; a dot was not scored or is not compared."
)
"""Caption of split sparklines."""

MAX_TROUBLE: Final = 3
"""Maximum number of trouble spots in the summary; the table has all of them."""

_MAX_REMOVED: Final = 3
"""Maximum number of removed lines that remarks quote."""

_DIRECTIONS: Final[dict[Direction, str]] = {
    "rising": mark("better"),
    "falling": mark("worse"),
    "none": mark("no clear trend"),
    "too few": mark("too few takes"),
}


def trend_text(trend: Trend) -> str:
    """Direction of a trend, with the slope in percentage points if it has one: ``better, +2.3 points a take``."""
    direction = tr(_DIRECTIONS[trend.direction])
    if trend.direction in ("rising", "falling") and trend.slope is not None:
        return tr("{direction}, {points:+.1f} points a take", direction=direction, points=trend.slope * 100)
    return direction


def line_trend_text(history: History, line: LineHistory) -> str:
    """Trend of `line`: ``better since take 6``, ``better, +2.3 points a take``, ``no clear trend``."""
    return _since_text(history, [entry.take for entry in line.comparable], line.trend) or trend_text(line.trend)


def _since_text(history: History, takes: Sequence[PastTake], trend: Trend) -> str:
    """The change of level in a trend over `takes`: ``better since take 6``; empty if there is none."""
    if trend.step is None:
        return ""
    message = mark("better since take {number}") if trend.direction == "rising" else mark("worse since take {number}")
    return tr(message, number=history.number_of(takes[trend.step.place]))


def percent_text(share: float | None) -> str:
    """Format a share: ``92%``; a dash for None."""
    return NO_VALUE if share is None else f"{share:.0%}"


def change_sentences(history: History, percent: Callable[[float | None], str] = percent_text) -> list[str]:
    """What changed, the largest change first, as in ``Line 5 works since take 6: 0% before, 89% since``."""
    changed = [line for line in history.lines if line.trend.direction in ("rising", "falling")]
    largest = sorted(changed, key=lambda line: -_size(line.trend))
    return [_change_sentence(history, line, percent) for line in largest[:MAX_CHANGES]]


def _size(trend: Trend) -> float:
    """Size of a change over the takes of the trend, 0 to 1."""
    if trend.step is not None:
        return abs(trend.step.after - trend.step.before)
    return min(abs(trend.slope or 0.0) * (min(trend.count, WINDOW) - 1), 1.0)


def _change_sentence(history: History, line: LineHistory, percent: Callable[[float | None], str]) -> str:
    trend, step = line.trend, line.trend.step
    if step is None:
        return tr("Line {number} gets {trend}.", number=line.number, trend=trend_text(trend))
    if trend.direction == "rising":
        works = line.works_since(step.place)
        state = mark("Line {number} works since take {take}: {before} before, {after} since.")
        state = state if works else mark("Line {number} is better since take {take}: {before} before, {after} since.")
    else:
        state = mark("Line {number} is worse since take {take}: {before} before, {after} since.")
    take = history.number_of(line.comparable[step.place].take)
    return tr(state, number=line.number, take=take, before=percent(step.before), after=percent(step.after))


def takes_text(history: History) -> str:
    """Number and dates of the takes: ``7 takes, 2026-11-01 to 2026-11-24``."""
    if not history.takes:
        return tr("No take of this script has been scored yet.")
    first, last = (_day(take) for take in (history.takes[0], history.takes[-1]))
    takes = take_count_text(len(history.takes))
    return (
        f"{takes}, {first}" if last == first else tr("{takes}, {first} to {last}", takes=takes, first=first, last=last)
    )


def trouble_text(line: LineHistory) -> str:
    """Describe a trouble spot: ``line 3 (no hit in the last 5 takes)``."""
    return tr_n(
        "line {number} (no hit in the last take)",
        "line {number} (no hit in the last {count} takes)",
        min(len(line.comparable), LATEST_TAKES),
        number=line.number,
    )


def full_takes_text(history: History, percent: Callable[[float | None], str] = percent_text) -> str:
    """Describe the trend of the full takes; `percent` formats shares."""
    trend = history.overall
    if not trend.count:
        return tr("no take has every line of the script yet.")
    first, newest = percent(trend.first), percent(history.full_takes[-1].accuracy)
    if trend.count == 1:
        return tr("one, on target {share} of the time.", share=first)
    change = _since_text(history, [full.take for full in history.full_takes], trend) or trend_text(trend)
    message = mark("{count}; first {first}, newest {newest}; {change}.")
    return tr(message, count=trend.count, first=first, newest=newest, change=change)


def history_remarks(history: History) -> list[str]:
    """Remarks on new and removed lines, on strictness, and on takes that are not used, one sentence each."""
    remarks = []
    if history.new and history.takes:
        remarks.append(tr("Not played yet: {lines}.", lines=lines_text(history.new)))
    quoted, further = history.removed[:_MAX_REMOVED], len(history.removed) - _MAX_REMOVED
    gone = mark("No longer in the script, last played {day}: {text}")
    remarks += [tr(gone, day=_day(line.entries[-1].take), text=line.text) for line in quoted]
    if further > 0:
        remarks.append(
            tr_n(
                "And {count} more line that is no longer in the script.",
                "And {count} more lines that are no longer in the script.",
                further,
            )
        )
    return remarks + strictness_remarks(history) + _excluded_remarks(history)


def strictness_remarks(history: History) -> list[str]:
    """One sentence if takes have different strictness settings; otherwise empty."""
    if len(history.strictness_counts) < 2:
        return []
    counts = ", ".join(f"{count} {tr(strictness)}" for strictness, count in history.strictness_counts.items())
    message = mark("The takes have different strictness ({counts}). It changes verdicts, not the time on target.")
    return [tr(message, counts=counts)]


def _excluded_remarks(history: History) -> list[str]:
    """Remarks on entries and takes that are not used in any figure."""
    excluded = history.excluded
    remarks = [
        tr("{takes} read by {model}: not compared with the others.", takes=take_count_text(count), model=model.name)
        for model, count in excluded.models
    ]
    changed = [line for line in history.lines if any(entry.line.target != line.target for entry in line.entries)]
    if changed:
        message = mark("{lines} had another tag in earlier takes, so they are not compared.")
        remarks.append(tr(message, lines=lines_text(changed).capitalize()))
    if excluded.unwatched:
        remarks.append(tr("{takes} without a camera: not counted.", takes=take_count_text(excluded.unwatched)))
    if excluded.unscored:
        remarks.append(tr("{takes} with nothing scored: not counted.", takes=take_count_text(excluded.unscored)))
    return remarks


def legend(history: History) -> str:
    """Explain the figures."""
    wanted = mark("%: how much of the time the camera read what you wanted.")
    if history.model:
        wanted = mark("%: how much of the time the camera read what you wanted (model: {model}).")
    return " ".join(
        [
            tr(wanted, model=history.model.name if history.model else ""),
            tr("first and newest: the first and the last bar that is compared."),
            tr("A trend is shown after five takes, if it is clear."),
        ]
    )


def take_count_text(takes: int) -> str:
    """Number of takes as text: ``1 take``, ``7 takes``."""
    return tr_n("{count} take", "{count} takes", takes)


def lines_text(lines: Sequence[LineHistory]) -> str:
    """Numbers of `lines` as text: ``line 3``, ``lines 2, 4 and 5``; empty without lines."""
    numbers = join_with_and([str(line.number) for line in lines])
    return tr_n("line {numbers}", "lines {numbers}", len(lines), numbers=numbers) if lines else ""


def _day(take: PastTake) -> str:
    return take.day[:10]
