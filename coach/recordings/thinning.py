"""Curves over hours in bounded memory: adjacent buckets are merged, keeping real samples, including all peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from coach.base.types import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.types import Emotion, Probabilities

LEAP_S: Final = 2.0
"""A longer time without a sample is a gap in the curve."""

_FINEST_S: Final = 1 / 64
"""Initial width of a bucket; it doubles whenever there are too many buckets."""

Point = tuple[float, float]
"""Seconds and value."""


@dataclass(slots=True)
class Bucket:
    """The samples of one interval.

    Attributes:
        first_t, last_t: times of its first and last sample.
        starts: whether it follows a gap.
    """

    first_t: float
    last_t: float
    starts: bool

    def merge(self, later: Bucket) -> None:
        """Merge the next bucket into this one."""
        self.last_t = later.last_t


@dataclass(slots=True)
class Peaks(Bucket):
    """The seven values of the first and last sample, and the lowest and highest point of each emotion."""

    first: Probabilities
    last: Probabilities
    lowest: list[Point]
    highest: list[Point]

    @classmethod
    def of(cls, t: float, values: Probabilities, *, starts: bool) -> Peaks:
        """A bucket of one sample."""
        points = [(t, value) for value in values]
        return cls(t, t, starts, values, values, points, list(points))

    def merge(self, later: Bucket) -> None:
        """Merge the next bucket with its peaks."""
        assert isinstance(later, Peaks)
        Bucket.merge(self, later)
        self.last = later.last
        self.lowest = [min(a, b, key=_value) for a, b in zip(self.lowest, later.lowest, strict=True)]
        self.highest = [max(a, b, key=_value) for a, b in zip(self.highest, later.highest, strict=True)]

    def points(self, number: int) -> list[Point]:
        """The kept points of emotion `number`, in time order."""
        ends = (self.first_t, self.first[number]), (self.last_t, self.last[number])
        return sorted({*ends, self.lowest[number], self.highest[number]})


@dataclass(slots=True)
class Share(Bucket):
    """How often each label was the steady one; None counts when the model named none."""

    counts: dict[Emotion | None, int]

    def merge(self, later: Bucket) -> None:
        """Merge the next bucket with its counts."""
        assert isinstance(later, Share)
        Bucket.merge(self, later)
        for label, count in later.counts.items():
            self.counts[label] = self.counts.get(label, 0) + count

    @property
    def label(self) -> Emotion | None:
        """The most frequent label."""
        return max(self.counts, key=self.counts.__getitem__)


Kind = TypeVar("Kind", bound=Bucket)


class Thinned(Generic[Kind]):
    """At most `most` buckets in time order.

    Attributes:
        buckets: each covers another interval of `width_s` seconds.
        width_s: of a bucket.
        samples: number of samples added.
    """

    def __init__(self, most: int = 2048) -> None:
        self.buckets: list[Kind] = []
        self.width_s = _FINEST_S
        self.samples = 0
        self._most = most
        self._seen = False

    def starts(self, t: float) -> bool:
        """Whether a sample at `t` would follow a gap."""
        return not self._seen or t - self.buckets[-1].last_t > LEAP_S

    def add(self, bucket: Kind) -> None:
        """Add the bucket of the next sample."""
        self.samples += 1
        self._seen = True
        self._put(self.buckets, bucket)
        while len(self.buckets) > self._most:
            self._thin()

    def miss(self) -> None:
        """Begin a gap."""
        self._seen = False

    def _thin(self) -> None:
        self.width_s *= 2
        kept: list[Kind] = []
        for bucket in self.buckets:
            self._put(kept, bucket)
        self.buckets = kept

    def _put(self, buckets: list[Kind], bucket: Kind) -> None:
        if buckets and self._place(buckets[-1]) == self._place(bucket):
            buckets[-1].merge(bucket)
        else:
            buckets.append(bucket)

    def _place(self, bucket: Kind) -> int:
        return int(bucket.first_t // self.width_s)


def runs(buckets: Sequence[Kind]) -> list[list[Kind]]:
    """`buckets` split at gaps."""
    groups: list[list[Kind]] = []
    for bucket in buckets:
        if bucket.starts or not groups:
            groups.append([])
        groups[-1].append(bucket)
    return groups


def lines(buckets: Sequence[Peaks], number: int) -> list[list[Point]]:
    """The curve of emotion `number` (index in `EMOTIONS`), one list of points per run without a gap."""
    assert 0 <= number < len(EMOTIONS)
    return [[point for bucket in run for point in bucket.points(number)] for run in runs(buckets)]


def _value(point: Point) -> float:
    return point[1]
