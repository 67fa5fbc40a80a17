"""One rehearsal in one loop: everybody takes part, everybody is closed, and the report comes whatever ends it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from core_help import CARD, frames, seen, steadily, viewers_card

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


class Eyes:
    """Sees one emotion until 2 s, another from then on."""

    warnings = ("The eyes were dry.",)

    def __init__(self, card: ModelCard = CARD) -> None:
        self.card = card

    def observe(self, frame: Frame) -> Observation:
        return seen(frame.t, "sad" if frame.t < 2 else "happy")


class Everybody:
    """A sink, a viewer and controls in one; does `at_event` for each event."""

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


def pictures(end: float = 4.0, start: float = 0.0, fps: float = 25) -> list[Frame | Tick]:
    return [Frame(each.t, PICTURE) for each in frames(end, steadily("sad"), start, fps)]


def test_a_member_takes_part_in_every_way_it_can() -> None:
    member = Everybody()
    assert isinstance(member, EventSink)
    assert isinstance(member, FrameSink)
    assert isinstance(member, Controls)
    report = rehearse(SCRIPT, FakeSource(pictures()), Eyes(), None, member)
    assert member.frames == 100
    assert member.closed
    assert sum(isinstance(event, Reading) for event in member.events) == 100
    assert [line.verdict for line in report.lines] == ["hit", "hit"]
    assert report.warnings == ["The eyes were dry."]


def test_without_eyes_the_cues_come_and_nothing_is_scored() -> None:
    report = rehearse(SCRIPT, FakeSource(pictures()))
    assert [line.reason for line in report.lines] == ["no camera", "no camera"]
    assert report.model is None


def test_a_key_quits_and_the_report_tells_what_was_played() -> None:
    member = Everybody(keys={60: "quit"})
    report = rehearse(SCRIPT, FakeSource(pictures()), Eyes(), None, member)
    assert report.ended == "quit"
    assert [line.verdict for line in report.lines] == ["hit", "not_scored"]
    assert isinstance(member.events[-1], TakeEnded)


def test_an_interrupted_take_ends_with_the_next_moment() -> None:
    class Interrupting(Everybody):
        def show(self, frame: Frame) -> None:
            rehearsal.interrupted = frame.t >= 1

    rehearsal = Rehearsal(SCRIPT, FakeSource(pictures()), Eyes())
    rehearsal.join(member := Interrupting())
    rehearsal.run()
    assert rehearsal.report().ended == "interrupted"
    assert member.events[-1].t < 1.1


def test_a_sink_that_breaks_ends_the_run_but_everybody_else_still_ends_well() -> None:
    broken, whole, source = Everybody(fail_at=1.0), Everybody(), FakeSource(pictures())
    rehearsal = Rehearsal(SCRIPT, source, Eyes())
    for member in (broken, whole):
        rehearsal.join(member)
    with pytest.raises(RuntimeError, match="sink broke"):
        rehearsal.run()
    assert isinstance(whole.events[-1], TakeEnded)
    assert broken.closed
    assert whole.closed
    assert source.read() is None
    report = rehearsal.report()
    assert report.ended == "error"
    assert report.lines[0].verdict == "hit"


def test_a_source_that_is_lost_ends_the_take_and_says_so() -> None:
    class Lost(FakeSource):
        def read(self) -> Frame | Tick | None:
            item = super().read()
            if item is not None and item.t > 3:
                raise SourceError("the cable was pulled")
            return item

    report = rehearse(SCRIPT, Lost(pictures()), Eyes())
    assert report.ended == "source ended"
    assert "the cable was pulled" in report.warnings
    assert report.lines[0].verdict == "hit"


def test_a_live_run_begins_before_zero_and_plays_only_the_chosen_lines() -> None:
    settings = Settings(lead_in_s=1, lines=(2, 2))
    member = Everybody()
    source = FakeSource(pictures(3, start=-1), live=True)
    report = rehearse(SCRIPT, source, Eyes(), settings, member)
    starts = [event for event in member.events if isinstance(event, LineStarted)]
    assert [(event.index, event.t) for event in starts] == [(2, 0.0)]
    assert [line.index for line in report.lines] == [2]
    assert report.ended == "finished"


def test_a_recorded_take_keeps_the_times_of_the_chosen_lines() -> None:
    report = rehearse(SCRIPT, FakeSource(pictures()), Eyes(), Settings(lines=(2, 2)))
    assert [(line.index, line.start_s, line.verdict) for line in report.lines] == [(2, 2.0, "hit")]


def test_lines_that_the_script_does_not_have_are_refused() -> None:
    with pytest.raises(UsageError, match="lines 1-2"):
        rehearse(SCRIPT, FakeSource(pictures()), Eyes(), Settings(lines=(5, 9)))


def test_pausing_is_told_to_whoever_holds_the_source() -> None:
    heard: list[bool] = []
    rehearsal = Rehearsal(SCRIPT, FakeSource(pictures()), Eyes(), on_pause=heard.append)
    rehearsal.join(Everybody(keys={10: "pause", 20: "pause"}))
    rehearsal.run()
    assert heard == [True, False]


def test_a_recording_that_nobody_holds_is_not_paused() -> None:
    """Its frames would run past a script that stands still."""
    plain = rehearse(SCRIPT, FakeSource(pictures()), Eyes())
    assert rehearse(SCRIPT, FakeSource(pictures()), Eyes(), None, Everybody(keys={10: "pause"})).lines == plain.lines


@pytest.mark.parametrize("card", [CARD, viewers_card(power=0.7)], ids=["label", "viewers"])
def test_replaying_what_the_engine_was_given_gives_the_same_report(card: ModelCard) -> None:
    member, source = Everybody(keys={30: "repeat", 60: "pause", 80: "pause"}), FakeSource(pictures(9), live=True)
    settings = Settings(lead_in_s=0)
    rehearsal = Rehearsal(SCRIPT, source, Eyes(card), settings)
    rehearsal.join(member)
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
