"""Drill plans: trouble spots first, then lines due for review, then lines never rehearsed."""

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
"""Outcome of a review, in the terms of spaced repetition."""

EASY_ACCURACY: Final = 0.9
"""Accuracy from which a hit counts as easy."""

CONTEXT_LINES: Final = 1
"""Lines played before a line to drill: nobody enters a scene at the hard spot."""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """State of a line in spaced repetition.

    Attributes:
        due: end of the review interval.
        recall: probability that the line would go well now, 0 to 1.
    """

    due: datetime
    recall: float


@dataclass(frozen=True, slots=True)
class DrillTask:
    """A line to rehearse, with the reason in words."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """Lines to rehearse, the most urgent first.

    Attributes:
        tasks: as many as requested.
        remaining: number of further lines to rehearse.
        next_due: the next line due on a later day, and that day; None if there is none.
    """

    tasks: tuple[DrillTask, ...]
    remaining: int
    next_due: tuple[int, date] | None

    @property
    def passages(self) -> list[tuple[int, int]]:
        """First and last line of each passage to play, context lines included; the most urgent passage first."""
        passages: list[tuple[int, int]] = []
        for line in sorted(task.line for task in self.tasks):
            first = max(line - CONTEXT_LINES, 1)
            if passages and first <= passages[-1][1] + 1:
                passages[-1] = (passages[-1][0], line)
            else:
                passages.append((first, line))
        rank = {task.line: number for number, task in enumerate(self.tasks)}
        return sorted(passages, key=lambda lines: min(rank.get(n, len(rank)) for n in range(lines[0], lines[1] + 1)))


def reviews_of(line: LineHistory) -> list[tuple[datetime, Rating]]:
    """Time and rating of each review: takes with today's target, by any model and strictness.

    The last take of a day counts for the whole day: spaced repetition models what lasts from day to day, and would
    count ten takes within minutes as ten days.
    """
    counted = {entry.take.when.date(): entry for entry in line.entries if _counts(line, entry)}
    return [(entry.take.when, rating_of(entry)) for entry in counted.values()]


def _counts(line: LineHistory, entry: HistoryEntry) -> bool:
    return entry.line.scored and entry.line.target == line.target


def rating_of(entry: HistoryEntry) -> Rating:
    """The rating of an entry: a miss is ``again``, a partial ``hard``, a hit ``good`` or ``easy`` by its accuracy."""
    if entry.line.verdict == "hit":
        return "easy" if (entry.line.accuracy or 0.0) >= EASY_ACCURACY else "good"
    return "hard" if entry.line.verdict == "partial" else "again"


def plan_drills(history: History, states: Mapping[int, ReviewState], now: datetime, count: int) -> DrillPlan:
    """The plan for `now`.

    Args:
        history: of the script.
        states: by the line's number, the state of each line that was reviewed.
        now: with the user's time zone.
        count: most lines to plan.
    """
    others = [line for line in history.lines if not line.is_trouble_spot]
    reviewed = [line for line in others if _number(line) in states]
    due = [line for line in reviewed if _due_day(states[_number(line)], now) <= now.date()]
    due.sort(key=lambda line: (states[_number(line)].recall, _number(line)))
    tasks = [
        *(_task(line, _why_low(line)) for line in history.trouble_spots),
        *(_task(line, _why_due(line, states[_number(line)], now)) for line in due),
        *(_task(line, _why_new(line)) for line in others if _number(line) not in states),
    ]
    later = ((_due_day(states[_number(line)], now), _number(line)) for line in reviewed if line not in due)
    first = min(later, default=None)
    return DrillPlan(tuple(tasks[:count]), max(len(tasks) - count, 0), (first[1], first[0]) if first else None)


def _number(line: LineHistory) -> int:
    return line.number or 0


def _due_day(state: ReviewState, now: datetime) -> date:
    """The day on which the line is due, in the user's time zone."""
    return state.due.astimezone(now.tzinfo).date()


def _why_low(line: LineHistory) -> str:
    return f"stays low, no hit in its last {min(len(line.comparable), LATEST_TAKES)} takes"


def _why_due(line: LineHistory, state: ReviewState, now: datetime) -> str:
    day = _due_day(state, now)
    since = "due today" if day == now.date() else f"due since {day.isoformat()}"
    last = next((entry for entry in reversed(line.entries) if _counts(line, entry)), None)
    return f"{since}, last a {VERDICTS[last.line.verdict]}" if last else since


def _why_new(line: LineHistory) -> str:
    return "never scored yet" if line.entries else "never rehearsed"


def _task(line: LineHistory, reason: str) -> DrillTask:
    return DrillTask(_number(line), line.text, reason)


def passage_text(passage: Sequence[int]) -> str:
    """``line 4``, ``lines 3-7``."""
    first, last = passage
    return f"line {first}" if first == last else f"lines {first}-{last}"
