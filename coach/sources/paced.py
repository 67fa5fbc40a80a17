"""A recorded source played at its own pace, for watching."""

from __future__ import annotations

from coach.base.protocols import Clock, FrameSource, SourceInfo, SourceStats
from coach.base.types import Frame, Tick

LONGEST_WAIT_S = 0.05
"""A read never takes longer, so that keys and displays stay alive between two frames."""


class Paced:
    """Gives each frame of `source` when its time has come and a `Tick` while it has not; never drops one.

    Playback that cannot keep up is late and not thinned out: a frame whose time has passed comes at once. Between
    `pause` and `resume` playback time stands still, nothing is read from `source`, and reads give ticks of that time.
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
        """Of the recorded source."""
        return self._source.info

    @property
    def stats(self) -> SourceStats:
        """Of the recorded source."""
        return self._source.stats

    def read(self) -> Frame | Tick | None:
        """The next moment, within 0.05 s, or None at the end."""
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
        return self._hand_over()

    def pause(self) -> None:
        """Let playback time stand still. Doing it twice changes nothing."""
        if self._paused_at is None:
            self._paused_at = self._clock.now()

    def resume(self) -> None:
        """Go on where `pause` stopped."""
        if self._paused_at is not None and self._start is not None:
            self._start += self._clock.now() - self._paused_at
        self._paused_at = None

    def close(self) -> None:
        """Close the recorded source."""
        self._ended = True
        self._next = None
        self._source.close()

    def _fetch(self) -> bool:
        """Have the next moment of the recording at hand; False where there is none."""
        if self._next is None and not self._ended:
            self._next = self._source.read()
            self._ended = self._next is None
        return self._next is not None

    def _now(self) -> float:
        """Playback time; it starts with the first moment of the recording."""
        now = self._clock.now()
        if self._start is None:
            self._start = now - (self._next.t if self._next else 0.0)
        return now - self._start

    def _tick(self) -> Tick:
        assert self._next is not None
        self._last = min(max(self._last, self._now()), self._next.t)
        return Tick(self._last)

    def _hand_over(self) -> Frame | Tick | None:
        moment, self._next = self._next, None
        if moment is not None:
            self._last = moment.t
        return moment
