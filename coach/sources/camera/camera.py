"""Source for a live camera, which may be lost and reopened during a take."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from coach.base.messages import mark, tr
from coach.base.protocols import Clock, SourceInfo, SourceStats
from coach.base.text import clean
from coach.base.types import Frame, Reason, Tick
from coach.sources.camera.link import CameraLink, Grab
from coach.sources.clocked import SystemClock, TakeTime

_log = logging.getLogger(__name__)

FIRST_INDICES: Final = (0, 1, 2, 3)
"""Indices that plain ``camera`` tries, in this order."""

READ_S: Final = 0.08
"""Longest wait for a picture, so that a read takes at most 0.1 s."""

EXIT_TIMEOUT_S: Final = 0.5
"""Time for the child to release the camera before it is killed."""

_SENTENCES: Final[dict[Reason, str]] = {
    "camera lost": mark("The camera was lost"),
    "frozen": mark("The picture of the camera stood still"),
    "no signal": mark("The camera showed nothing but one colour (covered, or in use by another program?)"),
}


FROZEN_S: Final = 2.0
"""The same picture for this long is a repetition by the driver, because sensor noise never repeats."""

NO_SIGNAL_S: Final = 3.0
"""Pictures of one colour for this long mean no signal; a camera whose exposure settles is black for less."""


@dataclass(slots=True)
class SignalCheck:
    """Detects frozen and one-coloured pictures from the thumbprints of a camera's pictures over time."""

    _digest: int | None = None
    _same_since: float = 0.0
    _flat_since: float | None = None

    def reason(self, t: float, digest: int, flat: bool) -> Reason | None:
        """Why the picture at `t` cannot be scored; None if it can."""
        if digest != self._digest:
            self._digest, self._same_since = digest, t
        if not flat:
            self._flat_since = None
            return "frozen" if t - self._same_since >= FROZEN_S else None
        if self._flat_since is None:
            self._flat_since = t
        return "no signal" if t - self._flat_since >= NO_SIGNAL_S else None


class CameraSource:
    """Frames of a camera: each `read` returns the newest frame, or a `Tick` if there is none.

    `t` is the time of the grab by the monotonic clock, starting at ``-lead_in_s`` with the first `read`. While the
    camera is lost, or its picture is frozen or empty, reads return ticks with that reason. A lost camera is reopened.

    Args:
        device: index of the camera; None for the first that opens; in tests, the absolute path of a clip.
        clock: clock for `t`.
        lead_in_s: countdown before ``t = 0``, in seconds.
        open_timeout_s: longest time until the first picture.
        notify: called with a sentence when the camera keeps the user waiting.
        loop: whether to repeat a clip; otherwise the camera is lost at its end.

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
        self._incidents: dict[Reason, list[float]] = {}
        self._reason: Reason | None = None
        self._frames = 0
        self._closed = False
        self._info = self._open(notify)

    @property
    def info(self) -> SourceInfo:
        """Name of the camera and size of its first picture."""
        return self._info

    @property
    def stats(self) -> SourceStats:
        """Frames returned, pictures dropped for newer ones, and a warning for each kind of incident."""
        incidents = [_sentence(reason, times) for reason, times in self._incidents.items()]
        return SourceStats(self._frames, self._link.dropped, 0, [*incidents, *self._time.warnings()])

    @property
    def pid(self) -> int | None:
        """Id of the process that owns the camera; None while there is none."""
        return self._link.pid

    def take_time(self, stamp: float) -> float | None:
        """Take time of a moment by `time.monotonic`, for what else is recorded; None before the first `read`."""
        return self._time.at(stamp)

    def read(self) -> Frame | Tick | None:
        """The newest frame, or a tick after at most 0.1 s; None once closed."""
        if self._closed:
            return None
        if not self._time.running:
            self._link.skip_pending()
            self._time.now()
        grab = self._link.take(READ_S)
        if grab is not None:
            return self._to_moment(grab)
        if self._link.lost:
            self._record_incident("camera lost", self._time.now())
            return Tick(self._time.now(), "camera lost")
        return Tick(self._time.now())

    def close(self) -> None:
        """End the process that owns the camera. Safe to call twice."""
        self._closed = True
        self._link.close(EXIT_TIMEOUT_S)

    def _open(self, notify: Callable[[str], None] | None) -> SourceInfo:
        try:
            device, first = self._link.open(notify)
        except BaseException:
            self.close()
            raise
        height, width = first.image.shape[:2]
        return SourceInfo("camera", f"camera:{clean(str(device), 200)}", live=True, width=width, height=height)

    def _to_moment(self, grab: Grab) -> Frame | Tick:
        """The picture as a frame, or as a tick if it is frozen or empty."""
        t = self._time.ago(time.monotonic() - grab.stamp)
        reason = self._signal.reason(t, grab.digest, grab.flat)
        self._record_incident(reason, t)
        if reason is not None:
            return Tick(t, reason)
        self._frames += 1
        return Frame(t, grab.image)

    def _record_incident(self, reason: Reason | None, t: float) -> None:
        """Record the start of an incident; `reason` is None while the camera works."""
        if reason is not None and reason != self._reason:
            _log.info("%s at %.2f s", reason, t)
            self._incidents.setdefault(reason, []).append(t)
        self._reason = reason


def _sentence(reason: Reason, times: list[float]) -> str:
    what = tr(_SENTENCES[reason])
    if len(times) == 1:
        return tr("{incident} at {seconds:.1f} s.", incident=what, seconds=times[0])
    return tr("{incident} at {seconds:.1f} s ({count} times).", incident=what, seconds=times[0], count=len(times))
