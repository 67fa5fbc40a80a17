"""The rehearsal loop: all members take part and are closed, and there is a report whatever ends it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from core_help import CARD, frames, seen, steadily, viewers_card

from coach.app.notices import Notices
from coach.app.rehearsal import Rehearsal, rehearse
from coach.app.replay import PlayedTake
from coach.base.errors import SourceError, UsageError
from coach.base.events import CommandName, Event, LineStarted, Reading, TakeEnded
from coach.base.protocols import Controls, EventSink, FrameSink
from coach.base.settings import Settings
from coach.base.types import Frame, Observation, Tick
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.journal import JournalHeader
from coach.testing.sources import FakeSource

PICTURE = np.zeros((4, 4, 3), np.uint8)
SCRIPT = Script.model_validate(
    {
        "title": "Test",
        "lines": [
            {"text": "One.", "emotion": "sad", "duration_s": 2},
            {"text": "Two.", "emotion": "happy", "duration_s": 2},
        ],
    }
)


class FakePerceiver:
    """Reads one emotion until 2 s, and another afterwards."""

    warnings = ("The eyes were dry.",)
    notices: Sequence[str] = ()

    def __init__(self, card: ModelCard = CARD) -> None:
        self.card = card

    def is_due(self, t: float) -> bool:
        return True

    def observe(self, frame: Frame) -> Observation:
        return seen(frame.t, "sad" if frame.t < 2 else "happy")


class Member:
    """Event sink, frame sink and controls in one; raises an error at `fail_at` seconds."""

    def __init__(self, keys: dict[int, CommandName] | None = None, fail_at: float | None = None) -> None:
        self.events: list[Event] = []
        self.frames = 0
        self.closed = 0
        self._keys = keys or {}
        self._fail_at = fail_at

    def handle(self, event: Event) -> None:
        self.events.append(event)
        if self._fail_at is not None and event.t >= self._fail_at:
            raise RuntimeError("sink broke")

    def show(self, frame: Frame) -> None:
        self.frames += 1

    def poll(self) -> Sequence[CommandName]:
        key = self._keys.pop(self.frames, None)
        return [key] if key else []

    def close(self) -> None:
        self.closed += 1


def grey_frames(end: float = 4.0, start: float = 0.0, fps: float = 25) -> list[Frame | Tick]:
    return [Frame(observation.t, PICTURE) for observation in frames(end, steadily("sad"), start, fps)]


def test_a_member_gets_events_frames_and_polls() -> None:
    member = Member()
    assert isinstance(member, EventSink)
    assert isinstance(member, FrameSink)
    assert isinstance(member, Controls)
    report = rehearse(SCRIPT, FakeSource(grey_frames()), FakePerceiver(), None, member)
    assert member.frames == 100
    assert member.closed
    assert sum(isinstance(event, Reading) for event in member.events) == 100
    assert [line.verdict for line in report.lines] == ["hit", "hit"]
    assert report.warnings == ["The eyes were dry."]


def test_without_perception_nothing_is_scored() -> None:
    report = rehearse(SCRIPT, FakeSource(grey_frames()))
    assert [line.reason for line in report.lines] == ["no camera", "no camera"]
    assert report.model is None


def test_a_key_quits_and_the_report_covers_what_was_played() -> None:
    member = Member(keys={60: "quit"})
    report = rehearse(SCRIPT, FakeSource(grey_frames()), FakePerceiver(), None, member)
    assert report.ended == "quit"
    assert [line.verdict for line in report.lines] == ["hit", "not_scored"]
    assert isinstance(member.events[-1], TakeEnded)


def test_an_interrupted_take_ends_at_the_next_frame() -> None:
    class Interrupting(Member):
        def show(self, frame: Frame) -> None:
            rehearsal.interrupted = frame.t >= 1

    rehearsal = Rehearsal(SCRIPT, FakeSource(grey_frames()), FakePerceiver())
    rehearsal.add(member := Interrupting())
    rehearsal.run()
    assert rehearsal.report().ended == "interrupted"
    assert member.events[-1].t < 1.1


def test_a_failing_sink_ends_the_run_and_all_sinks_are_closed() -> None:
    broken, healthy, source = Member(fail_at=1.0), Member(), FakeSource(grey_frames())
    rehearsal = Rehearsal(SCRIPT, source, FakePerceiver())
    for member in (broken, healthy):
        rehearsal.add(member)
    with pytest.raises(RuntimeError, match="sink broke"):
        rehearsal.run()
    assert isinstance(healthy.events[-1], TakeEnded)
    assert broken.closed
    assert healthy.closed
    assert source.read() is None
    report = rehearsal.report()
    assert report.ended == "error"
    assert report.lines[0].verdict == "hit"


def test_a_lost_source_ends_the_take_with_a_warning() -> None:
    class Lost(FakeSource):
        def read(self) -> Frame | Tick | None:
            item = super().read()
            if item is not None and item.t > 3:
                raise SourceError("the cable was pulled")
            return item

    report = rehearse(SCRIPT, Lost(grey_frames()), FakePerceiver())
    assert report.ended == "source ended"
    assert "the cable was pulled" in report.warnings
    assert report.lines[0].verdict == "hit"


def test_a_live_run_starts_before_zero_and_plays_only_the_selected_lines() -> None:
    settings = Settings(lead_in_s=1, lines=(2, 2))
    member = Member()
    source = FakeSource(grey_frames(3, start=-1), live=True)
    report = rehearse(SCRIPT, source, FakePerceiver(), settings, member)
    starts = [event for event in member.events if isinstance(event, LineStarted)]
    assert [(event.index, event.t) for event in starts] == [(2, 0.0)]
    assert [line.index for line in report.lines] == [2]
    assert report.ended == "finished"


def test_a_recorded_take_keeps_the_times_of_the_selected_lines() -> None:
    report = rehearse(SCRIPT, FakeSource(grey_frames()), FakePerceiver(), Settings(lines=(2, 2)))
    assert [(line.index, line.start_s, line.verdict) for line in report.lines] == [(2, 2.0, "hit")]


def test_lines_outside_the_script_are_refused() -> None:
    with pytest.raises(UsageError, match="lines 1-2"):
        rehearse(SCRIPT, FakeSource(grey_frames()), FakePerceiver(), Settings(lines=(5, 9)))


def test_pausing_notifies_the_owner_of_the_source() -> None:
    heard: list[bool] = []
    rehearsal = Rehearsal(SCRIPT, FakeSource(grey_frames()), FakePerceiver(), on_pause=heard.append)
    rehearsal.add(Member(keys={10: "pause", 20: "pause"}))
    rehearsal.run()
    assert heard == [True, False]


def test_a_recording_without_an_owner_is_not_paused() -> None:
    """Otherwise its frames would go on while the script is paused."""
    plain = rehearse(SCRIPT, FakeSource(grey_frames()), FakePerceiver())
    assert (
        rehearse(SCRIPT, FakeSource(grey_frames()), FakePerceiver(), None, Member(keys={10: "pause"})).lines
        == plain.lines
    )


@pytest.mark.parametrize("card", [CARD, viewers_card(power=0.7)], ids=["label", "viewers"])
def test_replaying_the_inputs_gives_the_same_report(card: ModelCard) -> None:
    member, source = Member(keys={30: "repeat", 60: "pause", 80: "pause"}), FakeSource(grey_frames(9), live=True)
    settings = Settings(lead_in_s=0)
    rehearsal = Rehearsal(SCRIPT, source, FakePerceiver(card), settings)
    rehearsal.add(member)
    rehearsal.run()
    report = rehearsal.report()
    from coach.base.events import Command, CommandTaken

    inputs: list[Observation | Command] = []
    for event in member.events:
        if isinstance(event, Reading):
            inputs.append(event.observation)
        elif isinstance(event, CommandTaken):
            inputs.append(Command(event.t, event.name))
    end = member.events[-1]
    assert isinstance(end, TakeEnded)
    header = JournalHeader(created="", script=SCRIPT, settings=settings, card=card, source=source.info)
    again = PlayedTake(header, lambda: inputs, end).report("")
    assert again.lines == report.lines
    assert again.model == report.model
    assert again.notes == report.notes
    assert again.overall == report.overall


def test_what_perception_has_to_say_is_told_at_once_and_only_once() -> None:
    class Telling(FakePerceiver):
        def observe(self, frame: Frame) -> Observation:
            if frame.t >= 1:
                self.notices = ["Two faces are in the picture."]
            return super().observe(frame)

    told: list[tuple[float, str]] = []
    member = Member()
    notices = Notices(lambda text: told.append((member.events[-1].t, text)))
    rehearsal = Rehearsal(SCRIPT, FakeSource(grey_frames()), Telling(), notices=notices)
    rehearsal.add(member)
    rehearsal.run()
    assert [text for _, text in told] == ["Two faces are in the picture."]
    assert told[0][0] == pytest.approx(1, abs=0.2)
