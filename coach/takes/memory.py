"""When a line is due again: spaced repetition by FSRS, worked out anew from the takes whenever it is asked for.

Nothing is stored, so nothing can be lost, damaged or at odds with the takes; a thousand rehearsals take some
milliseconds. FSRS is the scheduler of Anki (https://github.com/open-spaced-repetition/py-fsrs), with its usual weights.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from coach.core.progress.drills import Grade, Memory, rehearsals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coach.core.progress.history import LineHistory

LONGEST_DAYS: Final = 14
"""A line that always goes well comes again after so many days all the same: actors rehearse for weeks."""

_RATINGS: Final[dict[Grade, int]] = {"again": 1, "hard": 2, "good": 3, "easy": 4}


def memory_of(lines: Iterable[LineHistory], now: datetime) -> dict[int, Memory]:
    """How well each of `lines` is kept at `now`, by its number; lines that were never rehearsed are left out."""
    found = {line.number: rehearsals(line) for line in lines if line.number is not None}
    return {number: _memory(number, rehearsed, now) for number, rehearsed in found.items() if rehearsed}


def _memory(number: int, rehearsed: Sequence[tuple[datetime, Grade]], now: datetime) -> Memory:
    from fsrs import Card, Rating, Scheduler

    # No steps of minutes: what went wrong comes again tomorrow, since a take is more than one look at a flash card.
    # No dice either: the same takes give the same plan.
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST_DAYS, enable_fuzzing=False)
    card = Card(card_id=number)  # without a number it would wait for the clock to make one
    for when, grade in rehearsed:
        card, _ = scheduler.review_card(card, Rating(_RATINGS[grade]), when.astimezone(timezone.utc))
    return Memory(card.due, scheduler.get_card_retrievability(card, now.astimezone(timezone.utc)))
