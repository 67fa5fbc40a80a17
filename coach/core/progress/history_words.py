"""Texts about a history, the same on the terminal and on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from coach.core.progress.history import History, LineHistory
from coach.core.progress.trends import LATEST_TAKES, MIN_TAKES, WINDOW, Direction, Trend

LATEST_NAME: Final = "last five"
"""Name of `Trend.latest`, the median of the newest takes."""

NO_VALUE: Final = "–"
"""Shown if there are too few takes for a figure."""

SPLIT_CURVE_NOTE: Final = "| parts a curve where another model read the line, or another emotion was asked for."
"""Caption of split sparklines."""

MAX_TROUBLE: Final = 3
"""Trouble spots listed in the summary, as many as one can remember; the table has them all."""

_MAX_CUT: Final = 3
"""Cut lines quoted in the remarks."""

_DIRECTIONS: Final[dict[Direction, str]] = {
    "rising": "rising",
    "falling": "falling",
    "none": "no clear trend",
    "too few": "too few for a trend",
}


def trend_text(trend: Trend) -> str:
    """The direction, and the slope in percentage points if there is one: ``rising +2.3 a take``."""
    direction = _DIRECTIONS[trend.direction]
    if trend.direction in ("rising", "falling") and trend.slope is not None:
        return f"{direction} {trend.slope * 100:+.1f} a take"
    return direction


def percent_text(share: float | None) -> str:
    """A share as ``92%``, or a dash."""
    return NO_VALUE if share is None else f"{share:.0%}"


def points_text(share: float | None) -> str:
    """A difference of shares in percentage points, or a dash."""
    return NO_VALUE if share is None else f"{share * 100:.0f}"


def takes_text(history: History) -> str:
    """Number and dates of the takes."""
    if not history.takes:
        return "No take of it has been scored yet."
    first, last = (take.day[:10] for take in (history.takes[0], history.takes[-1]))
    return f"{take_count_text(len(history.takes))}, {first}" + (f" to {last}" if last != first else "")


def trouble_text(line: LineHistory) -> str:
    """A trouble spot: ``line 3, no hit in its last 5 takes``."""
    return f"line {line.number}, no hit in its last {min(len(line.comparable), LATEST_TAKES)} takes"


def whole_takes_text(history: History, percent: Callable[[float | None], str] = percent_text) -> str:
    """Trend of the full takes; `percent` formats shares."""
    trend = history.overall
    if not trend.count:
        return "none has every line as it is now."
    first, latest = percent(trend.first), percent(trend.latest)
    if trend.latest is None:
        return f"one, {first} accurate."
    spread = f", spread {points_text(trend.spread)}" if trend.spread is not None else ""
    return f"{trend.count}; first {first}, {LATEST_NAME} {latest}{spread}; {trend_text(trend)}."


def remarks(history: History) -> list[str]:
    """Remarks on new and cut lines, on strictness, and on takes that no figure uses, one sentence each."""
    remarks = []
    if history.new and history.takes:
        remarks.append(f"New, in no take yet: {line_list(history.new)}.")
    remarks += [f"Cut, last played {line.entries[-1].take.day[:10]}: {line.text}" for line in history.cut[:_MAX_CUT]]
    if len(history.cut) > _MAX_CUT:
        remarks.append(f"And {len(history.cut) - _MAX_CUT} more lines that are no longer in the script.")
    return remarks + strictness_remarks(history) + _excluded(history)


def strictness_remarks(history: History) -> list[str]:
    """One sentence if the verdicts are of several strictnesses; otherwise nothing."""
    if len(history.strictnesses) < 2:
        return []
    counts = ", ".join(f"{count} {strictness}" for strictness, count in history.strictnesses.items())
    what = "Verdicts, and so what stays low, are by each take's own strictness"
    return [f"{what} ({counts}); accuracies do not depend on it."]


def _excluded(history: History) -> list[str]:
    """Sentences about entries and takes that no figure uses."""
    excluded = history.excluded
    remarks = [
        f"{take_count_text(count)} read by {model.name}: apart in the curves, in no figure."
        for model, count in excluded.models
    ]
    changed = [line for line in history.lines if any(entry.line.target != line.target for entry in line.entries)]
    if changed:
        remarks.append(f"Played for another emotion before, apart in the curves, in no figure: {line_list(changed)}.")
    if excluded.unwatched:
        remarks.append(f"{take_count_text(excluded.unwatched)} without a camera: not counted.")
    if excluded.unscored:
        remarks.append(f"{take_count_text(excluded.unscored)} in which nothing could be scored: not counted.")
    return remarks


def legend(history: History) -> str:
    """Explanation of the figures."""
    read = f"Read by {history.model.name}. " if history.model else ""
    return (
        f"{read}Figures are accuracies: the share of a line's scored time in which what the camera read was what the "
        f"line asks for. Last five: their middle, without the first. Spread: between the quarters of the last "
        f"{WINDOW}, in points. A trend is named from {MIN_TAKES} takes on, in points a take, where it is larger than "
        "the scatter and hardly chance."
    )


def take_count_text(takes: int) -> str:
    """``1 take``, ``7 takes``."""
    return f"{takes} take{'' if takes == 1 else 's'}"


def line_list(lines: Sequence[LineHistory]) -> str:
    """``line 3``, ``lines 2, 4 and 5``; empty for none."""
    numbers = [str(line.number) for line in lines]
    if len(numbers) < 2:
        return "".join(f"line {number}" for number in numbers)
    return f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"
