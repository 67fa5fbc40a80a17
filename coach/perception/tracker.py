"""Face tracking: predict the position of each track, match the detections to the predictions, start new tracks.

Track 0 is the actor. A face detected beside the actor is another person and gets a track of its own. A rehearsal needs
these tracks so that nobody is mistaken for the actor while the actor is out of sight; the mirror shows them all.

In a rehearsal the actor is at first the largest face of the first search that finds any. That may be a photograph on
the wall, or somebody in the background. So a face that moves takes over from one that never does, and in the first
seconds one that is much bigger takes over; or the user says which face it is. The rules are in `actor`.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from coach.perception.actor import (
    BESIDE_S,
    CHOICE_S,
    SURE_S,
    beside,
    change_text,
    chosen,
    missing_text,
    rival_of,
    several_text,
)
from coach.perception.looks import LOOK_EVERY_S, MAX_LOOKS, REMEMBER_S, recognise, without_strangers
from coach.perception.search import scaled, shift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.types import Detection, FaceChoice
    from coach.perception.looks import Look

REACH: Final = 0.6
"""Largest distance between a track's prediction and its detection, in face sizes; a neighbour is at least 1 away."""

REACH_PER_S: Final = 1.5
"""Growth of `REACH` per second out of sight: about the pace of a person who turns and walks."""

SIZE_RATIO: Final = 1.8
"""Largest ratio between the sizes of a track's last face and of its next."""

REACQUIRE_S: Final = 1.5
"""After this time out of sight the actor may reappear anywhere, as the largest face without a track. Before, only
within reach of the last position."""

FORGET_S: Final = 3.0
"""Tracks of other people end after this time out of sight."""

_DAMPING: Final = 0.5
"""Share of the last motion that is predicted to continue. Of 0, 0.5 and 1, 0.5 predicts the boxes of the sample take
best; a step sideways needs more than 0."""

_COAST_S: Final = 0.5
"""Motion is extrapolated for at most this time; people do not move in a straight line for longer."""

_SMOOTHING_S: Final = 0.3
"""Time constant of the moving average of velocity, for tracks of many people. When two people cross and one is
occluded, damping the last step kept their track numbers in 95 of 100 simulated crossings, this average in 99."""

STILL: Final = 0.005
"""A face moves if its landmarks move by more than this share of its size between two looks. Those of a photograph in
the picture move by 0.004 at most, mostly by 0.0001; those of the sample take by 0.0055 or more, usually by 0.02."""

LOOK_S: Final = 0.19
"""Shortest time between two looks at whether a face moves."""

_LOOKS: Final = 5
_MIN_LOOKS: Final = 3
"""The median of this many steps decides whether a face moves, since single boxes jump."""

Velocity = tuple[float, float]
"""Pixels per second."""

Motion = Callable[[Velocity, Velocity, float], Velocity]
"""Motion model: from the predicted velocity, the last step in pixels and its seconds to the next predicted velocity."""


def damp_step(_: Velocity, step: Velocity, seconds: float) -> Velocity:
    """Continue with part of the last step; reacts fast to one person who moves about."""
    pace = _DAMPING / seconds if seconds <= _COAST_S else 0.0
    return step[0] * pace, step[1] * pace


def average_steps(average: Velocity, step: Velocity, seconds: float) -> Velocity:
    """Continue with the exponential moving average; keeps people apart who cross."""
    gain = 1 - math.exp(-seconds / _SMOOTHING_S)
    x = average[0] + gain * (step[0] / seconds - average[0])
    y = average[1] + gain * (step[1] / seconds - average[1])
    return x, y


