"""Tracking: the actor keeps track 0 whoever else is in sight, and everyone else keeps their number too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perception_help import face

from coach.base.types import Detection, FaceChoice
from coach.perception.looks import REMEMBER_S
from coach.perception.search import shift
from coach.perception.tracker import FORGET_S, REACQUIRE_S, Tracker

STEP = 0.1


def one_actor() -> Tracker:
    return Tracker(actor_only=True)


def tracks(tracker: Tracker, moments: list[list[Detection]], start: float = 0.0) -> list[dict[int, Detection]]:
    """The tracked faces by number, for one list of detections every tenth of a second."""
    return [
        dict(tracker.update(start + i * STEP, sorted(faces, key=lambda detection: -detection.box.area)))
        for i, faces in enumerate(moments)
    ]


def follow(tracker: Tracker, moments: list[list[Detection]]) -> list[Detection | None]:
    """The actor's face, for one list of detections every tenth of a second."""
    return [faces.get(0) for faces in tracks(tracker, moments)]


def alive(x: float, size: float, count: int) -> list[Detection]:
    """A face that moves a little, as that of a living person always does."""
    return [face(x + size * 0.03 * math.sin(2.5 * i), 180, size) for i in range(count)]


# --- one actor ------------------------------------------------------------------------------------------------------


def test_the_actor_is_the_largest_face_of_the_first_search_that_finds_any() -> None:
    small, large = face(100, 100, 80), face(400, 100, 120)
    assert follow(one_actor(), [[], [], [small, large]]) == [None, None, large]


def test_only_the_actor_is_returned() -> None:
    actor, other = face(100, 100, 120), face(400, 100, 80)
    tracker = one_actor()
    assert tracks(tracker, [[actor, other], [other], [actor, other]]) == [{0: actor}, {}, {0: actor}]
    assert tracker.predict(0.3) == {0: actor}


def test_a_larger_face_that_appears_later_does_not_become_the_actor() -> None:
    actor, giant = face(200, 180, 80), face(450, 180, 200)
    assert follow(one_actor(), [[actor]] + [[actor, giant]] * 20) == [actor] * 21


def test_a_larger_face_does_not_become_the_actor_during_a_long_occlusion() -> None:
    actor, giant = face(200, 180, 80), face(450, 180, 200)
    hidden = int(5 * REACQUIRE_S / STEP)
    followed = follow(one_actor(), [[actor]] * 3 + [[actor, giant]] * 3 + [[giant]] * hidden + [[actor, giant]])
    assert followed == [actor] * 6 + [None] * hidden + [actor]


def test_a_passing_neighbour_does_not_become_the_actor() -> None:
    actor = alive(300, 100, 31)
    passing = [face(40 + 20 * i, 180, 110) for i in range(30)]
    moments = [actor[:1]] + [[actor[i + 1], each] for i, each in enumerate(passing)]
    assert follow(one_actor(), moments) == actor


def test_moving_face_is_followed() -> None:
    moving = [face(100 + 30 * i, 100 + 5 * i, 100 + i) for i in range(15)]
    assert follow(one_actor(), [[detection] for detection in moving]) == moving


def test_short_loss_is_bridged_without_taking_a_distant_face() -> None:
    actor, far = face(100, 180, 100), face(550, 180, 150)
    lost = int(REACQUIRE_S / STEP) - 1
    followed = follow(one_actor(), [[actor]] + [[far]] * lost + [[actor, far]])
    assert followed == [actor] + [None] * lost + [actor]


def test_after_a_long_loss_the_actor_is_found_anywhere() -> None:
    actor, back = face(100, 180, 100), face(500, 180, 90)
    tracker = one_actor()
    assert tracker.update(0, [actor]) == {0: actor}
    assert tracker.update(REACQUIRE_S - 0.1, [back]) == {}
    assert tracker.update(REACQUIRE_S, [back]) == {0: back}
    assert tracker.update(REACQUIRE_S + 0.1, [back]) == {0: back}


def test_after_a_long_loss_the_actor_is_a_new_face_and_not_a_known_neighbour() -> None:
    actor, other, newcomer = face(100, 180, 140), face(400, 180, 130), face(600, 180, 90)
    tracker = one_actor()
    follow(tracker, [[actor, other]] * 3 + [[other]] * int(2 * REACQUIRE_S / STEP))
    t = 0.3 + 2 * REACQUIRE_S + STEP
    assert tracker.update(t, [other, newcomer]) == {0: newcomer}


