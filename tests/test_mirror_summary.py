"""The summary of a mirror run, for each kind of source and every width."""

from __future__ import annotations

import io
import itertools

import pytest
from mirror_help import face, one_face, unread, view
from rich.console import Console

from coach.base.types import Box
from coach.core.mirror.tally import MirrorSummary, MirrorTally
from coach.core.mirror.view import MirrorView
from coach.display.mirror.summary import SummaryPrinter


def printing(width: int = 100) -> tuple[SummaryPrinter, io.StringIO]:
    stream = io.StringIO()
    return SummaryPrinter(Console(file=stream, width=width, markup=False, highlight=False), "plain"), stream


def summary_of(*views: MirrorView) -> MirrorSummary:
    tally = MirrorTally()
    for v in views:
        tally.add(v)
    return tally.summary()


SEEN = summary_of(*(one_face(t / 10, "happy" if t < 30 else "sad") for t in range(40)))


def test_a_recording_summary_has_length_and_frames_but_no_dropped_frames() -> None:
    printer, stream = printing()
    printer.run("take.mp4", SEEN, 2.0, None)
    assert stream.getvalue() == "take.mp4\n4.0 s, 40 frames, 20 frames/s\n"


@pytest.mark.parametrize("dropped", [0, 7])
def test_a_camera_summary_counts_dropped_frames(dropped: int) -> None:
    printer, stream = printing()
    printer.run("camera:0", SEEN, 4.0, dropped)
    assert stream.getvalue().endswith(f"4.0 s, 40 frames, 10 frames/s, {dropped} dropped\n")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_person_has_seconds_in_sight_and_shares_of_emotions(width: int) -> None:
    printer, stream = printing(width)
    printer.people(SEEN)
    text = stream.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    assert "4.0 s" in text
    assert "75%" in text
    assert "25%" in text
    assert "not what is behind them" in " ".join(text.split())


@pytest.mark.parametrize("width", [40, 100])
def test_a_person_whose_face_was_never_readable_has_a_sentence_instead_of_an_empty_row(width: int) -> None:
    printer, stream = printing(width)
    printer.people(summary_of(*(view(unread(3, Box(1, 1, 9, 9)), t=t / 10) for t in range(40))))
    assert "Person 3, 4.0 s in sight: the face could not be read" in " ".join(stream.getvalue().split())
    assert "%" not in stream.getvalue()


def test_still_pictures_are_listed_by_name_and_counted() -> None:
    printer, stream = printing()
    box = Box(1, 1, 9, 9)
    views = [view(face(0, box, "sad")), view(face(0, box, "happy"), face(1, box, "sad")), view(unread(0, box)), view()]
    printer.pictures("portraits", [(f"{n}.jpg", v) for n, v in enumerate(views)], analysed=4, total=5)
    lines = stream.getvalue().splitlines()
    assert lines[:3] == [
        "portraits",
        "4 of 5 pictures, 4 faces",
        "Of 4 faces the camera reads sad in 2, happy in 1. Not readable: 1.",
    ]
    assert [line.split()[:2] for line in lines if ".jpg" in line] == [
        ["0.jpg", "1"], ["1.jpg", "2"], ["2.jpg", "1"], ["3.jpg", "0"],
    ]  # fmt: skip


def test_a_single_picture_has_no_label_counts() -> None:
    printer, stream = printing()
    printer.pictures("one.png", [("one.png", one_face())], analysed=1, total=1)
    assert stream.getvalue().splitlines()[1:3] == ["1 picture, 1 face", ""]


def test_only_the_last_of_very_many_pictures_are_listed() -> None:
    printer, stream = printing()
    last = list(itertools.repeat(("x.png", one_face()), 3))
    printer.pictures("many", last, analysed=1203, total=1203)
    assert "1203 pictures, 3 faces in the last 3, which are listed" in stream.getvalue()


def test_people_seen_for_less_than_a_second_are_only_counted() -> None:
    boxes = [Box(20 * track, 1, 9, 9) for track in range(3)]
    views = [view(*(face(i, boxes[i]) for i in range(3) if t < (40, 5, 12)[i]), t=t / 10) for t in range(40)]
    printer, stream = printing()
    printer.people(summary_of(*views))
    assert [line[:1] for line in stream.getvalue().splitlines() if line[:1].isdigit()] == ["0", "2"]
    assert "and 1 person more, in sight for a shorter time" in stream.getvalue()
    printer, stream = printing()
    printer.people(summary_of(*views[:6]))
    assert [line[:1] for line in stream.getvalue().splitlines() if line[:1].isdigit()] == ["0", "1", "2"]