@dataclass(slots=True, eq=False)
class Track:
    """A person: number, last detection and its time, predicted velocity in pixels per second.

    `moved` is True once the face is known to move; `given_up` if another face took over from it as the actor.
    """

    number: int
    face: Detection
    t: float
    velocity: Velocity = (0.0, 0.0)
    since: float = field(init=False)
    looked_at: Detection = field(init=False)
    looked_t: float = field(init=False)
    steps: deque[float] = field(default_factory=lambda: deque(maxlen=_LOOKS))
    moved: bool = False
    given_up: bool = False
    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=MAX_LOOKS))
    look_t: float = -math.inf

    def __post_init__(self) -> None:
        self.since = self.looked_t = self.t
        self.looked_at = self.face

    @property
    def size(self) -> float:
        """The square root of the area of the last box, in pixels."""
        return math.sqrt(self.face.box.area)

    def look(self) -> None:
        """Find out whether the face has moved since the last look, if that was long enough ago."""
        if self.t - self.looked_t < LOOK_S:
            return
        before, now = _points(self.looked_at), _points(self.face)
        self.steps.append(statistics.fmean(map(math.dist, before, now)) / (self.size or 1.0))
        self.looked_at, self.looked_t = self.face, self.t
        if len(self.steps) >= _MIN_LOOKS and self.t - self.since >= SURE_S:
            self.moved = self.moved or statistics.median(self.steps) > STILL

    def predict(self, t: float) -> Detection:
        """The face in its predicted position at `t` seconds."""
        age = min(t - self.t, _COAST_S)
        dx, dy = self.velocity[0] * age, self.velocity[1] * age
        return shift(self.face, dx, dy) if dx or dy else self.face

    def update(self, face: Detection, t: float, motion: Motion) -> None:
        """Continue with `face` at `t` seconds."""
        if t > self.t:
            (x0, y0), (x1, y1) = self.face.box.centre, face.box.centre
            self.velocity = motion(self.velocity, (x1 - x0, y1 - y0), t - self.t)
        self.face, self.t = face, t

    def costs(self, detections: Sequence[Detection], t: float, min_score: float) -> list[float]:
        """Cost of assigning each of `detections` to this track, in face sizes; infinite out of reach.

        For a detection scored below `min_score` the reach does not grow with the time out of sight.
        """
        predicted = self.predict(t).box
        size, centre = math.sqrt(predicted.area) or 1.0, predicted.centre
        full_reach = REACH + REACH_PER_S * min(t - self.t, REACQUIRE_S)
        costs = []
        for face in detections:
            reach = full_reach if face.score >= min_score else REACH
            distance = math.dist(centre, face.box.centre) / size
            growth = abs(math.log(max(math.sqrt(face.box.area), 1e-6) / size)) if distance <= reach else math.inf
            costs.append(distance + growth if growth <= math.log(SIZE_RATIO) else math.inf)
        return costs


