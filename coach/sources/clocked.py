"""Sources that follow the clock: a run without a camera, and a recording played in real time."""

from __future__ import annotations

import time
from typing import Final

from coach.base.messages import tr
from coach.base.protocols import Clock, FrameSource, SourceInfo, SourceStats
from coach.base.types import Frame, Tick


class SystemClock:
    """The system's monotonic clock."""

    def now(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds`; a negative number counts as zero."""
        time.sleep(max(0.0, seconds))


STOPPED_S: Final = 3.0
"""A longer time between two calls means that the machine was asleep, or the program was stopped with Ctrl-Z.

It is longer than any step of a take, and shorter than most lines, of which none may pass unseen.
"""


class TakeTime:
    """Seconds since the take began. It starts at ``-lead_in_s`` with the first `now` or `ago` and never decreases.

    While the machine is asleep or the program is stopped, take time stops too, so that no line is skipped.

    Attributes:
        stops: take time and length in seconds of each such stop.
    """

    def __init__(self, clock: Clock, lead_in_s: float) -> None:
        self.stops: list[tuple[float, float]] = []
        self._clock = clock
        self._lead_in_s = lead_in_s
        self._origin: float | None = None
        self._last = -lead_in_s

    @property
    def running(self) -> bool:
        """Whether `now` or `ago` was called."""
        return self._origin is not None

    @property
    def last(self) -> float:
        """The latest time returned."""
        return self._last

    def now(self) -> float:
        """Current take time."""
        return self.ago(0.0)

    def at(self, stamp: float) -> float | None:
        """Take time of a moment by the clock, before 0 or later than now as it may be; None before the take runs."""
        return None if self._origin is None else stamp - self._origin - self._lead_in_s

    def ago(self, age_s: float) -> float:
        """Take time `age_s` seconds ago, but not earlier than a time returned before."""
        seconds = self._clock.now() - max(0.0, age_s)
        if self._origin is None:
            self._origin = seconds
        step = seconds - self._origin - self._lead_in_s - self._last
        if step > STOPPED_S:
            self._origin += step
            self.stops.append((self._last, step))
        self._last = max(self._last, seconds - self._origin - self._lead_in_s)
        return self._last

    def warnings(self) -> list[str]:
        """A sentence for each stop."""
        return [
            tr("The machine or the coach was stopped at {seconds:.1f} s, for {length:.0f} s.", seconds=t, length=s)
            for t, s in self.stops
        ]


PERIOD_S: Final = 1 / 30
"""Period of the ticks; that of a usual camera, so that displays and deadlines behave the same."""


class NoCamera:
    """Live source without pictures: endless ticks, starting at ``-lead_in_s``."""

    def __init__(self, clock: Clock, *, lead_in_s: float = 0.0) -> None:
        self._clock = clock
        self._time = TakeTime(clock, lead_in_s)
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """A live source of kind ``none``."""
        return SourceInfo("none", "none", live=True)

    @property
    def stats(self) -> SourceStats:
        """Counters, all zero, and a warning for each time that the machine was asleep."""
        return SourceStats(warnings=self._time.warnings())

    def read(self) -> Tick | None:
        """Wait for the next tick, 1/30 s after the last one unless the caller is late; None once closed."""
        if self._closed:
            return None
        if self._time.running:
            due = self._time.last + PERIOD_S
            self._clock.sleep(max(0.0, due - self._time.now()))
        return Tick(self._time.now(), "no camera")

    def close(self) -> None:
        """End the source; further reads return None."""
        self._closed = True


LONGEST_WAIT_S = 0.05
"""Longest duration of a read, so that keys are polled and displays updated between two frames."""


class Paced:
    """Plays a recorded `source` in real time: each frame at its time, ticks in between; never drops a frame.

    A frame that is overdue is returned at once. Between `pause` and `resume` playback time stops, nothing is read from
    `source`, and reads return ticks at that time.
    """

    def __init__(self, source: FrameSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._start: float | None = None
        self._paused_at: float | None = None
        self._last = 0.0
        self._next: Frame | Tick | None = None
        self._ended = False

    @property
    def info(self) -> SourceInfo:
        """Description of the recorded source."""
        return self._source.info

    @property
    def stats(self) -> SourceStats:
        """Counters of the recorded source."""
        return self._source.stats

    def read(self) -> Frame | Tick | None:
        """The next frame or tick, within 0.05 s; None at the end."""
        if self._paused_at is not None:
            self._clock.sleep(LONGEST_WAIT_S)
            return Tick(self._last)
        if not self._fetch():
            return None
        assert self._next is not None
        wait = self._next.t - self._now()
        if wait > 0:
            self._clock.sleep(min(wait, LONGEST_WAIT_S))
        if wait > LONGEST_WAIT_S:
            return self._tick()
        return self._take_next()

    def pause(self) -> None:
        """Stop playback time. Safe to call twice."""
        if self._paused_at is None:
            self._paused_at = self._clock.now()

    def resume(self) -> None:
        """Continue where `pause` stopped."""
        if self._paused_at is not None and self._start is not None:
            self._start += self._clock.now() - self._paused_at
        self._paused_at = None

    def close(self) -> None:
        """Close the recorded source."""
        self._ended = True
        self._next = None
        self._source.close()

    def _fetch(self) -> bool:
        """Read the next frame or tick of the recording unless one is pending; False at its end."""
        if self._next is None and not self._ended:
            self._next = self._source.read()
            self._ended = self._next is None
        return self._next is not None

    def _now(self) -> float:
        """Playback time; it starts at 0, even if the first picture comes later."""
        now = self._clock.now()
        if self._start is None:
            self._start = now
        return now - self._start

    def _tick(self) -> Tick:
        """A tick at the current playback time, before the pending frame."""
        assert self._next is not None
        self._last = min(max(self._last, self._now()), self._next.t)
        return Tick(self._last)

    def _take_next(self) -> Frame | Tick | None:
        moment, self._next = self._next, None
        if moment is not None:
            self._last = moment.t
        return moment
