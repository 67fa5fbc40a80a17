"""Totals of a mirror run: time in sight and emotions of each person."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from coach.base.types import EMOTIONS, Emotion
from coach.core.reading.smoothing import MAX_HOLD_S

if TYPE_CHECKING:
    from coach.core.mirror.view import MirrorFace, MirrorView

MAX_PEOPLE: Final = 500
"""Maximum number of people with totals of their own, unless more are in sight. Further people, those seen for the
shortest time, are only counted."""


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """Totals of one person.

    Attributes:
        track: number of the person.
        first_t, last_t: first and last time in sight, in seconds since the source began.
        seen_s: seconds in sight, readable or not.
        read_s: seconds with a readable face.
        frames: number of views with the person in sight.
        shares: share of the readable time with each steady emotion; they sum to 1 - `unsure`.
        unsure: share of the readable time in which the model abstained; 0 if nothing was read.
    """

    track: int
    first_t: float
    last_t: float
    seen_s: float
    read_s: float
    frames: int
    shares: dict[Emotion, float]
    unsure: float


@dataclass(frozen=True, slots=True)
class MirrorSummary:
    """Totals of a mirror run.

    Attributes:
        frames: number of frames.
        seconds: time from the first view to the end of the last one, which counts as long as the one before.
        people: totals of each person, by track; a person seen only in one still picture has shares but 0 seconds.
        others: number of further people, each seen for a shorter time than those in `people`.
    """

    frames: int
    seconds: float
    people: tuple[PersonSummary, ...]
    others: int = 0


@dataclass(slots=True)
class _Sum:
    """Seconds and views of one person by label. Views give the shares if there are no seconds, as in a still."""

    first_t: float
    last_t: float = 0.0
    seen_s: float = 0.0
    views: int = 0
    label_s: dict[Emotion | None, float] = field(default_factory=dict)
    label_views: dict[Emotion | None, int] = field(default_factory=dict)

    def add_view(self, t: float, face: MirrorFace) -> None:
        self.last_t = t
        self.views += 1
        if face.raw is not None:
            self.label_views[face.label] = self.label_views.get(face.label, 0) + 1

    def add_time(self, seconds: float, face: MirrorFace) -> None:
        self.seen_s += seconds
        if face.raw is not None:
            self.label_s[face.label] = self.label_s.get(face.label, 0.0) + seconds

    def copy(self) -> _Sum:
        return replace(self, label_s=dict(self.label_s), label_views=dict(self.label_views))

    def summary(self, track: int) -> PersonSummary:
        read_s = min(sum(self.label_s.values()), self.seen_s)  # a sum of parts may be larger by a rounding
        weights: dict[Emotion | None, float] = dict(self.label_s) if read_s > 0 else dict(self.label_views)
        total = sum(weights.values()) or 1.0
        shares = {emotion: weights.get(emotion, 0.0) / total for emotion in EMOTIONS}
        unsure = weights.get(None, 0.0) / total
        return PersonSummary(track, self.first_t, self.last_t, self.seen_s, read_s, self.views, shares, unsure)


class MirrorTally:
    """Adds up views; memory does not grow with time."""

    def __init__(self) -> None:
        self._sums: dict[int, _Sum] = {}
        self._last: MirrorView | None = None
        self._first_t = 0.0
        self._gap_s = 0.0
        self._frames = 0
        self._others = 0

    def add(self, view: MirrorView) -> None:
        """Add the next view, in order of time. It holds until the following one, but at most `MAX_HOLD_S`."""
        if self._last is None:
            self._first_t = view.t
        else:
            self._gap_s = min(max(view.t - self._last.t, 0.0), MAX_HOLD_S)
            _add_time(self._sums, self._last, self._gap_s)
        self._last = view
        self._frames += view.frame is not None
        for face in view.faces:
            self._sums.setdefault(face.track, _Sum(view.t)).add_view(view.t, face)
        self._limit_people(view)

    def summary(self) -> MirrorSummary:
        """Totals so far; the last view counts as long as the one before. More views may follow."""
        sums = {track: person.copy() for track, person in self._sums.items()}
        if self._last:
            _add_time(sums, self._last, self._gap_s)
        people = [person.summary(track) for track, person in sorted(sums.items())]
        seconds = self._last.t - self._first_t + self._gap_s if self._last else 0.0
        return MirrorSummary(self._frames, seconds, tuple(people), self._others)

    def _limit_people(self, view: MirrorView) -> None:
        """Drop the people seen for the shortest time above the limit, except those in sight and track 0."""
        excess = len(self._sums) - MAX_PEOPLE
        if excess <= 0:
            return
        protected = {0, *(face.track for face in view.faces)}
        droppable = sorted((person.seen_s, track) for track, person in self._sums.items() if track not in protected)
        for _, track in droppable[:excess]:
            del self._sums[track]
            self._others += 1


def _add_time(sums: dict[int, _Sum], view: MirrorView, seconds: float) -> None:
    for face in view.faces:
        if face.track in sums:
            sums[face.track].add_time(seconds, face)
