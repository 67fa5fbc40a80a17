"""Drill plans: first trouble spots, then lines due for review, then lines that were never scored."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coach.base.messages import tr, tr_n
from coach.core.progress.history import History, HistoryEntry, LineHistory
from coach.core.progress.trends import LATEST_TAKES
from coach.core.scoring.evidence import percent
from coach.core.scoring.report import VERDICT_TEXTS
from coach.core.script.practice import with_cue

if TYPE_CHECKING:
    from datetime import date, datetime

    from coach.core.script.timeline import Timeline

Rating = Literal["again", "hard", "good", "easy"]
"""Outcome of a review, in the terms of spaced repetition."""

EASY_ACCURACY: Final = 0.9
"""Accuracy from which a hit is rated easy."""

CONTEXT_LINES: Final = 1
"""Number of lines to play before a line to drill, as a run-up to it."""


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
        tasks: lines to rehearse, up to the requested number.
        remaining: number of further lines to rehearse.
        next_due: number of the next line due on a later day, and that day; None if no line is.
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
        return sorted(passages, key=self._urgency)

    def _urgency(self, passage: tuple[int, int]) -> int:
        """Sort key for passages: position of the passage's most urgent task in the plan."""
        first, last = passage
        return min(position for position, task in enumerate(self.tasks) if first <= task.line <= last)


def reviews_of(line: LineHistory) -> list[tuple[datetime, Rating]]:
    """Time and rating of each review of `line`, oldest first.

    A review is the last take of a day with the line's current target, by any model and strictness. Earlier takes of the
    day do not count, because spaced repetition models what lasts from day to day.
    """
    by_day = {entry.take.when.date(): entry for entry in line.entries if _is_review(line, entry)}
    # Days need not follow each other: after a flight west the same day comes again.
    reviews = sorted(by_day.values(), key=lambda entry: entry.take.when)
    return [(entry.take.when, rating_of(entry)) for entry in reviews]


def _is_review(line: LineHistory, entry: HistoryEntry) -> bool:
    return entry.line.scored and entry.line.target == line.target


def rating_of(entry: HistoryEntry) -> Rating:
    """Rate an entry: a miss is ``again``, a partial ``hard``, a hit ``good`` or ``easy`` by its accuracy."""
    if entry.line.verdict == "hit":
        return "easy" if percent(entry.line.accuracy or 0.0) >= percent(EASY_ACCURACY) else "good"
    return "hard" if entry.line.verdict == "partial" else "again"


def plan_drills(history: History, states: Mapping[int, ReviewState], now: datetime, limit: int) -> DrillPlan:
    """Plan the drills for `now`.

    Args:
        history: history of the script.
        states: state of each reviewed line, by line number.
        now: current time with the user's time zone.
        limit: maximum number of lines to plan.
    """
    others = [line for line in history.lines if not line.is_trouble_spot]
    reviewed = [line for line in others if _number(line) in states]
    due = [line for line in reviewed if _due_day(states[_number(line)], now) <= now.date()]
    due.sort(key=lambda line: (states[_number(line)].recall, _number(line)))
    tasks = [
        *(_task(line, _trouble_reason(line)) for line in history.trouble_spots),
        *(_task(line, _due_reason(line, states[_number(line)], now)) for line in due),
        *(_task(line, _new_reason(line)) for line in others if _number(line) not in states),
    ]
    later_days = {_number(line): _due_day(states[_number(line)], now) for line in reviewed if line not in due}
    next_due = min(later_days.items(), key=lambda item: (item[1], item[0]), default=None)
    return DrillPlan(tuple(tasks[:limit]), max(len(tasks) - limit, 0), next_due)


def _number(line: LineHistory) -> int:
    return line.number or 0  # the lines of a history all have a number


def _due_day(state: ReviewState, now: datetime) -> date:
    """The day on which a line is due, in the user's time zone."""
    return state.due.astimezone(now.tzinfo).date()


def _trouble_reason(line: LineHistory) -> str:
    takes = min(len(line.comparable), LATEST_TAKES)
    return tr_n("needs work, no hit in the last take", "needs work, no hit in the last {count} takes", takes)


def _due_reason(line: LineHistory, state: ReviewState, now: datetime) -> str:
    day = _due_day(state, now)
    since = tr("due today") if day == now.date() else tr("due since {day}", day=day.isoformat())
    last = next((entry for entry in reversed(line.entries) if _is_review(line, entry)), None)
    if last is None:
        return since
    return tr("{since}, last time a {verdict}", since=since, verdict=tr(VERDICT_TEXTS[last.line.verdict]))


def _new_reason(line: LineHistory) -> str:
    return tr("not scored yet") if line.entries else tr("not rehearsed yet")


def _task(line: LineHistory, reason: str) -> DrillTask:
    return DrillTask(_number(line), line.text, reason)


def random_passages(timeline: Timeline, limit: int, seed: int) -> list[tuple[int, int]]:
    """First and last line of at most `limit` passages, each a line of `timeline` with its cue, in random order.

    No line comes twice as the line to drill, and equal seeds give equal orders.
    """
    numbers = [turn.index for turn in timeline.turns]
    chosen = random.Random(seed).sample(numbers, min(limit, len(numbers)))  # noqa: S311  # no secret
    return [with_cue(timeline, number) for number in chosen]


def passage_text(passage: Sequence[int]) -> str:
    """First and last line of a passage as text: ``line 4``, ``lines 3-7``."""
    first, last = passage
    return tr("line {number}", number=first) if first == last else tr("lines {first}-{last}", first=first, last=last)
