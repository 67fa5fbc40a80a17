"""When to speak: a mismatch must last, notes must be few, and nothing is said twice in a row."""

from __future__ import annotations

import math
from typing import Final

from coach.core.notes import Thing, live_note

SUSTAINED_S: Final = 1.2
"""A mismatch must last this long; a moment on target takes it back as fast as it grew."""

GRACE_S: Final = 0.8
"""A face needs this long to change when a line begins; the mismatch counts from then on."""

GAP_S: Final = 6.0
"""Two notes are at least this far apart."""

HELD_S: Final = 1.0
"""A reading speaks for the time until the next one, but never for longer than this."""


class MismatchWatch:
    """Follows one line at a time and says when a note is due, and about what."""

    def __init__(self) -> None:
        self._noted_at = -math.inf
        self._said = ""
        self._begin(0.0)

    def _begin(self, t: float) -> None:
        self._counts_from = t + GRACE_S
        self._last = t
        self._off_s = 0.0
        self._spent = False
        self._seconds: dict[Thing, float] = {}

    def line_started(self, t: float) -> None:
        """A line begins at `t`: its one note is unspent and its mismatch is zero."""
        self._begin(t)

    def shift(self, seconds: float) -> None:
        """The script stood still for `seconds`; they count for nothing."""
        self._counts_from += seconds
        self._last += seconds

    def update(self, t: float, thing: Thing | None) -> None:
        """Take the moment `t`: `thing` is what is wrong, None where the face is right or cannot be judged."""
        lasted = min(max(t - max(self._last, self._counts_from), 0.0), HELD_S)
        self._last = t
        if thing is None:
            self._off_s = max(self._off_s - lasted, 0.0)
            return
        self._off_s += lasted
        self._seconds[thing] = self._seconds.get(thing, 0.0) + lasted

    def due(self, t: float, thing: Thing | None) -> bool:
        """Whether a note about `thing` is due at `t`, the moment of the last update."""
        return thing is not None and not self._spent and self._off_s >= SUSTAINED_S and self.allowed(t, thing)

    def worst(self) -> Thing | None:
        """What was wrong for longest in this line, if it was wrong for long enough to say so."""
        worst = max(self._seconds, key=lambda thing: self._seconds[thing], default=None)
        return worst if worst is not None and self._seconds[worst] >= SUSTAINED_S else None

    def allowed(self, t: float, thing: Thing) -> bool:
        """Whether the budget allows a note on `thing` at `t`: far enough from the last one, and in other words."""
        return t - self._noted_at >= GAP_S and live_note(thing) != self._said

    def noted(self, t: float, thing: Thing) -> None:
        """A note on `thing` was given at `t`."""
        self._noted_at, self._said, self._spent = t, live_note(thing), True
