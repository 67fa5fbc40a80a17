"""Fake display, controls, take and speaker, which record what they receive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coach.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.events import CommandName, Event
    from coach.base.protocols import Utterance
    from coach.base.types import Frame
    from coach.core.scoring.report import Report


class RecordingDisplay:
    """A display that records its calls.

    Attributes:
        events: events handled, in order.
        notices: notices shown, in order.
        closed: whether it was closed.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.notices: list[str] = []
        self.closed = False

    def handle(self, event: Event) -> None:
        """Record `event`."""
        self.events.append(event)

    def notice(self, text: str) -> None:
        """Record `text`."""
        self.notices.append(text)

    def suspend(self) -> None:
        """Do nothing."""

    def resume(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Record that it is closed."""
        self.closed = True


class ScriptedControls:
    """Controls with scripted commands for each poll: ``ScriptedControls([], ["pause"])`` pauses at the second poll."""

    def __init__(self, *polls: Sequence[CommandName]) -> None:
        self._polls = list(polls)

    def poll(self) -> Sequence[CommandName]:
        """The commands scripted for this call; none after the last."""
        return self._polls.pop(0) if self._polls else ()


class RecordingTake:
    """A sink of frames and reports that records them.

    Attributes:
        times: times of the frames shown, in order.
        reports: reports written, in order.
        closed: whether it was closed.
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.reports: list[Report] = []
        self.closed = False

    def show(self, frame: Frame) -> None:
        """Record the time of `frame`."""
        self.times.append(frame.t)

    def write(self, report: Report) -> None:
        """Record `report`."""
        self.reports.append(report)

    def close(self) -> None:
        """Record that it is closed."""
        self.closed = True


class RecordingSpeaker:
    """A speaker that takes no time to speak, and records each utterance.

    Attributes:
        spoken: utterances spoken, in order, cleaned like by the real speaker.
        hush_calls: number of calls of `hush`.
        closed: whether it was closed; it is silent from then on.
    """

    def __init__(self) -> None:
        self.spoken: list[Utterance] = []
        self.hush_calls = 0
        self.closed = False

    @property
    def texts(self) -> list[str]:
        """Texts of the utterances."""
        return [utterance.text for utterance in self.spoken]

    def say(self, utterance: Utterance) -> None:
        """Record `utterance`, unless it has neither text nor tone."""
        utterance = replace(utterance, text=clean(utterance.text, 200))
        if not self.closed and (utterance.text or utterance.tone):
            self.spoken.append(utterance)

    def hush(self) -> None:
        """Count the call."""
        self.hush_calls += 1

    def close(self) -> None:
        """Become silent."""
        self.closed = True
