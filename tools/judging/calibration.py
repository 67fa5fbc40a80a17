"""Does a probability mean what it says? Confidence against being right, expected share against viewers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 15


@dataclass(frozen=True)
class Reliability:
    """What was said against what came true, in bins of equal width from 0 to 1.

    Attributes:
        error: mean distance of the two over the bins, each weighed by its count; NaN without items.
        by_bin: the same with each bin that is not empty weighed alike, so that the many low ones do not hide the rest.
        said, came: their means per bin, NaN where a bin is empty.
        counts: items per bin.
    """

    error: float
    by_bin: float
    said: tuple[float, ...]
    came: tuple[float, ...]
    counts: tuple[int, ...]


def reliability(said: NDArray[np.float64], came: NDArray[np.float64], bins: int = BINS) -> Reliability:
    """How far `said` (N,) 0 to 1 can be taken at its word; `came` (N,) is what happened, 0 to 1."""
    place = np.clip(np.ceil(said * bins).astype(np.int64) - 1, 0, bins - 1)  # a bin holds its upper edge
    counts = np.bincount(place, minlength=bins)
    means = [_means(place, values, counts) for values in (said, came)]
    gaps = np.abs(means[0] - means[1])
    error = float(np.nansum(gaps * counts) / len(said)) if len(said) else math.nan
    by_bin = float(gaps[counts > 0].mean()) if len(said) else math.nan
    return Reliability(error, by_bin, tuple(means[0].tolist()), tuple(means[1].tolist()), tuple(counts.tolist()))


def expected_calibration_error(shares: NDArray[np.float64], truth: NDArray[np.int64]) -> Reliability:
    """The confidence of the strongest emotion against whether it is the truth, in 15 bins (Guo and others 2017)."""
    return reliability(shares.max(1), (shares.argmax(1) == truth).astype(np.float64))


def share_error(shares: NDArray[np.float64], viewers: NDArray[np.float64]) -> Reliability:
    """The strongest emotion's share (N, 7) against the share of viewers who said it (N, 7), in 15 bins."""
    top = shares.argmax(1)
    return reliability(shares.max(1), viewers[np.arange(len(top)), top])


def _means(place: NDArray[np.int64], values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.bincount(place, weights=values, minlength=len(counts))
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
