"""What the mirror saw altogether: how long each person, and showing what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from coach.base.types import EMOTIONS, Emotion

if TYPE_CHECKING:
    from coach.core.mirror.view import MirrorFace, MirrorView

MAX_HOLD_S: Final = 1.0
"""What was seen counts until the next moment, for so long at most; a paused or stalled source shows nothing new."""

MAX_PEOPLE: Final = 500
"""So many people are kept apart, or all in sight where those are more. Of others, the most briefly seen are counted."""


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """One person of a mirror run.

    Attributes:
        track: the person's number.
        first_t, last_t: when first and last seen, in seconds since the source began.
        seen_s: seconds in sight, read or not.
        read_s: seconds in which the face could be read.
        frames: in which the person was in sight.
        shares: of the time read, how much each emotion was the steady one; together 1 less `unsure`.
        unsure: of the time read, how much the model named none; 0 also where nothing was read.
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
    """A whole mirror run.

    Attributes:
        frames: pictures looked at.
        seconds: from the first moment to the end of the last, which is taken to last as long as the one before.
        people: everyone kept apart, by track; a person seen in a still picture alone has 0 seconds, and shares.
        others: how many more people were there, each more briefly than those in `people`.
    """

    frames: int
    seconds: float
    people: tuple[PersonSummary, ...]
    others: int = 0


@dataclass(slots=True)
class _Sum:
    """Seconds and moments of one person; the moments speak where there were no seconds, as in a still picture."""

    first_t: float
    last_t: float = 0.0
    seen_s: float = 0.0
    seen: int = 0
    seconds: dict[Emotion | None, float] = field(default_factory=dict)
    moments: dict[Emotion | None, int] = field(default_factory=dict)

    def see(self, t: float, face: MirrorFace) -> None:
        self.last_t = t
        self.seen += 1
        if face.raw is not None:
            self.moments[face.label] = self.moments.get(face.label, 0) + 1

    def last(self, lasted_s: float, face: MirrorFace) -> None:
        self.seen_s += lasted_s
        if face.raw is not None:
            self.seconds[face.label] = self.seconds.get(face.label, 0.0) + lasted_s

    def copy(self) -> _Sum:
        return replace(self, seconds=dict(self.seconds), moments=dict(self.moments))

    def summary(self, track: int) -> PersonSummary:
        read_s = sum(self.seconds.values())
        parts: dict[Emotion | None, float] = dict(self.seconds) if read_s > 0 else dict(self.moments)
        whole = sum(parts.values()) or 1.0
        shares = {emotion: parts.get(emotion, 0.0) / whole for emotion in EMOTIONS}
        unsure = parts.get(None, 0.0) / whole
        return PersonSummary(track, self.first_t, self.last_t, self.seen_s, read_s, self.seen, shares, unsure)


class MirrorTally:
    """Adds up views; memory does not grow with the time."""

    def __init__(self) -> None:
        self._sums: dict[int, _Sum] = {}
        self._before: MirrorView | None = None
        self._first_t = 0.0
        self._gap_s = 0.0
        self._frames = 0
        self._others = 0

    def add(self, view: MirrorView) -> None:
        """Take the next view; views come in time order."""
        if self._before is None:
            self._first_t = view.t
        else:
            self._gap_s = min(max(view.t - self._before.t, 0.0), MAX_HOLD_S)
            _last(self._sums, self._before, self._gap_s)
        self._before = view
        self._frames += view.frame is not None
        for face in view.faces:
            self._sums.setdefault(face.track, _Sum(view.t)).see(view.t, face)
        self._let_go(view)

    def summary(self) -> MirrorSummary:
        """What was added so far; the last view is taken to last as long as the one before. Adding may go on."""
        sums = {track: each.copy() for track, each in self._sums.items()}
        if self._before:
            _last(sums, self._before, self._gap_s)
        people = [each.summary(track) for track, each in sorted(sums.items())]
        seconds = self._before.t - self._first_t + self._gap_s if self._before else 0.0
        return MirrorSummary(self._frames, seconds, tuple(people), self._others)

    def _let_go(self, view: MirrorView) -> None:
        """Only count those seen most briefly, where there are too many; never anyone in sight, nor the main person."""
        too_many = len(self._sums) - MAX_PEOPLE
        if too_many <= 0:
            return
        kept = {0, *(face.track for face in view.faces)}
        gone = sorted((each.seen_s, track) for track, each in self._sums.items() if track not in kept)
        for _, track in gone[:too_many]:
            del self._sums[track]
            self._others += 1


def _last(sums: dict[int, _Sum], view: MirrorView, lasted_s: float) -> None:
    for face in view.faces:
        if face.track in sums:
            sums[face.track].last(lasted_s, face)
