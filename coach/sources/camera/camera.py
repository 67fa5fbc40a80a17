"""A live camera, which may be lost and come back while the rehearsal goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from coach.base.protocols import Clock, SourceInfo, SourceStats
from coach.base.text import clean
from coach.base.types import Frame, Reason, Tick
from coach.sources.camera.link import CameraLink, Grab
from coach.sources.clocked import SystemClock, TakeTime

_log = logging.getLogger(__name__)

FIRST_INDICES: Final = (0, 1, 2, 3)
"""Where plain ``camera`` looks for one."""

READ_S: Final = 0.08
"""Longest wait for a picture, so that a read stays within 0.1 s."""

GOODBYE_S: Final = 0.5
"""Time for the child to let go of the camera."""

_SENTENCES: Final[dict[Reason, str]] = {
    "camera lost": "The camera was lost",
    "frozen": "The camera gave one and the same picture",
    "no signal": "The camera showed nothing but one colour (covered, or in use by another program?)",
}


FROZEN_S: Final = 2.0
"""A sensor's noise never repeats, so the same picture for this long is one that drivers hand out again and again."""

NO_SIGNAL_S: Final = 3.0
"""Cameras start black while their exposure settles."""


@dataclass(slots=True)
class SignalCheck:
    """Follows thumbprints through time."""

    _digest: int | None = None
    _same_since: float = 0.0
    _flat_since: float | None = None

    def reason(self, t: float, digest: int, flat: bool) -> Reason | None:
        """Why the picture at `t` cannot be scored, or None where it can."""
        if digest != self._digest:
            self._digest, self._same_since = digest, t
        if not flat:
            self._flat_since = None
            return "frozen" if t - self._same_since >= FROZEN_S else None
        if self._flat_since is None:
            self._flat_since = t
        return "no signal" if t - self._flat_since >= NO_SIGNAL_S else None


class CameraSource:
    """Frames of a camera, the newest at each `read`, and a `Tick` where there is none.

    `t` is the moment of the grab by the monotonic clock, from ``-lead_in_s`` at the first `read` on. A lost camera, a
    frozen picture and an empty one give ticks that say so; the time goes on, and a lost camera is opened again.

    Args:
        device: index of the camera, None for the first that opens; in tests the path of a clip that stands in for one.
        clock: what `t` follows.
        notify: told in a sentence when the camera keeps the user waiting.
        loop: play a clip again and again, instead of being lost at its end.

    Raises:
        SourceError: no camera gives a picture within `open_timeout_s`.
    """

    def __init__(
        self,
        device: int | str | None = None,
        *,
        clock: Clock | None = None,
        lead_in_s: float = 0.0,
        open_timeout_s: float = 15.0,
        notify: Callable[[str], None] | None = None,
        loop: bool = False,
    ) -> None:
        clock = clock or SystemClock()
        devices = FIRST_INDICES if device is None else (device,)
        self._time = TakeTime(clock, lead_in_s)
        self._link = CameraLink(devices, clock=clock, open_timeout_s=open_timeout_s, loop=loop)
        self._signal = SignalCheck()
        self._troubles: dict[Reason, list[float]] = {}
        self._reason: Reason | None = None
        self._frames = 0
        self._closed = False
        self._info = self._open(notify)

    @property
    def info(self) -> SourceInfo:
        """Which camera it is; the size is that of its first picture."""
        return self._info

    @property
    def stats(self) -> SourceStats:
        """Frames given, pictures overtaken by newer ones, and what went wrong in sentences."""
        warnings = [_sentence(reason, times) for reason, times in self._troubles.items()]
        return SourceStats(self._frames, self._link.dropped, 0, warnings)

    @property
    def pid(self) -> int | None:
        """Of the process that holds the camera; None while there is none."""
        return self._link.pid

    def read(self) -> Frame | Tick | None:
        """The newest frame, or a tick after at most 0.1 s; None only once closed."""
        if self._closed:
            return None
        if not self._time.running:
            self._link.forget()
            self._time.now()
        grab = self._link.take(READ_S)
        if grab is not None:
            return self._moment(grab)
        if self._link.lost:
            self._note("camera lost", self._time.now())
            return Tick(self._time.now(), "camera lost")
        return Tick(self._time.now())

    def close(self) -> None:
        """End the process that holds the camera. Safe to call twice."""
        self._closed = True
        self._link.close(GOODBYE_S)

    def _open(self, notify: Callable[[str], None] | None) -> SourceInfo:
        try:
            device, first = self._link.open(notify)
        except BaseException:
            self.close()
            raise
        height, width = first.image.shape[:2]
        return SourceInfo("camera", f"camera:{clean(str(device), 200)}", live=True, width=width, height=height)

    def _moment(self, grab: Grab) -> Frame | Tick:
        """The picture as a frame, unless there is nothing in it to score."""
        t = self._time.ago(time.monotonic() - grab.stamp)
        reason = self._signal.reason(t, grab.digest, grab.flat)
        self._note(reason, t)
        if reason is not None:
            return Tick(t, reason)
        self._frames += 1
        return Frame(t, grab.image)

    def _note(self, reason: Reason | None, t: float) -> None:
        """Remember when each trouble began."""
        if reason is not None and reason != self._reason:
            _log.info("%s at %.2f s", reason, t)
            self._troubles.setdefault(reason, []).append(t)
        self._reason = reason


def _sentence(reason: Reason, times: list[float]) -> str:
    often = "" if len(times) == 1 else f" ({len(times)} times)"
    return f"{_SENTENCES[reason]} at {times[0]:.1f} s{often}."
