"""What the mirror says at the end, of each kind of source, at every width."""

from __future__ import annotations

import io
import itertools

import pytest
from mirror_help import face, one_face, unread, view
from rich.console import Console

from coach.base.types import Box
from coach.core.mirror.tally import MirrorSummary, MirrorTally
from coach.core.mirror.view import MirrorView
from coach.display.mirror.summary import MirrorReport


def told(width: int = 100) -> tuple[MirrorReport, io.StringIO]:
    stream = io.StringIO()
    return MirrorReport(Console(file=stream, width=width, markup=False, highlight=False), "plain"), stream


def summed(*views: MirrorView) -> MirrorSummary:
    tally = MirrorTally()
    for each in views:
        tally.add(each)
    return tally.summary()


SEEN = summed(*(one_face(t / 10, "happy" if t < 30 else "sad") for t in range(40)))


def test_a_recording_is_told_by_its_length_and_nothing_is_said_of_dropped_frames() -> None:
    report, stream = told()
    report.run("take.mp4", SEEN, 2.0, None)
    assert stream.getvalue() == "take.mp4\n4.0 s, 40 frames, 20 frames/s\n"


@pytest.mark.parametrize("dropped", [0, 7])
def test_a_camera_says_how_many_frames_it_lost(dropped: int) -> None:
    report, stream = told()
    report.run("camera:0", SEEN, 4.0, dropped)
    assert stream.getvalue().endswith(f"4.0 s, 40 frames, 10 frames/s, {dropped} dropped\n")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_each_person_has_seconds_in_sight_and_a_share_of_each_emotion(width: int) -> None:
    report, stream = told(width)
    report.people(SEEN)
    text = stream.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    assert "4.0 s" in text
    assert "75%" in text
    assert "25%" in text
    assert "not what is behind them" in " ".join(text.split())


def test_pictures_are_told_by_name_and_summed_up_without_seconds() -> None:
    report, stream = told()
    box = Box(1, 1, 9, 9)
    seen = [view(face(0, box, "sad")), view(face(0, box, "happy"), face(1, box, "sad")), view(unread(0, box)), view()]
    report.pictures("portraits", [(f"{n}.jpg", each) for n, each in enumerate(seen)], looked_at=4, there=5)
    lines = stream.getvalue().splitlines()
    assert lines[:3] == [
        "portraits",
        "4 of 5 pictures, 4 faces",
        "Of 4 faces the camera reads sad in 2, happy in 1. Not to be read: 1.",
    ]
    assert [line.split()[:2] for line in lines if ".jpg" in line] == [
        ["0.jpg", "1"], ["1.jpg", "2"], ["2.jpg", "1"], ["3.jpg", "0"],
    ]  # fmt: skip


def test_of_one_picture_nothing_is_counted_that_needs_several() -> None:
    report, stream = told()
    report.pictures("one.png", [("one.png", one_face())], looked_at=1, there=1)
    assert stream.getvalue().splitlines()[1:3] == ["1 picture, 1 face", ""]


def test_of_very_many_pictures_it_says_which_are_told() -> None:
    report, stream = told()
    last = list(itertools.repeat(("x.png", one_face()), 3))
    report.pictures("many", last, looked_at=1203, there=1203)
    assert "1203 pictures, 3 faces in the last 3, which are told" in stream.getvalue()
