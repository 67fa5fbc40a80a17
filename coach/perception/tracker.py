"""Following the actor from frame to frame, whoever else comes into the picture.

The largest face when tracking begins is the actor, for good. A face seen at the same moment as the actor is somebody
else and is followed too, only so that it is never taken for the actor while the actor is out of sight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.types import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Sequence

REACH: Final = 0.6
"""How far from where it was expected a face may be found again, in face sizes; a neighbour's is at least 1 away."""

REACH_PER_S: Final = 1.5
"""How much that grows per second out of sight: a person who turns and walks moves about so fast."""

SIZE_RATIO: Final = 1.8
"""How much bigger or smaller it may have become."""

SEARCH_S: Final = 1.5
"""After so long out of sight the actor is looked for everywhere: the largest face that is nobody else's. Before, only
within reach of where the actor was lost."""

FORGET_S: Final = 3.0
"""Other people are forgotten after so long out of sight."""

_DAMPING: Final = 0.5
"""How much of the last motion is expected to go on. Of 0, a half and all of it, a half foretold the boxes of the sample
take best; a step sideways wants more than 0."""

_COAST_S: Final = 0.5
"""A motion is continued for so long at most; people do not move straight on for longer."""


@dataclass(slots=True)
class _Track:
    """A person: the face where it was last seen, when, and how fast it should move on, in pixels per second."""

    seen: Detection
    t: float
    velocity: tuple[float, float] = (0.0, 0.0)

    def expected(self, t: float) -> Detection:
        age = min(t - self.t, _COAST_S)
        dx, dy = self.velocity[0] * age, self.velocity[1] * age
        return moved(self.seen, dx, dy) if dx or dy else self.seen

    def see(self, found: Detection, t: float) -> None:
        if t > self.t:
            (x0, y0), (x1, y1) = self.seen.box.centre, found.box.centre
            pace = _DAMPING / (t - self.t) if t - self.t <= _COAST_S else 0.0
            self.velocity = ((x1 - x0) * pace, (y1 - y0) * pace)
        self.seen, self.t = found, t

    def cost(self, found: Detection, t: float) -> float:
        """How unlikely it is that `found` is this person, in face sizes; infinite out of reach."""
        expected = self.expected(t).box
        size = math.sqrt(expected.area) or 1.0
        growth = abs(math.log(max(math.sqrt(found.box.area), 1e-6) / size))
        away = math.dist(expected.centre, found.box.centre) / size
        reach = REACH + REACH_PER_S * min(t - self.t, SEARCH_S)
        return away + growth if away <= reach and growth <= math.log(SIZE_RATIO) else math.inf


class Tracker:
    """Says which of the faces found is the actor's."""

    def __init__(self) -> None:
        self._actor: _Track | None = None
        self._others: list[_Track] = []
        self._in_sight = False

    @property
    def lost(self) -> bool:
        """Whether the actor was chosen and the last search did not find them."""
        return self._actor is not None and not self._in_sight

    @property
    def in_sight(self) -> bool:
        """Whether the last search found the actor."""
        return self._in_sight

    def update(self, t: float, found: Sequence[Detection]) -> Detection | None:
        """The actor's face among those `found` at `t` seconds, biggest first; None where it is not among them."""
        if self._actor is None:
            self._actor = _Track(found[0], t) if found else None
            mine, rest = (found[0], list(found[1:])) if found else (None, [])
        else:
            mine, rest = self._follow(self._actor, t, list(found))
        if mine is not None:
            self._others += [_Track(each, t) for each in rest]
        self._in_sight = mine is not None
        return mine

    def expected(self, t: float) -> Detection | None:
        """Where the actor's face should be at `t`, not long after a search that found it; None where it did not."""
        return self._actor.expected(t) if self._actor is not None and self._in_sight else None

    def _follow(self, actor: _Track, t: float, found: list[Detection]) -> tuple[Detection | None, list[Detection]]:
        """The actor's face and those of nobody known yet."""
        self._others = [track for track in self._others if t - track.t <= FORGET_S]
        tracks = [actor, *self._others]
        matched = _match(tracks, found, t)
        rest = [each for i, each in enumerate(found) if i not in matched.values()]
        for number, i in matched.items():
            tracks[number].see(found[i], t)
        if 0 in matched:
            return found[matched[0]], rest
        if rest and t - actor.t >= SEARCH_S:
            actor.see(rest[0], t)
            return rest[0], rest[1:]
        return None, rest


def _match(tracks: Sequence[_Track], found: Sequence[Detection], t: float) -> dict[int, int]:
    """Which track (by number) was found as which face (by number): likeliest pairs first, each used once."""
    pairs = sorted((track.cost(face, t), n, i) for n, track in enumerate(tracks) for i, face in enumerate(found))
    matched: dict[int, int] = {}
    for cost, number, i in pairs:
        if cost < math.inf and number not in matched and i not in matched.values():
            matched[number] = i
    return matched


def moved(face: Detection, dx: float, dy: float) -> Detection:
    """`face` shifted by (dx, dy) pixels."""
    box = face.box
    landmarks = tuple((x + dx, y + dy) for x, y in face.landmarks)
    return Detection(Box(box.x + dx, box.y + dy, box.width, box.height), face.score, landmarks)
