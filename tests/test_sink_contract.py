"""The contracts of sinks, controls and clocks: the real ones and the shipped fakes pass the same tests."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from core_help import frames, line, play, steadily, timeline
from rich.console import Console
from takes_help import make_header, make_report

from coach.base.events import Command
from coach.base.protocols import Clock, Controls, EventSink, FrameSink
from coach.base.settings import Settings
from coach.base.types import Frame
from coach.core.scoring.scorer import Scorer
from coach.display.kit.keys import Keyboard
from coach.display.rehearsal.live import LiveDisplay
from coach.display.rehearsal.plain import PlainDisplay
from coach.display.rehearsal.stage import RunInfo
from coach.sources import SystemClock
from coach.takes.recorder import TakeRecorder
from coach.testing.sinks import RecordingDisplay, RecordingSpeaker, RecordingTake, ScriptedControls
from coach.testing.sources import FakeClock
from coach.voice.speaker import VoiceSink

LINES = timeline((line(emotion="sad"), 4), (None, 1), (line(emotion="happy", cue="Now."), 6))


def recorder(folder: Path) -> TakeRecorder:
    return TakeRecorder(folder, make_header(), lambda text: None)


EVENT_SINKS: dict[str, Callable[[Path], EventSink]] = {
    "fake": lambda _: RecordingDisplay(),
    "scorer": lambda _: Scorer(LINES, Settings()),
    "plain": lambda _: PlainDisplay(RunInfo(LINES, Settings()), io.StringIO()),
    "live": lambda _: LiveDisplay(RunInfo(LINES, Settings()), console=Console(file=io.StringIO()), clock=FakeClock()),
    "voice": lambda _: VoiceSink(RecordingSpeaker()),
    "recorder": recorder,
}


@pytest.mark.parametrize("make", EVENT_SINKS.values(), ids=EVENT_SINKS)
def test_an_event_sink_handles_every_event_and_closes_twice(make: Callable[[Path], EventSink], tmp_path: Path) -> None:
    keys = [Command(2.0, "pause"), Command(2.5, "pause"), *frames(11.5, steadily("sad"), start=2.5)]
    events = play(LINES, [*frames(2, steadily("sad")), *keys], Settings(lead_in_s=0), live=True, end=12)
    kinds = {type(event).__name__ for event in events}
    assert kinds >= {"TakeStarted", "LineStarted", "LineEnded", "BeatStarted", "CueDue", "NoteGiven", "Reading"}
    assert kinds >= {"Paused", "Resumed", "CommandTaken", "TakeEnded"}
    sink = make(tmp_path)
    assert isinstance(sink, EventSink)
    for event in events:
        sink.handle(event)
    sink.close()
    sink.close()


@pytest.mark.parametrize("make", [lambda _: RecordingTake(), recorder], ids=["fake", "recorder"])
def test_a_frame_sink_does_not_change_the_frame_and_closes_twice(
    make: Callable[[Path], FrameSink], tmp_path: Path
) -> None:
    picture = np.full((48, 64, 3), 120, np.uint8)
    picture.setflags(write=False)
    sink = make(tmp_path)
    assert isinstance(sink, FrameSink)
    for i in range(5):
        sink.show(Frame(i / 25, picture))
    sink.close()
    sink.close()
    assert (picture == 120).all()


def test_a_recorder_writes_a_report_after_it_was_closed(tmp_path: Path) -> None:
    recorded = recorder(tmp_path)
    recorded.close()
    recorded.write(make_report())
    assert (tmp_path / "report.json").exists()


@pytest.mark.parametrize("make", [lambda: ScriptedControls([], ["pause"]), Keyboard], ids=["fake", "keyboard"])
def test_polling_controls_never_blocks_and_commands_run_out(make: Callable[[], Controls]) -> None:
    """There is no terminal here; test_keys.py tests the keyboard on a real one."""
    controls = make()
    assert isinstance(controls, Controls)
    commands = [name for _ in range(5) for name in controls.poll()]
    assert commands == (["pause"] if isinstance(controls, ScriptedControls) else [])


@pytest.mark.parametrize("make", [FakeClock, SystemClock], ids=["fake", "system"])
def test_a_clock_never_decreases_and_advances_with_sleep(make: Callable[[], Clock]) -> None:
    clock = make()
    before = clock.now()
    clock.sleep(0.002)
    assert clock.now() >= before + 0.002
    assert clock.now() <= clock.now()
