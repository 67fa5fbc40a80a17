"""Who is the actor if several faces are in sight: what takes over, what the user chooses, and what is said."""

from __future__ import annotations

import pytest
from perception_help import STEP, alive, face, follow, one_actor, tracks

from coach.base.types import FaceChoice
from coach.perception.tracker import Tracker


@pytest.mark.parametrize(("size", "takes_over"), [(300, True), (100, True), (55, True), (45, False)])
def test_a_moving_face_takes_over_from_one_that_never_moves(size: float, takes_over: bool) -> None:
    """A photograph on the wall is there first, or it is bigger."""
    photo, actor = face(100, 180, 100), alive(450, size, 60)
    found = follow(one_actor(), [[photo]] * 60 + [[photo, each] for each in actor])
    assert found[:60] == [photo] * 60
    if takes_over:
        change = found.index(None)  # one moment without a face keeps the two apart
        assert 60 + 10 <= change <= 60 + 15
        assert found[change + 1 :] == actor[change + 1 - 60 :]
    else:
        assert found == [photo] * 120


@pytest.mark.parametrize(
    ("comes_after", "size", "takes_over"), [(10, 210, True), (10, 190, False), (40, 210, True), (60, 210, False)]
)
def test_a_much_bigger_face_takes_over_only_in_the_first_seconds(
    comes_after: int, size: float, takes_over: bool
) -> None:
    somebody, actor = alive(100, 100, 90), alive(450, size, 90)
    moments = [[one, *other] for one, *other in zip(somebody, actor, strict=True)]
    found = follow(one_actor(), [*([each] for each in somebody[:comes_after]), *moments[comes_after:]])
    assert found[-1] == (actor if takes_over else somebody)[-1]


def test_two_photographs_and_two_still_faces_change_nothing() -> None:
    small, big = face(100, 180, 100), face(450, 180, 300)
    assert follow(one_actor(), [[small]] * 10 + [[small, big]] * 60) == [small] * 70


def test_a_face_that_was_given_up_does_not_come_back_while_the_actor_is_in_sight() -> None:
    photo, wakes, actor = face(100, 180, 110), alive(100, 220, 60), alive(450, 60, 120)
    tracker = one_actor()
    found = follow(tracker, [[photo, each] for each in actor[:60]])
    growing = [face(100, 180, 110 * 1.1**i) for i in range(8)]
    found += [
        tracker.update(6 + i * STEP, [big, actor[60 + i]]).get(0) for i, big in enumerate([*growing, *wakes[:52]])
    ]
    assert found.count(None) == 1
    assert found[-1] == actor[-1]


def test_single_jumps_of_the_box_are_no_movement() -> None:
    """The detector places a face differently in the frame and in a closer crop."""
    photo, actor = face(100, 180, 100), alive(450, 60, 40)
    moments = [[face(104, 180, 100) if i % 20 == 5 else photo, each] for i, each in enumerate(actor)]
    assert follow(one_actor(), moments)[-1] == actor[-1]


@pytest.mark.parametrize(
    ("choice", "x"), [("auto", 300), ("left", 100), ("right", 500), ("biggest", 300), (1, 100), (2, 300), (3, 500)]
)
def test_the_user_chooses_a_face_of_the_first_seconds(choice: FaceChoice, x: float) -> None:
    """The face in the middle is the biggest; the one on the left comes a second later."""
    left, middle, right = alive(100, 80, 60), alive(300, 120, 60), alive(500, 100, 60)
    moments = [[b, c] if i < 10 else [a, b, c] for i, (a, b, c) in enumerate(zip(left, middle, right, strict=True))]
    tracker = Tracker(actor_only=True, choice=choice)
    last = follow(tracker, moments)[-1]
    assert last is not None
    assert abs(last.box.centre[0] - x) < 10
    assert not any("were in the picture" in each for each in tracker.notices)


def test_nothing_takes_over_from_a_chosen_face() -> None:
    photo, actor = face(100, 180, 100), alive(450, 250, 80)
    assert set(follow(Tracker(actor_only=True, choice="left"), [[photo, each] for each in actor])) == {photo}


def test_a_chosen_face_that_is_missed_for_a_moment_stays_the_chosen_one() -> None:
    left, right = alive(100, 100, 20), alive(450, 120, 20)
    moments = [[b] if i == 10 else [a, b] for i, (a, b) in enumerate(zip(left, right, strict=True))]
    found = follow(Tracker(actor_only=True, choice="left"), moments)
    assert found == [*left[:10], None, *left[11:]]


def test_a_number_beyond_the_faces_takes_the_last_and_says_so() -> None:
    left, right = alive(100, 100, 50), alive(450, 120, 50)
    tracker = Tracker(actor_only=True, choice=3)
    assert follow(tracker, [[a, b] for a, b in zip(left, right, strict=True)])[-1] == right[-1]
    assert tracker.notices[0] == (
        "--face 3: only 2 faces were in the picture in the first 3 seconds. The coach reads the right one."
    )


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ((100, 80), "Two faces are in the picture. The coach reads the left one, as the camera sees it. "),
        ((80, 100), "Two faces are in the picture. The coach reads the right one, as the camera sees it. "),
        ((80, 100, 60), "3 faces are in the picture. The coach reads number 2 from the left, as the camera sees it. "),
        ((100, 45), ""),
    ],
)
def test_several_faces_that_could_be_meant_are_mentioned_once(sizes: tuple[float, ...], sentence: str) -> None:
    people = [alive(100 + 200 * i, size, 60) for i, size in enumerate(sizes)]
    tracker = one_actor()
    moments = [list(faces) for faces in zip(*people, strict=True)]
    follow(tracker, moments[:18])
    assert tracker.notices == []
    tracks(tracker, moments[18:], start=1.8)
    assert tracker.notices == ([sentence + "Choose another with --face."] if sentence else [])


def test_a_change_of_the_actor_is_mentioned() -> None:
    tracker = one_actor()
    follow(tracker, [[face(100, 180, 100), each] for each in alive(450, 60, 20)])
    assert tracker.notices == [
        "From 1.0 s on the coach reads another face, because it moves, and the first one does not."
    ]
