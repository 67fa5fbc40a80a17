"""The verdict on a line: by the evidence where the model speaks for viewers, else by the time on target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.settings import Strictness
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.evidence import Found, Odds, find, verdict_of
from coach.core.scoring.line_stats import MIN_SCORED_S, Tally, judged_parts
from coach.core.scoring.norms import easiest
from coach.core.scoring.report import Verdict

HIT: Final[dict[Strictness, float]] = {"gentle": 0.35, "standard": 0.5, "strict": 0.65}
"""Share of a line's scored time that must be on target for a hit, of models that do not speak for viewers. Small ones
read stills right in 57 to 66 % and acted clips in 55 to 60 %, so that a perfect actor is read right in a little more
than half of the frames."""

PARTIAL_OF_HIT: Final = 0.5
"""Half of what a hit needs is a partial; less is a miss."""

MIN_COVERAGE: Final = 0.25
"""With the face usable in less of the line than this, the line is not scored."""

MIN_SURE: Final = 0.3
"""With the model sure in less of the usable time than this, the line is not scored."""

MOSTLY: Final = 0.5
"""Where the camera read what was asked for so much of a part's scored time, the part is no miss: a strong moment of
something else cannot undo the rest of it."""

_WORST_FIRST: Final[tuple[Verdict, ...]] = ("miss", "partial", "hit")


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What the evidence of a take is held against: the model's card, and the actor's log odds at rest."""

    card: EvidenceCard
    rest: Odds
    strictness: Strictness


@dataclass(frozen=True, slots=True)
class Weighed:
    """The part of a target that decides, by the evidence.

    Attributes:
        number: of the part, 0-based.
        found: what speaks for it and against it.
        asked: share of viewers that makes a hit.
        accuracy: share of the part's scored time in which it was read.
    """

    number: int
    found: Found
    asked: float
    accuracy: float

    @property
    def verdict(self) -> Verdict:
        """Of this part alone."""
        return "partial" if self.outrun and self.accuracy >= MOSTLY else verdict_of(self.found, self.asked)

    @property
    def outrun(self) -> bool:
        """Whether another emotion clearly outruns it, miss or not."""
        return verdict_of(self.found, self.asked) == "miss"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, why it is none or what spoiled it, and what it rests on where that is evidence."""

    verdict: Verdict
    reason: str = ""
    weighed: Weighed | None = None


def judge(tally: Tally, strictness: Strictness, yardstick: Yardstick | None) -> Judgement:
    """The judgement on a line that was played; without a yardstick by the time on target."""
    if not tally.parts:
        return Judgement("not_scored", "untracked")
    reason = unscored(tally)
    if reason:
        return Judgement("not_scored", reason)
    judged = judged_parts(tally)
    unseen = _unseen_part(tally, judged)
    weighed = weigh(tally, judged, yardstick) if yardstick else None
    verdict = weighed.verdict if weighed else _by_time(tally, judged, strictness)
    if verdict == "hit" and unseen:
        verdict = "partial"
    return Judgement(verdict, "broken off" if tally.cut else unseen, weighed)


def weigh(tally: Tally, judged: Sequence[int], yardstick: Yardstick) -> Weighed | None:
    """The part of those `judged` with the worst verdict, furthest from what is asked; None without any evidence."""
    band = tally.turn.line.intensity
    weighed = []
    for number in judged:
        part, pooled = tally.part(number), tally.parts[number].pool.strongest()
        if pooled is not None:
            found = find(yardstick.card, yardstick.rest, part, *pooled)
            asked = easiest(yardstick.card, part, band, yardstick.strictness)[1]
            weighed.append(Weighed(number, found, asked, tally.parts[number].accuracy))
    return min(weighed, key=lambda w: (_WORST_FIRST.index(w.verdict), w.found.share - w.asked), default=None)


def scorable(tally: Tally) -> bool:
    """Whether the line was tracked and seen well enough for a verdict."""
    return bool(tally.parts) and not unscored(tally)


def unscored(tally: Tally) -> str:
    """Why a tracked line cannot be scored; empty where it can."""
    if tally.usable_s < MIN_COVERAGE * tally.length_s:
        return max(tally.spoiled_s, key=lambda reason: tally.spoiled_s[reason], default="no signal")
    if tally.scored_s < MIN_SURE * tally.usable_s:
        return "low confidence"
    return "too short" if tally.scored_s < MIN_SCORED_S else ""


def _by_time(tally: Tally, judged: Sequence[int], strictness: Strictness) -> Verdict:
    worst = min(tally.parts[number].accuracy for number in judged)
    if worst >= HIT[strictness]:
        return "hit"
    return "partial" if worst >= HIT[strictness] * PARTIAL_OF_HIT else "miss"


def _unseen_part(tally: Tally, judged: Sequence[int]) -> str:
    """Which part of an arc could not be judged though there was time to; empty where there is none."""
    long_enough = [n for n in range(len(tally.parts)) if tally.turn.part_s(n) >= MIN_SCORED_S]
    return next((f"part {n + 1} not seen" for n in long_enough if n not in judged), "")