def test_a_neighbour_is_forgotten_after_a_while_and_may_then_become_the_actor() -> None:
    actor, other = face(100, 180, 140), face(400, 180, 130)
    for away, expected in ((FORGET_S - 0.1, {}), (FORGET_S + 0.1, {0: other})):
        tracker = one_actor()
        tracker.update(0, [actor, other])
        assert tracker.update(away, [other]) == expected


@pytest.mark.parametrize("change", [0.4, 2.5])
def test_face_of_very_different_size_in_same_place_is_not_the_actor(change: float) -> None:
    tracker = one_actor()
    tracker.update(0, [face(300, 180, 100)])
    assert tracker.update(0.1, [face(300, 180, 100 * change)]) == {}


def test_a_predicted_face_keeps_moving_but_not_for_long() -> None:
    tracker = one_actor()
    assert tracker.predict_actor(0) is None
    follow(tracker, [[face(100 + 20 * i, 180)] for i in range(3)])
    soon, later, much_later = (tracker.predict_actor(t) for t in (0.2, 0.3, 60.0))
    assert soon == face(140, 180)
    assert later is not None
    assert much_later is not None
    assert 140 < later.box.centre[0] <= 160
    assert later.landmarks[2][0] - soon.landmarks[2][0] == pytest.approx(later.box.x - soon.box.x)
    assert much_later.box.centre[0] < 200
    assert tracker.predict(0.3) == {0: later}


def test_face_out_of_sight_is_not_predicted() -> None:
    tracker = one_actor()
    follow(tracker, [[face(100, 180)], []])
    assert 0 not in tracker.in_sight
    assert tracker.predict_actor(0.2) is None
    assert tracker.predict(0.2) == {}


def test_two_frames_with_the_same_time_are_tracked() -> None:
    tracker = one_actor()
    results = [tracker.update(0, [detection]) for detection in (face(100, 100), face(104, 100))]
    assert results == [{0: face(100, 100)}, {0: face(104, 100)}]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 600), st.floats(0, 400), st.floats(0, 300)), max_size=4),
        min_size=1,
        max_size=12,
    )
)
def test_actor_is_always_one_of_the_detections_and_tracking_is_deterministic(
    moments: list[list[tuple[float, float, float]]],
) -> None:
    faces = [[face(*args) for args in moment] for moment in moments]
    followed = follow(one_actor(), faces)
    assert all(actor is None or actor in moment for actor, moment in zip(followed, faces, strict=True))
    assert followed == follow(one_actor(), faces)


def test_a_moved_face_has_moved_landmarks() -> None:
    assert shift(face(100, 100), 20, -5) == face(120, 95)


# --- who is the actor -----------------------------------------------------------------------------------------------


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


# --- everyone -------------------------------------------------------------------------------------------------------


def test_tracks_are_numbered_by_size_and_keep_their_numbers() -> None:
    small, large = face(100, 100, 80), face(400, 100, 120)
    third = face(250, 300, 150)
    assert tracks(Tracker(), [[small, large], [third, small, large]]) == [
        {0: large, 1: small},
        {0: large, 1: small, 2: third},
    ]


@pytest.mark.parametrize("hidden_s", [0.2, 1.0, FORGET_S - 0.3])
def test_person_who_was_hidden_for_a_while_keeps_the_number(hidden_s: float) -> None:
    a, b = face(100, 180, 100), face(400, 180, 90)
    moments = [[a, b]] * 3 + [[a]] * round(hidden_s / STEP) + [[a, b]]
    assert tracks(Tracker(), moments)[-1] == {0: a, 1: b}


def test_person_who_was_away_for_long_gets_a_new_number_except_track_0() -> None:
    a, b = face(100, 180, 100), face(400, 180, 90)
    away: list[list[Detection]] = [[]] * round((FORGET_S + 0.5) / STEP)
    assert tracks(Tracker(), [[a, b], *away, [a, b]])[-1] == {0: a, 2: b}


def test_track_0_reappears_elsewhere_only_if_alone() -> None:
    main, other, back = face(100, 180, 120), face(900, 180, 110), face(600, 180, 100)
    away = round((REACQUIRE_S + 0.2) / STEP)
    assert list(tracks(Tracker(), [[main], *[[]] * away, [back]])[-1]) == [0]
    assert list(tracks(Tracker(), [[main], *[[]] * away, [back, other]])[-1]) == [1, 2]
    assert list(tracks(Tracker(), [[main, other], *[[other]] * away, [back, other]])[-1]) == [1, 2]


