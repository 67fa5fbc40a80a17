"""When a download has had its time: in all, without an answer, or at a trickle."""

from __future__ import annotations

from typing import Final

from coach.sources.web_options import WebOptions
from coach.sources.web_refusals import WebError

TRICKLE: Final = 8000
"""Bytes per second; slower, a minute of video at 360 lines would take half an hour."""

_PATIENT: Final = ("starting", "cookies", "joining", "checking")
"""Stages that only the limit of the whole holds: a keyring may ask for a password, and the others wait for nobody."""


class Watch:
    """Judges by what it hears and by the time it is given, in seconds of any clock."""

    def __init__(self, options: WebOptions, now: float) -> None:
        self._options = options
        self._began = now
        self._stage = "starting"
        self._mark = (now, 0)
        """When the last stage began or enough had come for another spell of patience, and the bytes there were then."""

    def enter(self, stage: str, now: float) -> None:
        """A stage begins, or a server answered in it."""
        self._stage = stage
        self._mark = (now, self._mark[1])

    def hear(self, done_bytes: int, now: float) -> None:
        """So much is there in all."""
        if done_bytes - self._mark[1] >= TRICKLE * self._options.patience_s:
            self._mark = (now, done_bytes)

    def fault(self, now: float) -> WebError | None:
        """Why it must end now; None while it may go on."""
        if now - self._began > self._options.time_limit_s:
            return WebError("too_late", f"{self._options.time_limit_s:g} s")
        if self._stage in _PATIENT or now - self._mark[0] <= self._options.patience_s:
            return None
        what = "no answer" if self._stage == "asking" else f"less than {TRICKLE // 1000} kB a second"
        return WebError("stalled", f"{what} for {self._options.patience_s:g} s")
