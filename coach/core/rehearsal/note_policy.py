"""Live notes: when to give one during a line, and its text.

A live note has at most four words, contains no number and says nothing about the person. Notes are rare, and no note is
given twice in a row. Research on delivery coaches found that sparse feedback beats continuous feedback, that live notes
motivate, and that notes after the take improve the delivery if they come with a drill.
"""

from __future__ import annotations

import math
from typing import Final

from coach.base.events import Fit, MomentVerdict
from coach.base.messages import mark
from coach.base.settings import Strictness
from coach.base.types import Emotion, IntensityMiss, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.reading.smoothing import GRACE_S, MAX_HOLD_S
from coach.core.scoring.evidence import RIVAL_MARGIN_FOR_NOTE, Baseline, log_odds, log_odds_each, weigh
from coach.core.scoring.line_stats import LineStats, PartStats
from coach.core.scoring.norms import lowest_threshold
from coach.core.scoring.verdict import is_hit, verdict_of
from coach.core.script.targets import Part

SUSTAINED_S: Final = 1.2
"""Seconds of mismatch before a note; time on target is subtracted from them."""

MIN_NOTE_GAP_S: Final = 6.0
"""Shortest time between two notes."""

Mismatch = tuple[Emotion, Emotion | IntensityMiss]
"""Subject of a note: the target emotion, and either its rival or the side on which its intensity band was missed."""

_RIVAL_NOTES: Final[dict[Emotion, dict[Emotion, str]]] = {
    "angry": {
        "happy": mark("Drop the smile. Hotter."),
        "sad": mark("Less hurt. More fire."),
        "fear": mark("Stop retreating. Attack."),
        "neutral": mark("Hotter. Let it burn."),
    },
    "disgust": {
        "happy": mark("It reeks. Recoil."),
        "sad": mark("Less sorrow. Recoil."),
        "angry": mark("Less heat. Recoil."),
        "neutral": mark("Recoil. Let it sicken."),
    },
    "fear": {
        "happy": mark("The danger is real."),
        "sad": mark("Sharper. It's still coming."),
        "angry": mark("Give ground. Shrink back."),
        "neutral": mark("It's close. Hold breath."),
    },
    "happy": {
        "sad": mark("Lift. Let light in."),
        "fear": mark("You're safe. Release it."),
        "angry": mark("Unclench. Let it shine."),
        "neutral": mark("Warmer. Let it show."),
    },
    "sad": {
        "happy": mark("Heavier. Lose the smile."),
        "fear": mark("Slower. Let it sink."),
        "angry": mark("Softer. Let it hurt."),
        "neutral": mark("Deeper. Let it land."),
    },
    "surprise": {
        "happy": mark("Before joy: the shock."),
        "fear": mark("Wonder first. Open up."),
        "sad": mark("Wake up. It's new."),
        "neutral": mark("Let it hit you."),
    },
    "neutral": {
        "happy": mark("Less. Let it settle."),
        "sad": mark("Lighter. Just say it."),
        "fear": mark("Breathe. Nothing is wrong."),
        "angry": mark("Cooler. Let it go."),
    },
}

_DEFAULT_NOTES: Final[dict[Emotion, str]] = {
    "angry": mark("Hotter. Don't hold back."),
    "disgust": mark("Recoil. Push it away."),
    "fear": mark("Colder. It's right there."),
    "happy": mark("Lighter. Let it in."),
    "sad": mark("Heavier. Let it sink."),
    "surprise": mark("Let it hit you."),
    "neutral": mark("Less. Stay still."),
}

_INTENSITY_NOTES: Final[dict[IntensityMiss, str]] = {
    "too little": mark("More. Let it grow."),
    "too much": mark("Smaller. Keep it in."),
}


def note_text(mismatch: Mismatch) -> str:
    """Text of the note on `mismatch`, at most four words; in English, `tr` translates it."""
    target, problem = mismatch
    if problem == "too little" or problem == "too much":
        return _INTENSITY_NOTES[problem]
    return _RIVAL_NOTES[target].get(problem, _DEFAULT_NOTES[target])


