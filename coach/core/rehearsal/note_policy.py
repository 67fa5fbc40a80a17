"""Live notes: when to give one during a line, and its words.

A live note has at most four words: an idiom, never a number and never about the person. Notes are sparse, and never the
same twice in a row: research on delivery coaches found that sparse feedback beats continuous feedback, that live notes
motivate, and that notes after the take, with a drill, train.
"""

from __future__ import annotations

import math
from typing import Final

from coach.base.events import Reading
from coach.base.settings import Strictness
from coach.base.types import Emotion, IntensityMiss
from coach.core.reading.card import EvidenceCard
from coach.core.reading.smoothing import GRACE_S, MAX_HOLD_S
from coach.core.scoring.evidence import RIVAL_MARGIN_FOR_NOTE, Baseline, log_odds, log_odds_each, weigh
from coach.core.scoring.line_stats import LineStats, PartStats
from coach.core.scoring.norms import lowest_threshold

SUSTAINED_S: Final = 1.2
"""Time of mismatch before a note; time on target reduces it at the same rate."""

MIN_NOTE_GAP_S: Final = 6.0
"""Shortest time between two notes."""

Mismatch = tuple[Emotion, Emotion | IntensityMiss]
"""Subject of a note: the emotion asked for, and either its rival or the side on which its intensity was missed."""

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

_FALLBACK: Final[dict[Emotion, str]] = {
    "angry": "Hotter. Don't hold back.",
    "disgust": "Recoil. Push it away.",
    "fear": "Colder. It's right there.",
    "happy": "Lighter. Let it in.",
    "sad": "Heavier. Let it sink.",
    "surprise": "Let it hit you.",
    "neutral": "Less. Stay still.",
}

_INTENSITY: Final[dict[IntensityMiss, str]] = {"too little": "More. Let it grow.", "too much": "Smaller. Keep it in."}


def live_note(mismatch: Mismatch) -> str:
    """Words of the note on `mismatch`, at most four."""
    asked, found = mismatch
    if found == "too little" or found == "too much":
        return _INTENSITY[found]
    return _INSTEAD[asked].get(found, _FALLBACK[asked])


class NotePolicy:
    """Accumulates the mismatches of one line at a time and decides when a note is due."""

    def __init__(self) -> None:
        self._last_note_at = -math.inf
        self._last_note = ""
        self.line_started(0.0)

    def line_started(self, t: float) -> None:
        """Reset for the line that begins at `t`; each line gets at most one note."""
        self._counts_from = t + GRACE_S
        self._last_t = t
        self._mismatch_s = 0.0
        self._given = False
        self._seconds: dict[Mismatch, float] = {}

    def shift(self, seconds: float) -> None:
        """Take out a pause of `seconds`."""
        self._counts_from += seconds
        self._last_t += seconds

    def update(self, t: float, mismatch: Mismatch | None) -> None:
        """Add the time until `t`, with its `mismatch`; None if the face is right or cannot be judged."""
        seconds = min(max(t - max(self._last_t, self._counts_from), 0.0), MAX_HOLD_S)
        self._last_t = t
        if mismatch is None:
            self._mismatch_s = max(self._mismatch_s - seconds, 0.0)
            return
        self._mismatch_s += seconds
        self._seconds[mismatch] = self._seconds.get(mismatch, 0.0) + seconds

    def due(self, t: float, mismatch: Mismatch) -> bool:
        """Whether a note on `mismatch` is due at `t`, the time of the last update."""
        return not self._given and self._mismatch_s >= SUSTAINED_S and self.allowed(t, mismatch)

    def worst(self) -> Mismatch | None:
        """The longest mismatch of this line; None if it was too short for a note."""
        worst = max(self._seconds, key=lambda mismatch: self._seconds[mismatch], default=None)
        return worst if worst is not None and self._seconds[worst] >= SUSTAINED_S else None

    def allowed(self, t: float, mismatch: Mismatch) -> bool:
        """Whether a note on `mismatch` at `t` is late enough after the last note, and differs from it."""
        return t - self._last_note_at >= MIN_NOTE_GAP_S and live_note(mismatch) != self._last_note

    def noted(self, t: float, mismatch: Mismatch) -> None:
        """Record that a note on `mismatch` was given at `t`."""
        self._last_note_at, self._last_note, self._given = t, live_note(mismatch), True


class LiveEvidence:
    """Evidence while a line is played, for models that speak for viewers.

    It uses the statistics that the report is made from, so that live notes and the report rest on the same figures.
    """

    def __init__(self, card: EvidenceCard, strictness: Strictness, baseline: Baseline) -> None:
        """Prepare; `baseline` is the one that the take learns."""
        self._card = card
        self._strictness = strictness
        self._baseline = baseline

    def mismatch(self, line: LineStats, reading: Reading) -> Mismatch | None:
        """The mismatch of `reading`, if a note may be given on it.

        Either the right emotion misses the intensity band, or a rival is far ahead now and the part of the target has
        not reached its share of viewers so far.
        """
        fit, smoothed = reading.fit, reading.smoothed
        if fit is None or fit.on_target is None or smoothed is None:
            return None
        stats = line.parts[fit.part]
        part = stats.part
        if fit.intensity_miss is not None:
            return part.accepted[0], fit.intensity_miss
        now = weigh(self._card, self._baseline.odds, part, log_odds_each(smoothed), log_odds(fit.probability))
        if now.lead <= RIVAL_MARGIN_FOR_NOTE:
            return None
        asked = lowest_threshold(self._card, part, line.turn.line.intensity, self._strictness)[1]
        if now.share >= asked or self._share(stats) >= asked:
            return None
        return part.accepted[0], now.rival

    def met(self, line: LineStats) -> bool:
        """Whether every part of `line` that was seen has reached its share of viewers."""
        band = line.turn.line.intensity
        seen = [stats for stats in line.parts if stats.pool.seconds]
        asked = [lowest_threshold(self._card, stats.part, band, self._strictness)[1] for stats in seen]
        return bool(seen) and all(self._share(stats) >= share for stats, share in zip(seen, asked, strict=True))

    def _share(self, stats: PartStats) -> float:
        """Share of viewers who would read a part of the line so far; -1 if nothing of it was seen."""
        pooled = stats.pool.strongest()
        return weigh(self._card, self._baseline.odds, stats.part, *pooled).share if pooled else -1.0
