"""Stores curves over hours in bounded memory by merging adjacent buckets; real samples and all peaks are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from coach.base.types import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.types import Emotion, Probabilities

GAP_S: Final = 2.0
"""More seconds without a sample are a gap in the curve."""

_FINEST_S: Final = 1 / 64
"""Initial width of a bucket in seconds; it doubles whenever there are too many buckets."""

Point = tuple[float, float]
"""Seconds and value."""


@dataclass(slots=True)
class Bucket:
    """The samples of one interval.

    Attributes:
        first_t, last_t: times of the first and last sample.
        after_gap: whether the bucket is the first one after a gap.
    """

    first_t: float
    last_t: float
    after_gap: bool

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
    def of(cls, t: float, values: Probabilities, *, after_gap: bool) -> Peaks:
        """A bucket of one sample."""
        points = [(t, value) for value in values]
        return cls(t, t, after_gap, values, values, points, list(points))

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
    """Number of samples with each steady label; None is for samples without a label."""

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
    """At most `limit` buckets in time order.

    Attributes:
        buckets: the buckets, each of another interval of `width_s` seconds.
        width_s: width of a bucket.
        samples: number of samples added.
    """

    def __init__(self, limit: int = 2048) -> None:
        self.buckets: list[Kind] = []
        self.width_s = _FINEST_S
        self.samples = 0
        self._limit = limit
        self._in_gap = True

    def is_after_gap(self, t: float) -> bool:
        """Whether a sample at `t` would follow a gap."""
        return self._in_gap or t - self.buckets[-1].last_t > GAP_S

    def add(self, bucket: Kind) -> None:
        """Add the bucket of the next sample."""
        self.samples += 1
        self._in_gap = False
        self._put(self.buckets, bucket)
        while len(self.buckets) > self._limit:
            self._double_width()

    def begin_gap(self) -> None:
        """Begin a gap, which ends with the next sample."""
        self._in_gap = True

    def _double_width(self) -> None:
        self.width_s *= 2
        merged: list[Kind] = []
        for bucket in self.buckets:
            self._put(merged, bucket)
        self.buckets = merged

    def _put(self, buckets: list[Kind], bucket: Kind) -> None:
        """Merge `bucket` into the last one if both are in the same interval, else append it."""
        if buckets and self._interval(buckets[-1]) == self._interval(bucket):
            buckets[-1].merge(bucket)
        else:
            buckets.append(bucket)

    def _interval(self, bucket: Kind) -> int:
        return int(bucket.first_t // self.width_s)


def split_at_gaps(buckets: Sequence[Kind]) -> list[list[Kind]]:
    """Split `buckets` at gaps."""
    groups: list[list[Kind]] = []
    for bucket in buckets:
        if bucket.after_gap or not groups:
            groups.append([])
        groups[-1].append(bucket)
    return groups


def curve_of(buckets: Sequence[Peaks], number: int) -> list[list[Point]]:
    """The curve of emotion `number` (index in `EMOTIONS`): one list of points between two gaps."""
    assert 0 <= number < len(EMOTIONS)
    return [[point for bucket in group for point in bucket.points(number)] for group in split_at_gaps(buckets)]


def _value(point: Point) -> float:
    return point[1]
