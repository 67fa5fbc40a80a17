"""Helpers for tests of takes: a header, events, a report, real child processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from coach.base.events import (
    Command,
    CommandTaken,
    CueDue,
    Event,
    LineStarted,
    NoteGiven,
    Reading,
    TakeEnded,
    TakeStarted,
)
from coach.base.protocols import SourceInfo
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, Box, Face, Observation
from coach.core.reading.card import ModelCard
from coach.core.scoring.report import (
    LineReport,
    ModelReport,
    Note,
    Overall,
    Report,
    RunMetadata,
    SourceReport,
    Strength,
)
from coach.core.script.script import Script
from coach.takes.event_log import JournalWriter
from coach.takes.journal import Journal, JournalHeader

ROOT = Path(__file__).resolve().parent.parent

SCRIPT = Script.model_validate(
    {
        "title": "Ștefan waits",
        "lines": [
            {"text": "They said there would be news.", "emotion": "sad", "duration_s": 3},
            {"beats": 2},
            {"text": "What if nobody comes? 誰も", "emotion": "fear > surprise > happy", "duration_s": 3},
        ],
    }
)

CARD = ModelCard.model_validate(
    {
        "name": "tiny",
        "file": "tiny.onnx",
        "sha256": "0" * 64,
        "labels": EMOTIONS,
        "input": {"width": 64, "height": 64, "channels": 1, "layout": "NHWC", "scaling": "minus1_1"},
        "licence": "MIT",
    }
)


def make_header(*, live: bool = True, name: str = "camera:0") -> JournalHeader:
    """The header of a small take."""
    source = SourceInfo("camera" if live else "video", name, live, path="" if live else f"/films/{name}")
    return JournalHeader(
        created="2026-11-24T13:55:02+01:00", script=SCRIPT, settings=Settings(lead_in_s=0), card=CARD, source=source
    )


def reading(t: float, *probabilities: float) -> Reading:
    """A reading of the actor's face at `t`, with the given probabilities or mostly sad ones."""
    seven = probabilities or (0.0125, 0.0001, 0.1, 0.05, 0.7, 0.0374, 0.1)
    face = Face(0, Box(210.5, 98.25, 187.0, 187.125), seven)  # type: ignore[arg-type]  # always seven
    return Reading(t, Observation(t, (face,)), None, None, None)


def make_report() -> Report:
    """A report in which no field is empty."""
    line = LineReport(
        index=1,
        text="They said there would be news. 誰も",
        targets=["sad"],
        target="sad",
        start_s=0.0,
        end_s=3.0,
        played_s=3.0,
        scored_s=2.99999999,
        coverage=1.0,
        accuracy=0.123456789,
        match=0.5,
        arrival_s=None,
        hold_s=1.25,
        bleed_s=-0.0,
        read=dict.fromkeys(EMOTIONS, 1 / 7),
        top="sad",
        intensity=None,
        verdict="partial",
        reason="",
        attempts=1,
    )
    return Report(
        created=RunMetadata(at="2026-11-24T13:55:02+01:00", take="a-take", coach_version="0.1.0"),
        title="Ștefan waits",
        language="en",
        settings=Settings().model_dump(mode="json"),
        source=SourceReport(kind="video", name="take.mp4", sha256="0" * 64),
        model=ModelReport(name="tiny", sha256="0" * 64, meaning="label"),
        ended="finished",
        warnings=[],
        overall=Overall(accuracy=0.5, scored_s=3, coverage=1, hits=0, partials=1, misses=0, not_scored=0),
        strength=Strength(t=1.5, line=1, text="It held."),
        notes=[Note(t=2.0, line=1, text="Colder.", kind="live")],
        lines=[line],
    )


def start_child(task: str, *arguments: object) -> subprocess.Popen[str]:
    """Start `task` of `takes_child.py` in a child process that prints to stdout."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    command = [sys.executable, str(ROOT / "tests" / "takes_child.py"), task, *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )


def run_child(task: str, *arguments: object) -> list[str]:
    """Run `task` of `takes_child.py` to its end; return the lines that it printed."""
    with start_child(task, *arguments) as child:
        output, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    return output.splitlines()


def wait_until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait until `condition` holds; fails after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"the condition did not hold within {timeout_s} s"
        time.sleep(0.002)


EVENTS: list[Event] = [
    TakeStarted(-3.0),
    CueDue(-1.5, 1, 'Ein Türknallen. \u2028 "誰も"', "cue", 0.0, "de"),
    LineStarted(0.0, 1, 3.1),
    reading(1 / 30),
    Reading(0.1, Observation(0.1, (), "no face"), None, None, 1),
    NoteGiven(0.2, 1, "Colder. Let it land.", 3.1),
    CommandTaken(0.3, "pause"),
    Reading(0.4, Observation(0.4, (Face(0, Box(1, 2, 3, 4), None, "profile"),), "profile"), None, None, 1),
    CommandTaken(0.5, "quit"),
    TakeEnded(0.5, "quit"),
]


INPUTS = [
    EVENTS[3].observation,  # type: ignore[union-attr]  # a reading
    EVENTS[4].observation,  # type: ignore[union-attr]  # a reading
    Command(0.3, "pause"),
    EVENTS[7].observation,  # type: ignore[union-attr]  # a reading
    Command(0.5, "quit"),
]
"""The inputs among `EVENTS`, as a journal gives them back."""


def write_journal(path: Path, events: list[Event], version: Literal[1, 2, 3] = 3) -> Path:
    """A closed journal of `events`."""
    writer = JournalWriter(path, make_header().model_copy(update={"journal_version": version}))
    for event in events:
        writer.write(event)
    writer.close()
    return path


def events_in(journal: Journal) -> list[Observation | Command]:
    """Every input of the engine that the journal holds."""
    return list(journal.inputs())