@pytest.mark.parametrize("step_s", [0.04, 0.12, 0.25])
@pytest.mark.parametrize("front", [0, 1])
@pytest.mark.parametrize("pace", [50, 120])
def test_crossing_people_keep_their_numbers_even_if_one_is_occluded(step_s: float, front: int, pace: float) -> None:
    tracker, first, last = Tracker(), {}, {}
    for i in range(round(5 / step_s)):
        x = pace * (i * step_s - 2.5)
        both = [face(400 + x, 180, 104), face(400 - x, 185, 100)]
        detections = both if both[0].box.overlap(both[1].box) < 0.3 else [both[front]]
        tracked = tracker.update(i * step_s, detections)
        last = {both.index(detection): number for number, detection in tracked.items()}
        first = first or last
    assert last == first == {0: 0, 1: 1}


def test_max_tracks_limits_the_faces_in_sight() -> None:
    a, b, c = face(100, 180, 120), face(300, 180, 110), face(500, 180, 150)
    tracked = tracks(Tracker(max_tracks=2), [[a, b], [a, b, c], [b, c], [a, b, c]])
    assert tracked == [{0: a, 1: b}, {0: a, 1: b}, {1: b, 2: c}, {0: a, 1: b}]


def test_low_confidence_detection_continues_track_0_only_where_predicted() -> None:
    """A detection of full confidence also continues it from nearby, or from anywhere after a long absence."""
    main, t = face(100, 180, 120), REACQUIRE_S + 1
    for x, score, expected in ((300, 0.4, []), (300, 0.5, [0]), (900, 0.4, []), (900, 0.7, [0]), (110, 0.4, [0])):
        tracker = Tracker(confirm_score=0.65, tentative_score=0.5)
        tracker.update(0, [main])
        assert list(tracker.update(t, [face(x, 180, 110, score=score)])) == expected
    tracker = Tracker(confirm_score=0.65, tentative_score=0.5)
    tracker.update(0, [main])
    tentative = face(900, 180, 110, score=0.6)
    assert [list(tracker.update(t + i * STEP, [tentative])) for i in range(2)] == [[], [0]]


LOOKS = np.eye(3, 256, dtype=np.float32)


@pytest.mark.parametrize(
    ("away_s", "x", "size", "look", "number"),
    [
        (1.0, 410, 90, 1, 1),  # where they were
        (1.0, 410, 90, 2, 2),  # a stranger there
        (5.0, 410, 90, 1, 1),
        (5.0, 900, 120, 1, 1),  # at another place
        (5.0, 900, 120, 2, 2),
        (5.0, 900, 300, 1, 2),  # too big to be the same
        (REMEMBER_S + 1, 410, 90, 1, 2),  # forgotten
    ],
)
def test_somebody_who_was_away_is_known_by_place_size_and_look(
    away_s: float, x: float, size: float, look: int, number: int
) -> None:
    tracker, stays, leaves, comes = Tracker(), face(100, 180, 100), face(400, 180, 90), face(x, 180, size)
    looks = {stays.box: 0, leaves.box: 1, comes.box: look}
    for i in range(30 + round(away_s / STEP)):
        seen = tracker.update(i * STEP, [stays, leaves] if i < 30 else [stays], lambda each: LOOKS[looks[each.box]])
    seen = tracker.update(
        3 + away_s, sorted([stays, comes], key=lambda each: -each.box.area), lambda each: LOOKS[looks[each.box]]
    )
    assert {number: each.box for number, each in seen.items()} == {0: stays.box, number: comes.box}


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 600), st.floats(0, 400), st.floats(0, 300), st.floats(0.3, 1)), max_size=5),
        min_size=1,
        max_size=12,
    ),
    st.none() | st.integers(1, 4),
)
def test_every_track_is_one_detection_and_no_number_is_used_twice(
    moments: list[list[tuple[float, float, float, float]]], max_tracks: int | None
) -> None:
    def tracker() -> Tracker:
        return Tracker(max_tracks=max_tracks, confirm_score=0.65, tentative_score=0.5)

    faces = [[face(*detection) for detection in moment] for moment in moments]
    tracked = tracks(tracker(), faces)
    known: set[int] = set()
    for current, detections in zip(tracked, faces, strict=True):
        assert all(any(detection is face for face in detections) for detection in current.values())
        assert len({id(detection) for detection in current.values()}) == len(current)
        assert max_tracks is None or len(current) <= max_tracks
        new = set(current) - known
        assert not known or not new or min(new) > max(known)
        known |= new
    assert known == set(range(len(known)))
    assert tracked == tracks(tracker(), faces)