class Tracker:
    """Assigns track numbers, which stay with a person from frame to frame. Track 0 is the actor.

    Attributes:
        in_sight: the faces of all tracks that the last update matched, by track number.
        choosing: whether the face that the user chose may still come into sight.
        notices: sentences for the user about who is the actor.
    """

    def __init__(
        self,
        *,
        max_tracks: int | None = None,
        confirm_score: float = 0.0,
        tentative_score: float = 0.0,
        actor_only: bool = False,
        choice: FaceChoice = "auto",
    ) -> None:
        """Start without tracks.

        Args:
            max_tracks: at most this many tracks are in sight at once, lowest numbers first; None sets no limit.
            confirm_score: a new face with at least this score starts a track at once.
            tentative_score: a new face with at least this score starts a track when the next search detects it again;
                a face with a lower score never does.
            actor_only: return only the actor, and start no track while the actor is out of sight, since the new face
                may be the actor.
            choice: with `actor_only`, which of several faces is the actor.
        """
        self._max_tracks = max_tracks
        self._confirm_score = confirm_score
        self._tentative_score = tentative_score
        self._actor_only = actor_only
        self._motion = damp_step if actor_only else average_steps
        self._tracks: list[Track] = []
        self._tentative: list[Track] = []
        self._lost: list[Track] = []
        self._next = 0
        self._first_t = math.inf
        self._choice: FaceChoice = choice
        self._most = 0
        self._beside_s = 0.0
        self._beside_t: float | None = None
        self._mentioned = False
        self.choosing = choice != "auto"
        self.notices: list[str] = []
        self.in_sight: dict[int, Detection] = {}

    @property
    def lost(self) -> bool:
        """Whether the last search missed a known actor."""
        return bool(self._tracks) and 0 not in self.in_sight

    def update(
        self, t: float, detections: Sequence[Detection], look: Callable[[Detection], Look] | None = None
    ) -> dict[int, Detection]:
        """Match `detections` (largest first) at `t` seconds; returns the faces in sight by track number.

        With `look`, which gives the look of a detection, people who were out of sight are recognised by it.
        """
        self._forget(t)
        matched = _match(self._tracks, detections, t, self._tentative_score)
        if look is not None:
            matched = without_strangers(self._tracks, matched, detections, t, look)
        unmatched = [i for i in range(len(detections)) if i not in matched.values()]
        newcomers = self._confirm(t, detections, unmatched)
        if look is not None:
            newcomers = [i for i in newcomers if not self._recall(t, matched, i, (detections[i], look(detections[i])))]
        if newcomers and self._is_actor_back(t, matched, newcomers):
            matched[0] = newcomers.pop(0)  # the actor's track is always the first
            self._tracks[0] = Track(0, detections[matched[0]], t)
        self.in_sight = {}
        for position, i in sorted(matched.items()):
            self._continue(self._tracks[position], detections[i], t)
        if self.choosing or not (self._actor_only and self.lost):
            for i in newcomers:
                self._start(detections[i], t)
        if look is not None:
            self._keep_looks(t, look)
        if self._actor_only and self._reconsider(t):
            return {}  # one moment without a face, so that the readings of two people are kept apart
        return self._select(self.in_sight)

    def predict(self, t: float) -> dict[int, Detection]:
        """The faces in sight by track number, in their predicted positions at `t`, soon after the last update."""
        tracks = self._tracks[:1] if self._actor_only else self._tracks
        return {track.number: track.predict(t) for track in tracks if track.number in self.in_sight}

    def predict_actor(self, t: float) -> Detection | None:
        """The actor's face in its predicted position at `t`; None while out of sight."""
        return self._tracks[0].predict(t) if 0 in self.in_sight else None

    def _select(self, faces: dict[int, Detection]) -> dict[int, Detection]:
        """All `faces`, or only the actor's."""
        if not self._actor_only:
            return faces
        return {0: faces[0]} if 0 in faces else {}

    def _confirm(self, t: float, detections: Sequence[Detection], unmatched: list[int]) -> list[int]:
        """The indices in `unmatched` that start a track now; the others stay tentative until the next search."""
        candidates = [i for i in unmatched if detections[i].score >= self._tentative_score]
        newcomers = [detections[i] for i in candidates]
        again = _match(self._tentative, newcomers, t).values()
        confirmed = [face.score >= self._confirm_score or i in again for i, face in enumerate(newcomers)]
        if not self._tracks and any(confirmed):  # the actor is the largest face, confirmed or not
            confirmed = [True] * len(newcomers)
        self._tentative = [Track(-1, face, t) for face, sure in zip(newcomers, confirmed, strict=True) if not sure]
        return [i for i, sure in zip(candidates, confirmed, strict=True) if sure]

    def _is_actor_back(self, t: float, matched: dict[int, int], newcomers: list[int]) -> bool:
        """Whether the first newcomer is the actor after a long absence; in a crowd only if it is the only face."""
        away = bool(self._tracks) and 0 not in matched and t - self._tracks[0].t >= REACQUIRE_S
        return away and (self._actor_only or len(matched) + len(newcomers) == 1)

    def _forget(self, t: float) -> None:
        """End the tracks of people who have long been out of sight; their looks are kept for a while."""
        gone = [track for track in self._tracks if track.number and t - track.t > FORGET_S]
        self._tracks = [track for track in self._tracks if track not in gone]
        self._lost = [track for track in (*self._lost, *gone) if track.looks and t - track.t <= REMEMBER_S]

    def _recall(self, t: float, matched: dict[int, int], i: int, seen: tuple[Detection, Look]) -> bool:
        """Match detection `i`, a face with its look, to somebody out of sight; returns whether it is known."""
        here = [track for position, track in enumerate(self._tracks) if position not in matched]
        away = [track for track in (*here, *self._lost) if t - track.t <= REMEMBER_S]
        person = recognise(away, *seen)
        if person is None:
            return False
        if person in self._lost:
            self._lost.remove(person)
            self._tracks.append(person)
        matched[self._tracks.index(person)] = i
        return True

    def _keep_looks(self, t: float, look: Callable[[Detection], Look]) -> None:
        for track in self._tracks:
            if track.t == t and t - track.look_t >= LOOK_EVERY_S:
                track.looks.append(look(track.face))
                track.look_t = t

    def _continue(self, track: Track, face: Detection, t: float) -> None:
        track.update(face, t, self._motion)
        if self._has_room():
            self.in_sight[track.number] = face

    def _start(self, face: Detection, t: float) -> None:
        if self._has_room():
            self._tracks.append(Track(self._next, face, t))
            self.in_sight[self._next] = face
            self._next += 1

    def scale(self, x: float, y: float) -> None:
        """Multiply all positions by `x` and `y`, because the size of the picture has changed."""
        for track in (*self._tracks, *self._tentative):
            track.face, track.looked_at = scaled(track.face, x, y), scaled(track.looked_at, x, y)
            track.velocity = track.velocity[0] * x, track.velocity[1] * y
        self.in_sight = {number: scaled(face, x, y) for number, face in self.in_sight.items()}

    # --- who is the actor -------------------------------------------------------------------------------------------

    def _reconsider(self, t: float) -> bool:
        """Let another face become the actor if it rather is; returns whether one was read before."""
        if not self._tracks:
            return False
        for track in self._tracks:
            if track.t == t:
                track.look()
        self._first_t = min(self._first_t, self._tracks[0].since)
        changed = self._choose(t) if self.choosing else False
        if len(self._tracks) < 2:
            return False
        rival = rival_of(self._tracks, t, self._first_t) if self._choice == "auto" else None
        if rival is not None:
            self.notices.append(change_text(t, self._tracks[0]))
            self._swap(rival)
        self._mention_others(t)
        return changed or rival is not None

    def _choose(self, t: float) -> bool:
        """Take the face that the user chose, until the time for it is over."""
        if t > self._first_t + CHOICE_S:
            self.choosing = False
            if isinstance(self._choice, int) and self._choice > self._most:
                self.notices.append(missing_text(self._choice, self._most))
            return False
        self._most = max(self._most, len(self.in_sight))
        actor, wanted = self._tracks[0], chosen(self._choice, self._tracks, t)
        if wanted is not actor:
            self._swap(wanted)
        return wanted is not actor and actor.since < t

    def _swap(self, other: Track) -> None:
        """Make `other` track 0 and the actor until now another person."""
        actor, position = self._tracks[0], self._tracks.index(other)
        self._tracks[0], self._tracks[position] = other, actor
        other.number, actor.number, actor.given_up = 0, other.number, True
        self.in_sight = {track.number: track.face for track in self._tracks if track.t == other.t}
        self._beside_s, self._mentioned = 0.0, False

    def _mention_others(self, t: float) -> None:
        """Tell the user once that others are in sight who could be meant."""
        others = beside(self._tracks, t)
        if others and not self._mentioned:
            self._beside_s += t - self._beside_t if self._beside_t is not None else 0.0
            if self._beside_s >= BESIDE_S and not self.choosing:
                self.notices.append(several_text(self._tracks[0], others, self._choice))
                self._mentioned = True
        self._beside_t = t if others else None

    def _has_room(self) -> bool:
        return self._max_tracks is None or len(self.in_sight) < self._max_tracks


def _match(
    tracks: Sequence[Track], detections: Sequence[Detection], t: float, min_score: float = 0.0
) -> dict[int, int]:
    """Greedy assignment, lowest cost first: indices of detections by indices of tracks, each used once."""
    pairs: list[tuple[float, int, int]] = []
    for position, track in enumerate(tracks):
        costs = track.costs(detections, t, min_score)
        pairs += [(cost, position, i) for i, cost in enumerate(costs) if cost < math.inf]
    matched: dict[int, int] = {}
    used: set[int] = set()
    for _, position, i in sorted(pairs):
        if position not in matched and i not in used:
            matched[position] = i
            used.add(i)
    return matched


def _points(face: Detection) -> Sequence[tuple[float, float]]:
    """The landmarks; without any, two corners of the box."""
    box = face.box
    return face.landmarks or ((box.x, box.y), (box.x + box.width, box.y + box.height))
