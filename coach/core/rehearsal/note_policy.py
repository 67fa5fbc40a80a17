"""When the director gives a note during a line, and what it says.

A live note has at most four words: an idiom, never a number and never about the person. Notes are few, and never the
same twice in a row: research on delivery coaches found that sparse feedback beats continuous feedback, that live notes
motivate, and that notes after the take, with a drill, train.
"""

from __future__ import annotations

import math
from typing import Final

from coach.base.events import Reading
from coach.base.settings import Strictness
from coach.base.types import Emotion, Side
from coach.core.reading.card import EvidenceCard
from coach.core.reading.smoothing import GRACE_S, HELD_S
from coach.core.scoring.baseline import Baseline
from coach.core.scoring.evidence import OUTRUNS_FOR_NOTE, find, log_odds, log_odds_of
from coach.core.scoring.line_stats import LineStats, PartStats
from coach.core.scoring.norms import easiest

SUSTAINED_S: Final = 1.2
"""A mismatch must last this long; time on target takes it back as fast as it grew."""

GAP_S: Final = 6.0
"""Two notes are at least this far apart."""

Mismatch = tuple[Emotion, Emotion | Side]
"""What a note is about: the emotion asked for, and what came instead or which way its strength was missed."""

_INSTEAD: Final[dict[Emotion, dict[Emotion, str]]] = {
    "angry": {
        "happy": "Drop the smile. Hotter.",
        "sad": "Less hurt. More fire.",
        "fear": "Stop retreating. Attack.",
        "neutral": "Hotter. Let it burn.",
    },
    "disgust": {
        "happy": "It reeks. Recoil.",
        "sad": "Less sorrow. Recoil.",
        "angry": "Less heat. Recoil.",
        "neutral": "Recoil. Let it sicken.",
    },
    "fear": {
        "happy": "The danger is real.",
        "sad": "Sharper. It's still coming.",
        "angry": "Give ground. Shrink back.",
        "neutral": "It's close. Hold breath.",
    },
    "happy": {
        "sad": "Lift. Let light in.",
        "fear": "You're safe. Release it.",
        "angry": "Unclench. Let it shine.",
        "neutral": "Warmer. Let it show.",
    },
    "sad": {
        "happy": "Heavier. Lose the smile.",
        "fear": "Slower. Let it sink.",
        "angry": "Softer. Let it hurt.",
        "neutral": "Deeper. Let it land.",
    },
    "surprise": {
        "happy": "Before joy: the shock.",
        "fear": "Wonder first. Open up.",
        "sad": "Wake up. It's new.",
        "neutral": "Let it hit you.",
    },
    "neutral": {
        "happy": "Less. Let it settle.",
        "sad": "Lighter. Just say it.",
        "fear": "Breathe. Nothing is wrong.",
        "angry": "Cooler. Let it go.",
    },
}

_ANYWAY: Final[dict[Emotion, str]] = {
    "angry": "Hotter. Don't hold back.",
    "disgust": "Recoil. Push it away.",
    "fear": "Colder. It's right there.",
    "happy": "Lighter. Let it in.",
    "sad": "Heavier. Let it sink.",
    "surprise": "Let it hit you.",
    "neutral": "Less. Stay still.",
}

_STRENGTH: Final[dict[Side, str]] = {"too little": "More. Let it grow.", "too much": "Smaller. Keep it in."}


def live_note(mismatch: Mismatch) -> str:
    """At most four words for `mismatch`."""
    asked, found = mismatch
    if found == "too little" or found == "too much":
        return _STRENGTH[found]
    return _INSTEAD[asked].get(found, _ANYWAY[asked])


class NotePolicy:
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
        self._seconds: dict[Mismatch, float] = {}

    def line_started(self, t: float) -> None:
        """A line begins at `t`: its one note is unspent and its mismatch is zero."""
        self._begin(t)

    def shift(self, seconds: float) -> None:
        """The script stood still for `seconds`; they count for nothing."""
        self._counts_from += seconds
        self._last += seconds

    def update(self, t: float, mismatch: Mismatch | None) -> None:
        """Take the moment `t`: `mismatch` is what is wrong, None where the face is right or cannot be judged."""
        lasted = min(max(t - max(self._last, self._counts_from), 0.0), HELD_S)
        self._last = t
        if mismatch is None:
            self._off_s = max(self._off_s - lasted, 0.0)
            return
        self._off_s += lasted
        self._seconds[mismatch] = self._seconds.get(mismatch, 0.0) + lasted

    def due(self, t: float, mismatch: Mismatch) -> bool:
        """Whether a note about `mismatch` is due at `t`, the moment of the last update."""
        return not self._spent and self._off_s >= SUSTAINED_S and self.allowed(t, mismatch)

    def worst(self) -> Mismatch | None:
        """What was wrong for longest in this line, if it was wrong for long enough to say so."""
        worst = max(self._seconds, key=lambda mismatch: self._seconds[mismatch], default=None)
        return worst if worst is not None and self._seconds[worst] >= SUSTAINED_S else None

    def allowed(self, t: float, mismatch: Mismatch) -> bool:
        """Whether the budget allows a note on `mismatch` at `t`: far enough from the last one, and in other words."""
        return t - self._noted_at >= GAP_S and live_note(mismatch) != self._said

    def noted(self, t: float, mismatch: Mismatch) -> None:
        """A note on `mismatch` was given at `t`."""
        self._noted_at, self._said, self._spent = t, live_note(mismatch), True


class LiveEvidence:
    """What the evidence says while a line is played; only models that speak for viewers have it.

    It rests on the figures that the report is made from, so that a live note and the report never use different ones.
    """

    def __init__(self, card: EvidenceCard, strictness: Strictness, baseline: Baseline) -> None:
        """Prepare. `baseline` is the one that the take learns."""
        self._card = card
        self._strictness = strictness
        self._baseline = baseline

    def mismatch(self, line: LineStats, reading: Reading) -> Mismatch | None:
        """What a note may be about now: an emotion far ahead of a part that `line` has not met so far either.

        Of what the label alone says, only the strength of the right emotion counts.
        """
        fit, smoothed = reading.fit, reading.smoothed
        if fit is None or fit.on_target is None or smoothed is None:
            return None
        stats = line.parts[fit.part]
        part = stats.part
        if fit.side is not None:
            return part.accepted[0], fit.side
        now = find(self._card, self._baseline.odds, part, log_odds_of(smoothed), log_odds(fit.probability))
        if now.lead <= OUTRUNS_FOR_NOTE:
            return None
        asked = easiest(self._card, part, line.turn.line.intensity, self._strictness)[1]
        if now.share >= asked or self._share(stats) >= asked:
            return None
        return part.accepted[0], now.rival

    def met(self, line: LineStats) -> bool:
        """Whether every part of `line` that was seen has reached what is asked."""
        band = line.turn.line.intensity
        seen = [stats for stats in line.parts if stats.pool.seconds]
        asked = [easiest(self._card, stats.part, band, self._strictness)[1] for stats in seen]
        return bool(seen) and all(self._share(stats) >= least for stats, least in zip(seen, asked, strict=True))

    def _share(self, stats: PartStats) -> float:
        """Share of viewers who would read a part of the line so far; below 0 where nothing of it was seen."""
        pooled = stats.pool.strongest()
        return find(self._card, self._baseline.odds, stats.part, *pooled).share if pooled else -1.0
