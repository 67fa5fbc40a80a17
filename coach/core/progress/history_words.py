"""What is said of a history, the same words on the terminal and on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from coach.core.progress.history import History, LineHistory
from coach.core.progress.trends import LATEST_TAKES, MIN_TAKES, WINDOW, Direction, Trend

LATEST_NAME: Final = "last five"
"""What the middle of the `LATEST_TAKES` newest takes is called."""

NO_VALUE: Final = "–"
"""Stands where there are too few takes for a figure."""

SPLIT_CURVE_NOTE: Final = "| parts a curve where another model read the line, or another emotion was asked for."
"""Stands below curves of letters that are parted."""

MAX_TROUBLE: Final = 3
"""More lines than this are not kept in mind; the table has them all."""

_MOST_NAMED: Final = 3

_TRENDS: Final[dict[Direction, str]] = {
    "rising": "rising",
    "falling": "falling",
    "none": "no clear trend",
    "too few": "too few for a trend",
}


def trend_text(figures: Trend) -> str:
    """Which way it goes, and how many points a take where it does: ``rising +2.3 a take``."""
    words = _TRENDS[figures.trend]
    if figures.trend in ("rising", "falling") and figures.slope is not None:
        return f"{words} {figures.slope * 100:+.1f} a take"
    return words


def percent_text(share: float | None) -> str:
    """A share as ``92%``, a dash for none."""
    return NO_VALUE if share is None else f"{share:.0%}"


def points_text(share: float | None) -> str:
    """A difference of shares in percentage points, a dash for none."""
    return NO_VALUE if share is None else f"{share * 100:.0f}"


def takes_text(history: History) -> str:
    """How many takes there are, and from when to when."""
    if not history.takes:
        return "No take of it has been scored yet."
    first, last = (take.day[:10] for take in (history.takes[0], history.takes[-1]))
    return f"{take_count_text(len(history.takes))}, {first}" + (f" to {last}" if last != first else "")


def trouble_text(line: LineHistory) -> str:
    """Which line stays low, and by what."""
    return f"line {line.number}, no hit in its last {min(len(line.compared), LATEST_TAKES)} takes"


def whole_takes_text(history: History, percent: Callable[[float | None], str] = percent_text) -> str:
    """How the takes of the whole script did; shares are written by `percent`."""
    figures = history.overall
    if not figures.count:
        return "none has every line as it is now."
    first, latest = percent(figures.first), percent(figures.latest)
    if figures.latest is None:
        return f"one, {first} accurate."
    spread = f", spread {points_text(figures.spread)}" if figures.spread is not None else ""
    return f"{figures.count}; first {first}, {LATEST_NAME} {latest}{spread}; {trend_text(figures)}."


def remarks(history: History) -> list[str]:
    """What was edited, and which takes no figure rests on, one sentence each."""
    told = []
    if history.new and history.takes:
        told.append(f"New, in no take yet: {line_list(history.new)}.")
    told += [f"Cut, last played {line.points[-1].take.day[:10]}: {line.text}" for line in history.cut[:_MOST_NAMED]]
    if len(history.cut) > _MOST_NAMED:
        told.append(f"And {len(history.cut) - _MOST_NAMED} more lines that are no longer in the script.")
    return told + strictness_remarks(history) + _not_compared(history)


def strictness_remarks(history: History) -> list[str]:
    """That verdicts are not all of one strictness, in one sentence; none where they are."""
    if len(history.strictnesses) < 2:
        return []
    held = ", ".join(f"{count} {strictness}" for strictness, count in history.strictnesses.items())
    what = "Verdicts, and so what stays low, are by each take's own strictness"
    return [f"{what} ({held}); accuracies do not depend on it."]


def _not_compared(history: History) -> list[str]:
    left = history.left_out
    told = [
        f"{take_count_text(count)} read by {model.name}: apart in the curves, in no figure."
        for model, count in left.models
    ]
    retargeted = [line for line in history.lines if any(p.line.target != line.target for p in line.points)]
    if retargeted:
        told.append(f"Played for another emotion before, apart in the curves, in no figure: {line_list(retargeted)}.")
    if left.unwatched:
        told.append(f"{take_count_text(left.unwatched)} without a camera: not counted.")
    if left.unscored:
        told.append(f"{take_count_text(left.unscored)} in which nothing could be scored: not counted.")
    return told


def legend(history: History) -> str:
    """How to read the figures."""
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
