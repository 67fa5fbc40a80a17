"""What to rehearse today: lines that stay low first, then those that are due again, then those never rehearsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coach.core.progress.history import History, HistoryEntry, LineHistory
from coach.core.progress.trends import LATEST_TAKES
from coach.core.scoring.report import VERDICTS

if TYPE_CHECKING:
    from datetime import date, datetime

Rating = Literal["again", "hard", "good", "easy"]
"""How well a line went, as spaced repetition asks for it."""

EASY_ACCURACY: Final = 0.9
"""A hit that was on target for so much of its time went easily."""

CONTEXT_LINES: Final = 1
"""So many lines before are played as well: nobody enters a scene at the hard place."""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """How well a line is kept.

    Attributes:
        due: when it should be rehearsed again.
        recall: how likely it would go well now, 0 to 1.
    """

    due: datetime
    recall: float


@dataclass(frozen=True, slots=True)
class DrillTask:
    """A line to rehearse, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What to rehearse, the most urgent first.

    Attributes:
        tasks: as many as were asked for.
        left: how many more lines are due.
        next: the first line that is due on a later day, and that day; None where there is none.
    """

    tasks: tuple[DrillTask, ...]
    left: int
    next: tuple[int, date] | None

    @property
    def passages(self) -> list[tuple[int, int]]:
        """First and last line of each passage to play, run-up included; those with the most urgent line first."""
        found: list[tuple[int, int]] = []
        for line in sorted(task.line for task in self.tasks):
            first = max(line - CONTEXT_LINES, 1)
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], line)
            else:
                found.append((first, line))
        urgency = {task.line: place for place, task in enumerate(self.tasks)}
        return sorted(found, key=lambda passage: min(urgency.get(n, len(urgency)) for n in range(*_both(passage))))


def _both(passage: tuple[int, int]) -> tuple[int, int]:
    return passage[0], passage[1] + 1


def reviews_of(line: LineHistory) -> list[tuple[datetime, Rating]]:
    """When the line was rehearsed for what it asks for now, and how it went; by any model, held to any strictness.

    The takes of one day count once, as the last of them went: spaced repetition is about what lasts from day to day,
    and would take ten takes within minutes for ten days.
    """
    counted = {point.take.when.date(): point for point in line.points if _counts(line, point)}
    return [(point.take.when, rating_of(point)) for point in counted.values()]


def _counts(line: LineHistory, point: HistoryEntry) -> bool:
    return point.line.scored and point.line.target == line.target


def rating_of(point: HistoryEntry) -> Rating:
    """A miss must come again, a partial was hard, a hit good, and easy where it was on target nearly throughout."""
    if point.line.verdict == "hit":
        return "easy" if (point.line.accuracy or 0.0) >= EASY_ACCURACY else "good"
    return "hard" if point.line.verdict == "partial" else "again"


def drill_plan(history: History, memory: Mapping[int, ReviewState], now: datetime, count: int) -> DrillPlan:
    """At most `count` lines of `history` to rehearse at `now`; `memory` is of each line that was rehearsed."""
    low = list(history.trouble)
    rest = [line for line in history.lines if not line.low]
    kept = [line for line in rest if _number(line) in memory]
    due = [line for line in kept if _due(memory[_number(line)], now) <= now.date()]
    due.sort(key=lambda line: (memory[_number(line)].recall, _number(line)))
    never = [line for line in rest if _number(line) not in memory]
    tasks = [
        *(_task(line, f"stays low, no hit in its last {min(len(line.compared), LATEST_TAKES)} takes") for line in low),
        *(_task(line, _why_due(line, memory[_number(line)], now)) for line in due),
        *(_task(line, "never scored yet" if line.points else "never rehearsed") for line in never),
    ]
    later = ((_due(memory[_number(line)], now), _number(line)) for line in kept if line not in due)
    first = min(later, default=None)
    return DrillPlan(tuple(tasks[:count]), max(len(tasks) - count, 0), (first[1], first[0]) if first else None)


def _number(line: LineHistory) -> int:
    return line.number or 0


def _due(memory: ReviewState, now: datetime) -> date:
    """The day on which it is due where the user is."""
    return memory.due.astimezone(now.tzinfo).date()


def _why_due(line: LineHistory, memory: ReviewState, now: datetime) -> str:
    day = _due(memory, now)
    since = "due today" if day == now.date() else f"due since {day.isoformat()}"
    last = _last(line)
    return f"{since}, last a {VERDICTS[last.line.verdict]}" if last else since


def _last(line: LineHistory) -> HistoryEntry | None:
    return next((point for point in reversed(line.points) if _counts(line, point)), None)


def _task(line: LineHistory, reason: str) -> DrillTask:
    return DrillTask(_number(line), line.text, reason)


def passage_text(passage: Sequence[int]) -> str:
    """``line 4``, ``lines 3-7``."""
    first, last = passage
    return f"line {first}" if first == last else f"lines {first}-{last}"
