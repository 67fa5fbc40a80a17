"""Take seconds from container timestamps that may be missing, stuck or torn."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

FALLBACK_FPS: Final = Fraction(25)
"""Where the container names no believable rate; what FFmpeg assumes for a raw stream."""

SANE_FPS: Final = (1.0, 240.0)
"""Rates outside are taken for a mistake of the header (seen: 0, -1, NaN, 600, 1000, 90000)."""

LEAP_S: Final = 60.0
"""A step forward longer than this is a torn timestamp, not a pause of the recording."""

STEP_BACK_S: Final = 1.0
"""A step back longer than this is a clock that began anew (recordings joined together)."""


def sane_fps(rate: Fraction | float | None) -> Fraction:
    """`rate` where it is believable, else `FALLBACK_FPS`."""
    if rate is None or not math.isfinite(rate) or not SANE_FPS[0] <= rate <= SANE_FPS[1]:
        return FALLBACK_FPS
    return Fraction(rate)


class FrameTimes:
    """Stamps the frames of one recording in the order of showing; the first is 0, each later one is greater.

    A frame without a usable timestamp follows the one before it by one frame of `rate`; `guessed` counts those.
    """

    def __init__(self, rate: Fraction | float | None) -> None:
        self.guessed = 0
        self.fps = sane_fps(rate)
        self._origin: Fraction | None = None
        self._last: Fraction | None = None

    def stamp(self, shown_at: Fraction | None) -> float:
        """Take seconds of the next frame, which the container shows `shown_at` seconds; None where it does not say."""
        if self._origin is None and shown_at is not None and self._last is None:
            self._origin = shown_at
        t = None if shown_at is None or self._origin is None else shown_at - self._origin
        if t is None or not self._follows(t):
            t = self._guess(shown_at, t)
        self._last = t
        return float(t)

    def _follows(self, t: Fraction) -> bool:
        return self._last is None or 0 < t - self._last <= LEAP_S

    def _guess(self, shown_at: Fraction | None, t: Fraction | None) -> Fraction:
        """One frame after the last; where the clock leapt, it is taken to go on from there."""
        self.guessed += 1
        guess = Fraction(0) if self._last is None else self._last + 1 / self.fps
        torn = t is None or not -STEP_BACK_S <= t - guess <= LEAP_S
        if shown_at is not None and torn:
            self._origin = shown_at - guess
        return guess
