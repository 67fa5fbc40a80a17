"""Answers for each line of a take whether the face was like the actor's own examples."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final, NamedTuple

from coach.base.events import Event, LineEnded, LineStarted, Reading
from coach.base.types import EMOTIONS, Emotion
from coach.core.actor.calibration import STRONGEST_SHARE
from coach.core.actor.examples import ActorProfile, Face, face_of
from coach.core.actor.likeness import Likeness
from coach.core.actor.own_verdict import OwnAnswer, answer
from coach.core.scoring.evidence import log_odds_each

MIN_MOMENTS: Final = 3
"""Moments with landmarks that an answer needs; at five a second they take half a second."""

_NEUTRAL: Final = EMOTIONS.index("neutral")


class _Seen(NamedTuple):
    """One moment: the part of the target that held, and the squared distances to the actor's examples."""

    part: int
    distances: tuple[float, ...]


class OwnJudge:
    """An event sink that compares the faces of each line with one actor's examples.

    An answer rests on the strongest part of a line, as the verdict of viewers does: the moments farthest from the
    actor's neutral face.

    Attributes:
        actor: name of the actor.
    """

    def __init__(self, profile: ActorProfile) -> None:
        """Judge by the examples of `profile`, at least one."""
        self.actor = profile.name
        self._likeness = Likeness(profile.examples, profile.spread)
        self._lines: dict[int, list[_Seen]] = {}
        self._before: list[_Seen] = []

    def handle(self, event: Event) -> None:
        """Handle an event of the take: lines that begin and end, and readings with landmarks in lines with a target."""
        if isinstance(event, LineStarted):
            self._before = self._lines.get(event.index, [])
            self.begin(event.index)
        elif isinstance(event, LineEnded):
            if event.cut and self._before:  # the report is on the last complete attempt
                self._lines[event.index] = self._before
        elif isinstance(event, Reading) and event.index is not None and event.fit is not None:
            actor = event.observation.actor
            if actor is not None and actor.points is not None and event.even_handed is not None:
                face = face_of(actor.points, log_odds_each(event.even_handed))
                self.add(event.index, event.fit.part, face)

    def close(self) -> None:
        """Do nothing; there is nothing to close."""

    def begin(self, index: int) -> None:
        """Line `index` begins; what was seen of an earlier attempt is dropped."""
        self._lines[index] = []

    def add(self, index: int, part: int, face: Face) -> None:
        """Take a moment of line `index` in which `part` of its target held."""
        self._lines.setdefault(index, []).append(_Seen(part, self._likeness.distances(face)))

    def answer(self, index: int, parts: Sequence[Sequence[Emotion]]) -> OwnAnswer | None:
        """Whether the face was like the actor's own examples in line `index`.

        Args:
            index: number of the line.
            parts: the accepted emotions of each part of its target. The part with the smallest lead decides.

        Returns:
            None if too little was seen, or the actor has no examples to compare with.
        """
        answers = [self._part_answer(index, number, accepted) for number, accepted in enumerate(parts)]
        return min((each for each in answers if each is not None), key=lambda each: each.lead, default=None)

    def _part_answer(self, index: int, number: int, accepted: Sequence[Emotion]) -> OwnAnswer | None:
        seen = [moment.distances for moment in self._lines.get(index, ()) if moment.part == number]
        if len(seen) < MIN_MOMENTS:
            return None
        if tuple(accepted) != ("neutral",):
            seen = _strongest(seen)
        return answer([statistics.fmean(column) for column in zip(*seen, strict=True)], accepted)


def _strongest(seen: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """The `STRONGEST_SHARE` of the moments that are farthest from neutral; all if there is no neutral example."""
    if not math.isfinite(seen[0][_NEUTRAL]):
        return seen
    count = max(1, round(STRONGEST_SHARE * len(seen)))
    return sorted(seen, key=lambda distances: -distances[_NEUTRAL])[:count]
