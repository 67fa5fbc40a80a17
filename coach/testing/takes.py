"""A stand-in for a take that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.base.types import Frame
    from coach.core.scoring.report import Report


class RecordingTake:
    """A frame and report sink that remembers.

    Attributes:
        times: of the frames shown, in order.
        reports: what was written, in order.
        closed: whether no more frames come.
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.reports: list[Report] = []
        self.closed = False

    def show(self, frame: Frame) -> None:
        """Remember when `frame` was."""
        self.times.append(frame.t)

    def write(self, report: Report) -> None:
        """Remember `report`."""
        self.reports.append(report)

    def close(self) -> None:
        """Remember that it is over."""
        self.closed = True