class NotePolicy:
    """Adds up the mismatches within a line and decides when a note is due."""

    def __init__(self) -> None:
        self._last_note_at = -math.inf
        self._last_note = ""
        self.start_line(0.0)

    def start_line(self, t: float) -> None:
        """Reset for the line that begins at `t`; each line gets at most one note."""
        self._counts_from = t + GRACE_S
        self._last_t = t
        # A leaky counter: time on target lowers it, so that flicker does not add up to a note.
        self._mismatch_s = 0.0
        self._has_note = False
        self._durations: dict[Mismatch, float] = {}

    def shift(self, seconds: float) -> None:
        """Shift the line's times by a pause of `seconds`."""
        self._counts_from += seconds
        self._last_t += seconds

    def update(self, t: float, mismatch: Mismatch | None) -> None:
        """Add the time from the last update to `t`; `mismatch` is None if the face is on target or cannot be scored."""
        seconds = min(max(t - max(self._last_t, self._counts_from), 0.0), MAX_HOLD_S)
        self._last_t = t
        if mismatch is None:
            self._mismatch_s = max(self._mismatch_s - seconds, 0.0)
            return
        self._mismatch_s += seconds
        self._durations[mismatch] = self._durations.get(mismatch, 0.0) + seconds

    def is_due(self, t: float, mismatch: Mismatch) -> bool:
        """Whether a note on `mismatch` is due at `t`, the time of the last update."""
        return not self._has_note and self._mismatch_s >= SUSTAINED_S and self.is_allowed(t, mismatch)

    def longest(self) -> Mismatch | None:
        """The longest mismatch of this line; None if it was too short for a note."""
        longest = max(self._durations, key=lambda mismatch: self._durations[mismatch], default=None)
        return longest if longest is not None and self._durations[longest] >= SUSTAINED_S else None

    def is_allowed(self, t: float, mismatch: Mismatch) -> bool:
        """Whether a note on `mismatch` at `t` comes long enough after the last note and differs from it."""
        return t - self._last_note_at >= MIN_NOTE_GAP_S and note_text(mismatch) != self._last_note

    def record_note(self, t: float, mismatch: Mismatch) -> None:
        """Record that a note on `mismatch` was given at `t`."""
        self._last_note_at, self._last_note, self._has_note = t, note_text(mismatch), True


class LiveEvidence:
    """Evidence while a line is played, for models that predict viewer shares.

    Live notes and the report use the same statistics, so they do not contradict each other.
    """

    def __init__(self, card: EvidenceCard, strictness: Strictness, baseline: Baseline) -> None:
        """Keep `baseline`, which the take goes on estimating."""
        self._card = card
        self._strictness = strictness
        self._baseline = baseline

    def verdict_now(self, line: LineStats, fit: Fit, smoothed: Probabilities) -> MomentVerdict | None:
        """The verdict on a moment with these smoothed probabilities; None if the model abstains."""
        if fit.on_target is None:
            return None
        part = line.parts[fit.part].part
        now = weigh(self._card, self._baseline.odds, part, log_odds_each(smoothed), log_odds(fit.probability))
        threshold = self._threshold(line, part)
        verdict = verdict_of(now, threshold, 1.0 if fit.on_target else 0.0)
        if verdict == "hit" and fit.intensity_miss:
            verdict = "partial"
        return MomentVerdict(verdict, now.share, threshold, now.rival, now.lead)

    def mismatch(self, line: LineStats, fit: Fit, now: MomentVerdict | None) -> Mismatch | None:
        """The mismatch of a moment with the verdict `now`; None if it deserves no note.

        There is a mismatch if an accepted emotion misses the intensity band. There is also one if a rival leads by
        `RIVAL_MARGIN_FOR_NOTE` now and the part of the target is not a hit so far.
        """
        if now is None:
            return None
        stats = line.parts[fit.part]
        target = stats.part.accepted[0]
        if fit.intensity_miss is not None:
            return target, fit.intensity_miss
        if now.lead <= RIVAL_MARGIN_FOR_NOTE or self._is_hit_so_far(stats, now.asked_share):
            return None
        return target, now.rival

    def is_reached(self, line: LineStats) -> bool:
        """Whether every part of `line` that was seen is a hit so far."""
        seen = [stats for stats in line.parts if stats.pool.seconds]
        return bool(seen) and all(self._is_hit_so_far(part, self._threshold(line, part.part)) for part in seen)

    def _is_hit_so_far(self, stats: PartStats, threshold: float) -> bool:
        """Whether this part of the target would be a hit if the line ended now; False if it was not seen."""
        pooled = stats.pool.strongest()
        if pooled is None:
            return False
        evidence = weigh(self._card, self._baseline.odds, stats.part, *pooled)
        return is_hit(evidence, threshold, stats.accuracy)

    def _threshold(self, line: LineStats, part: Part) -> float:
        return lowest_threshold(self._card, part, line.turn.line.intensity, self._strictness)[1]
