"""Curves of hours in bounded memory: neighbours in time are joined, and what is kept are real samples, peaks first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from coach.base.types import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.types import Emotion, Probabilities

LEAP_S: Final = 2.0
"""A face that nothing is known of for longer was not seen, whoever says so."""

_FINEST_S: Final = 1 / 64
"""Width of the first buckets; it doubles whenever there are too many."""

Point = tuple[float, float]
"""Seconds and value."""


@dataclass(slots=True)
class Bucket:
    """What was seen in one stretch of time.

    Attributes:
        first_t, last_t: the first and the last sample in it.
        starts: nothing was seen just before it.
    """

    first_t: float
    last_t: float
    starts: bool

    def join(self, later: Bucket) -> None:
        """Take in the next bucket."""
        self.last_t = later.last_t


@dataclass(slots=True)
class Peaks(Bucket):
    """The seven values of the first and last sample, and each emotion's lowest and highest with their times."""

    first: Probabilities
    last: Probabilities
    lowest: list[Point]
    highest: list[Point]

    @classmethod
    def of(cls, t: float, values: Probabilities, *, starts: bool) -> Peaks:
        """Of one sample."""
        points = [(t, value) for value in values]
        return cls(t, t, starts, values, values, points, list(points))

    def join(self, later: Bucket) -> None:
        """Take in the next bucket, its peaks too."""
        assert isinstance(later, Peaks)
        Bucket.join(self, later)
        self.last = later.last
        self.lowest = [min(a, b, key=_value) for a, b in zip(self.lowest, later.lowest, strict=True)]
        self.highest = [max(a, b, key=_value) for a, b in zip(self.highest, later.highest, strict=True)]

    def points(self, number: int) -> list[Point]:
        """What is kept of emotion `number`, in time order."""
        ends = (self.first_t, self.first[number]), (self.last_t, self.last[number])
        return sorted({*ends, self.lowest[number], self.highest[number]})


@dataclass(slots=True)
class Share(Bucket):
    """How often each label was the steady one; None where the model named none."""

    counts: dict[Emotion | None, int]

    def join(self, later: Bucket) -> None:
        """Take in the next bucket, its counts too."""
        assert isinstance(later, Share)
        Bucket.join(self, later)
        for label, count in later.counts.items():
            self.counts[label] = self.counts.get(label, 0) + count

    @property
    def label(self) -> Emotion | None:
        """The one most often seen."""
        return max(self.counts, key=self.counts.__getitem__)


Kind = TypeVar("Kind", bound=Bucket)


class Thinned(Generic[Kind]):
    """Buckets in time order, at most `most` of them.

    Attributes:
        buckets: each stands for another stretch of `width_s` seconds.
        samples: how many were added.
    """

    def __init__(self, most: int = 2048) -> None:
        self.buckets: list[Kind] = []
        self.width_s = _FINEST_S
        self.samples = 0
        self._most = most
        self._seen = False

    def starts(self, t: float) -> bool:
        """Whether a sample at `t` follows on none."""
        return not self._seen or t - self.buckets[-1].last_t > LEAP_S

    def add(self, bucket: Kind) -> None:
        """Take the next sample."""
        self.samples += 1
        self._seen = True
        self._put(self.buckets, bucket)
        while len(self.buckets) > self._most:
            self._thin()

    def miss(self) -> None:
        """Nothing is seen now."""
        self._seen = False

    def _thin(self) -> None:
        self.width_s *= 2
        kept: list[Kind] = []
        for bucket in self.buckets:
            self._put(kept, bucket)
        self.buckets = kept

    def _put(self, buckets: list[Kind], bucket: Kind) -> None:
        if buckets and self._place(buckets[-1]) == self._place(bucket):
            buckets[-1].join(bucket)
        else:
            buckets.append(bucket)

    def _place(self, bucket: Kind) -> int:
        return int(bucket.first_t // self.width_s)


def runs(buckets: Sequence[Kind]) -> list[list[Kind]]:
    """`buckets` parted where nothing was seen between two."""
    parts: list[list[Kind]] = []
    for bucket in buckets:
        if bucket.starts or not parts:
            parts.append([])
        parts[-1].append(bucket)
    return parts


def lines(buckets: Sequence[Peaks], number: int) -> list[list[Point]]:
    """The curve of emotion `number` (as in `EMOTIONS`), one list of points for each stretch without a gap."""
    assert 0 <= number < len(EMOTIONS)
    return [[point for bucket in run for point in bucket.points(number)] for run in runs(buckets)]


def _value(point: Point) -> float:
    return point[1]
