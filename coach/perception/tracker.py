"""Following people from frame to frame.

The largest face when tracking begins is the actor, for good. A face seen at the same moment as the actor is somebody
else and is followed too: a rehearsal does so only so that it is never taken for the actor while the actor is out of
sight, the mirror shows everyone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.types import Box, Detection

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

_STEADY_S: Final = 0.3
"""Time constant over which the motion of each of many people is averaged. When two cross and the one behind is hidden,
a half of the last step kept their numbers apart in 95 of 100 made-up crossings, this in 99."""

Velocity = tuple[float, float]
"""Pixels per second."""

Motion = Callable[[Velocity, Velocity, float], Velocity]
"""From the velocity expected so far, the last step in pixels and its seconds to the velocity to expect now."""


def last_step(_: Velocity, step: Velocity, seconds: float) -> Velocity:
    """Part of the last step goes on; quick to follow one person who moves about."""
    pace = _DAMPING / seconds if seconds <= _COAST_S else 0.0
    return step[0] * pace, step[1] * pace


def steady(before: Velocity, step: Velocity, seconds: float) -> Velocity:
    """The mean of late goes on; tells apart people who cross."""
    new = 1 - math.exp(-seconds / _STEADY_S)
    x, y = (old + new * (way / seconds - old) for old, way in zip(before, step, strict=True))
    return x, y


@dataclass(slots=True)
class _Track:
    """A person: the face where it was last seen, when, and how fast it should move on, in pixels per second."""

    number: int
    seen: Detection
    t: float
    velocity: Velocity = (0.0, 0.0)

    def expected(self, t: float) -> Detection:
        age = min(t - self.t, _COAST_S)
        dx, dy = self.velocity[0] * age, self.velocity[1] * age
        return moved(self.seen, dx, dy) if dx or dy else self.seen

    def see(self, found: Detection, t: float, motion: Motion) -> None:
        if t > self.t:
            (x0, y0), (x1, y1) = self.seen.box.centre, found.box.centre
            self.velocity = motion(self.velocity, (x1 - x0, y1 - y0), t - self.t)
        self.seen, self.t = found, t

    def costs(self, found: Sequence[Detection], t: float, faint: float) -> list[float]:
        """How unlikely it is of each of `found` that it is this person, in face sizes; infinite out of reach.

        One scored below `faint` is believed only where the person should be, not as somebody who turned and walked.
        """
        expected = self.expected(t).box
        size, centre = math.sqrt(expected.area) or 1.0, expected.centre
        far = REACH + REACH_PER_S * min(t - self.t, SEARCH_S)
        costs = []
        for face in found:
            reach = far if face.score >= faint else REACH
            away = math.dist(centre, face.box.centre) / size
            growth = abs(math.log(max(math.sqrt(face.box.area), 1e-6) / size)) if away <= reach else math.inf
            costs.append(away + growth if growth <= math.log(SIZE_RATIO) else math.inf)
        return costs


class People:
    """Gives everyone a number that stays with them. Number 0 is the actor, the first of the faces found first.

    Attributes:
        in_sight: who was found by the last search, by number.
    """

    def __init__(
        self, *, most: int | None = None, sure: float = 0.0, maybe: float = 0.0, actor_only: bool = False
    ) -> None:
        """Begin with nobody.

        Args:
            most: so many are followed at once, those with the lowest numbers; None follows everyone.
            sure: a newcomer scored so high or higher gets a number at once ...
            maybe: ... one scored so high only when found again by the next search, and one scored below it none.
            actor_only: all that matters is who the actor is: while out of sight newcomers get no number, since one of
                them may be the actor.
        """
        self._most = most
        self._sure = sure
        self._maybe = maybe
        self._actor_only = actor_only
        self._motion = last_step if actor_only else steady
        self._tracks: list[_Track] = []
        self._doubtful: list[_Track] = []
        self._next = 0
        self.in_sight: dict[int, Detection] = {}

    @property
    def lost(self) -> bool:
        """Whether the actor was chosen and the last search did not find them."""
        return bool(self._tracks) and 0 not in self.in_sight

    def update(self, t: float, found: Sequence[Detection]) -> dict[int, Detection]:
        """Everyone among those `found` at `t` seconds, biggest first, by number."""
        self._tracks = [track for track in self._tracks if track.number == 0 or t - track.t <= FORGET_S]
        matched = _match(self._tracks, found, t, self._maybe)
        newcomers = self._certain(t, found, [i for i in range(len(found)) if i not in matched.values()])
        if newcomers and self._is_actor_back(t, matched, newcomers):
            matched[0] = newcomers.pop(0)
        self.in_sight = {}
        for place, i in sorted(matched.items()):
            self._see(self._tracks[place], found[i], t)
        if not (self._actor_only and self.lost):
            for i in newcomers:
                self._meet(found[i], t)
        return self.in_sight

    def expected(self, t: float) -> dict[int, Detection]:
        """Where the faces of those in sight should be at `t`, not long after the search that found them."""
        return {track.number: track.expected(t) for track in self._tracks if track.number in self.in_sight}

    def _certain(self, t: float, found: Sequence[Detection], places: list[int]) -> list[int]:
        """The places of those newcomers that are faces beyond doubt; of the others a second look decides."""
        places = [i for i in places if found[i].score >= self._maybe]
        newcomers = [found[i] for i in places]
        again = _match(self._doubtful, newcomers, t).values()
        sure = [face.score >= self._sure or i in again for i, face in enumerate(newcomers)]
        if not self._tracks and any(sure):  # the biggest is the actor, not the biggest of those that are sure
            sure = [True] * len(newcomers)
        self._doubtful = [_Track(-1, face, t) for face, certain in zip(newcomers, sure, strict=True) if not certain]
        return [i for i, certain in zip(places, sure, strict=True) if certain]

    def _is_actor_back(self, t: float, matched: dict[int, int], newcomers: list[int]) -> bool:
        """Whether the first newcomer is the actor after a long absence; among many people only who is there alone."""
        away = bool(self._tracks) and 0 not in matched and t - self._tracks[0].t >= SEARCH_S
        return away and (self._actor_only or len(matched) + len(newcomers) == 1)

    def _see(self, track: _Track, found: Detection, t: float) -> None:
        track.see(found, t, self._motion)
        if self._has_room():
            self.in_sight[track.number] = found

    def _meet(self, found: Detection, t: float) -> None:
        if self._has_room():
            self._tracks.append(_Track(self._next, found, t))
            self.in_sight[self._next] = found
            self._next += 1

    def _has_room(self) -> bool:
        return self._most is None or len(self.in_sight) < self._most


class Tracker:
    """Says which of the faces found is the actor's."""

    def __init__(self) -> None:
        self._people = People(actor_only=True)

    @property
    def lost(self) -> bool:
        """Whether the actor was chosen and the last search did not find them."""
        return self._people.lost

    @property
    def in_sight(self) -> bool:
        """Whether the last search found the actor."""
        return 0 in self._people.in_sight

    def update(self, t: float, found: Sequence[Detection]) -> Detection | None:
        """The actor's face among those `found` at `t` seconds, biggest first; None where it is not among them."""
        return self._people.update(t, found).get(0)

    def expected(self, t: float) -> Detection | None:
        """Where the actor's face should be at `t`, not long after a search that found it; None where it did not."""
        return self._people.expected(t).get(0)


def _match(tracks: Sequence[_Track], found: Sequence[Detection], t: float, faint: float = 0.0) -> dict[int, int]:
    """Which track (by place) was found as which face (by place): likeliest pairs first, each used once."""
    pairs = [
        (cost, place, i)
        for place, track in enumerate(tracks)
        for i, cost in enumerate(track.costs(found, t, faint))
        if cost < math.inf
    ]
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, place, i in sorted(pairs):
        if place not in matched and i not in taken:
            matched[place] = i
            taken.add(i)
    return matched


def moved(face: Detection, dx: float, dy: float) -> Detection:
    """`face` shifted by (dx, dy) pixels."""
    box = face.box
    landmarks = tuple((x + dx, y + dy) for x, y in face.landmarks)
    return Detection(Box(box.x + dx, box.y + dy, box.width, box.height), face.score, landmarks)
