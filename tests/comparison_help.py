"""Helpers for tests of comparisons: reports and takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from core_help import CARD, seen, unseen
from page_help import keep_take
from recordings_help import flash_picture
from takes_help import make_report

from coach.base.events import CommandTaken, Reading, TakeEnded
from coach.base.protocols import SourceInfo
from coach.base.settings import Settings
from coach.base.types import Frame
from coach.cli import compare as command
from coach.cli.main import command_parser
from coach.core.comparison.compare import ComparedTake, Comparison, compare
from coach.core.scoring.report import LineReport
from coach.core.script.script import Script
from coach.takes.contents import VIDEO_NAME
from coach.takes.journal import JournalHeader
from coach.takes.recorder import TakeRecorder
from coach.takes.video import Encoder

LINE = make_report().lines[0]
CAMERA = SourceInfo("camera", "camera:0", live=True)


def line_report(text: str, verdict: str = "hit", **fields: Any) -> LineReport:  # noqa: ANN401  any field of a line
    """The report of a line; `share` is None for a model that does not predict viewers."""
    plain = {"text": text, "verdict": verdict, "accuracy": 0.5, **fields}
    if verdict == "not_scored":
        plain["accuracy"] = None
    return LINE.model_copy(update=plain)


def compared_take(name: str, *lines: LineReport, at: float = 0.0, model: str = "0" * 64) -> ComparedTake:
    """A take whose report has `lines`."""
    report = make_report()
    created = report.created.model_copy(update={"take": name})
    numbered = [line.model_copy(update={"index": n}) for n, line in enumerate(lines, 1)]
    model_report = report.model.model_copy(update={"sha256": model}) if report.model else None
    return ComparedTake(
        name, report.model_copy(update={"created": created, "lines": numbered, "model": model_report}), at
    )


def side_by_side(*takes: list[LineReport]) -> Comparison:
    """Compare takes with these lines; the last take is the newest."""
    return compare([compared_take(f"take {n}", *lines) for n, lines in enumerate(takes, 1)])


def compare_command(*args: str | Path) -> int:
    """Run `coach compare ARGS`."""
    return run_command(command, "compare", *args)


def run_command(module: object, name: str, *arguments: str | Path) -> int:
    """Run `coach NAME ARGUMENTS` in this process."""
    args = command_parser(name).parse_args([name, *map(str, arguments)])
    code: int = args.run(args)
    return code


def camera_take(folder: Path) -> Path:
    """A camera take without a video, the best take of the first line."""
    lines = [{"text": "They said by morning. It is morning, and the phone just lies there.", "emotion": "sad"}]
    observations = [seen(n / 10, "sad", 0.99) for n in range(40)]
    return keep_take(folder, {"title": "Filmed", "lines": lines}, observations, source=CAMERA, end=4.0)


def filmed_take(folder: Path) -> Path:
    """A camera take without a signal for the first 0.4 s, with a video that has a flash at `FLASH_S`.

    Its two lines last 0.6 s and 1.6 s; there is a pause from 1.5 to 2 s, in the second line.
    """
    folder.mkdir(parents=True)
    lines = [
        {"text": "First.", "emotion": "sad", "duration_s": 0.6},
        {"text": "Second.", "emotion": "sad", "duration_s": 1.6},
    ]
    header = JournalHeader(
        created="2026-11-24T13:55:02+01:00",
        script=Script.model_validate({"title": "Filmed", "lines": lines}),
        settings=Settings(lead_in_s=0),
        card=CARD,
        source=CAMERA,
    )
    recorder = TakeRecorder(folder, header, pytest.fail)
    frames = []
    for n in range(81):
        t = n / 30
        if n in (45, 60):
            recorder.handle(CommandTaken(t, "pause"))
        observation = unseen(t, "no signal") if n < 12 else seen(t, "sad")
        if n >= 12:
            frames.append(Frame(t, flash_picture(t)))
        recorder.handle(Reading(t, observation, None, None, None))
    recorder.handle(TakeEnded(81 / 30, "finished"))
    recorder.close()
    write_take_video(folder, frames)
    return folder


def write_take_video(take: Path, frames: Sequence[Frame]) -> None:
    """Write the video of `take` as the recorder does, but without dropping frames on a slow machine."""
    with Encoder(take / VIDEO_NAME, frames[0]) as encoder:
        for frame in frames:
            encoder.add(frame)
