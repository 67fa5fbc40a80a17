"""Helpers for tests of the takes folder: takes that the real engine played, with files of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from takes_help import make_header, reading

from coach.app.replay import PlayedTake
from coach.base.events import Command, TakeEnded
from coach.base.types import Observation
from coach.cli.main import main
from coach.takes.recorder import TakeRecorder
from coach.takes.store import TakeStore

WHEN = datetime(2026, 11, 24, 13, 55, 2)  # noqa: DTZ001  takes are named by local time

JPEG = b"\xff\xd8\xff\xe0 a face"
MP4 = b"\x00\x00\x00\x18ftypiso5 a film"


def observations(seconds: float) -> Iterator[Observation | Command]:
    """Ten observations per second, some without a face, and a pause from 1 to 1.5 s."""
    for n in range(round(seconds * 10)):
        t = n / 10
        if n in (10, 15):
            yield Command(t, "pause")
        yield Observation(t, (), "no face") if n % 7 == 3 else reading(t).observation


def play_take(
    store: TakeStore, title: str = "Any", when: datetime = WHEN, *, seconds: float = 3.0, report: bool = True
) -> Path:
    """Play a take for some seconds; return its folder, with or without a report."""
    header = make_header().model_copy(update={"created": when.astimezone().isoformat(timespec="seconds")})
    take = store.create(title, when)
    recorder = TakeRecorder(take, header, pytest.fail)
    take_report = PlayedTake(header, lambda: observations(seconds), TakeEnded(seconds, "quit")).report(
        take.name, recorder
    )
    recorder.close()
    if report:
        recorder.write(take_report)
    return take


def add_every_file(take: Path) -> Path:
    """Add a file of every kind to `take`."""
    (take / "video.mp4").write_bytes(MP4)
    (take / "evidence").mkdir()
    (take / "evidence" / "line-1-best.jpg").write_bytes(JPEG)
    (take / "notes.json").write_text(json.dumps({"notes": []}))
    (take / "report-1.json").write_bytes((take / "report.json").read_bytes())
    return take


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` with its content."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def three_takes(folder: Path) -> TakeStore:
    """Three takes: the newest is unfinished, the middle one has a file of every kind."""
    store = TakeStore(folder)
    play_take(store, "First")
    add_every_file(play_take(store, "Second", WHEN + timedelta(days=1)))
    play_take(store, "Third", WHEN + timedelta(days=2), report=False)
    return store


def on_takes(store: TakeStore, *args: str | Path) -> int:
    """Run `coach ARGS` on the takes in `store`; return the exit code."""
    return main([*map(str, args), "--takes", str(store.folder)])


def change_report(take: Path, **changes: object) -> None:
    """Replace fields of the report in `take`."""
    plain = json.loads((take / "report.json").read_text())
    (take / "report.json").write_text(json.dumps({**plain, **changes}))
