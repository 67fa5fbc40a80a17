"""People in a crowd who cross, are hidden, leave and come back keep their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import FPS, face, head, observe, picture, take_frames, track_numbers

from coach.base.types import Frame
from coach.perception.pipeline import (
    Crowd,
    FacePipeline,
    OneActor,
    open_crowd,
)
from coach.testing.perception import FakeClassifier, FakeDetector
from tools.benchmarks.clips import crowd_frames


def crossing(frames: int = 40) -> Iterator[NDArray[np.uint8]]:
    """A head moves right and is occluded by another one that moves left."""
    behind, before = head(), head()[:, ::-1]
    for i in range(frames):
        image = picture(1280, 720, 60)
        x = 100 + 13 * i
        image[300:420, x : x + 120] = behind
        image[310:430, 680 - x + 100 : 800 - x + 100] = before
        yield image


@pytest.mark.parametrize("every", [1, 3])
def test_crossing_people_keep_their_track_numbers(every: int) -> None:
    observations = observe(open_crowd(mode=Crowd(every)), list(crossing()))
    right, left = observations[0].faces, observations[-1].faces
    assert [len(right), len(left)] == [2, 2]
    assert min(len(o.faces) for o in observations) == 1  # one was occluded
    assert {track for o in observations for track in track_numbers(o)} == {0, 1}
    went = {a.track: b.box.x - a.box.x for a, b in zip(right, left, strict=True)}
    start = {f.track: f.box.x for f in right}
    assert all((went[track] > 0) == (start[track] < 400) for track in (0, 1))


@pytest.mark.parametrize("every", [1, 3])
def test_face_hidden_for_a_second_keeps_its_track_number(every: int) -> None:
    other, hidden = picture(1280, 720, 60), picture(1280, 720, 60)
    for image in (other, hidden):
        image[100:220, 900:1020] = head()
    other[400:520, 300:420] = head()
    observations = observe(open_crowd(mode=Crowd(every)), [other] * 12 + [hidden] * FPS + [other] * 12)
    x = {f.track: f.box.x for f in observations[0].faces}
    assert len(observations[20].faces) == 1
    assert {f.track: f.box.x for f in observations[-1].faces} == pytest.approx(x, abs=2)


STANDING = [(60 + 240 * column, 40 + 170 * row) for row in range(4) for column in range(5) if (row, column) != (1, 0)]
"""Left and top of nineteen heads; the gap in the second row is where the twentieth starts."""


def passing(frames: int = 48) -> Iterator[NDArray[np.uint8]]:
    """A head moves behind the four others of its row; the largest, in the corner, is hidden for half a second."""
    own = cv2.resize(head(), (90, 90)).astype(np.uint8)
    biggest = cv2.resize(own, (110, 110)).astype(np.uint8)
    for i in range(frames):
        image = picture(1280, 720, 60)
        walker = 40 + 24 * i
        image[210:300, walker : walker + 90] = own
        for x, y in STANDING[1:]:
            image[y : y + 90, x : x + 90] = own if (x + y) % 2 else own[:, ::-1]
        if not 16 <= i < 28:
            x, y = STANDING[0]
            image[y : y + 110, x : x + 110] = biggest
        yield image


def test_crowd_of_twenty_keeps_track_numbers_through_occlusion_and_crossing() -> None:
    observations = observe(open_crowd(), list(passing()))
    assert [len(o.faces) for o in (observations[0], observations[-1])] == [20, 20]
    assert {track for o in observations for track in track_numbers(o)} == set(range(20))
    before, after = ({face.track: face.box for face in frame.faces} for frame in (observations[0], observations[-1]))
    assert before[0].centre == pytest.approx(after[0].centre, abs=5)
    went = {track: after[track].x - box.x for track, box in before.items()}
    assert sorted(abs(distance) > 500 for distance in went.values()) == [False] * 19 + [True]
    assert sum(0 not in track_numbers(frame) for frame in observations) <= 15  # while hidden, and until the next search


@pytest.mark.parametrize("size", [(320, 180), (480, 480), (1280, 720)])
def test_people_keep_their_numbers_when_the_size_of_the_picture_changes(size: tuple[int, int]) -> None:
    images = list(crowd_frames(5, 8))
    images[4:] = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images[4:]]
    seen = observe(open_crowd(), images)
    assert {track for each in seen for track in track_numbers(each)} == set(range(5))
    assert len(seen[4].faces) == 5


def somebody_leaves(comes_back: NDArray[np.uint8]) -> list[list[int]]:
    """Somebody on the right stays for 12 s, somebody on the left leaves after 4 s; 5 s later `comes_back` is there."""
    crowd, seen = open_crowd(), []
    for i in range(12 * 8):
        image = picture(1280, 360, 90)
        image[:, 640:] = film()[i]
        if i < 32 or i >= 72:
            image[:, :640] = film()[200 + i] if i < 32 else comes_back
        seen.append(track_numbers(crowd.observe(Frame(i / 8, image))))
    return seen


@cache
def film() -> list[NDArray[np.uint8]]:
    return [frame.image for frame in take_frames()][:300]


def test_a_person_is_recognised_after_some_seconds_out_of_sight() -> None:
    seen = somebody_leaves(np.roll(film()[260], 60, axis=1))
    assert (seen[16], len(seen[50]), seen[90]) == ([0, 1], 1, [0, 1])


def test_an_actor_keeps_track_0_when_the_size_of_the_picture_changes() -> None:
    detector = FakeDetector([[face(150, 180, 120)], [face(75, 90, 60), face(250, 90, 70)]])
    perception = FacePipeline(detector, FakeClassifier(), OneActor(1))
    seen = [perception.observe(Frame(i / 10, picture(640 // (1 + i), 360 // (1 + i)))) for i in range(2)]
    assert [each.actor.box.x if each.actor else None for each in seen] == [90, 45]
