"""Tracking: the actor keeps track 0 whoever else is in sight, and everyone else keeps their number too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perception_help import STEP, alive, face, follow, one_actor, tracks

from coach.base.types import Detection
from coach.perception.looks import REMEMBER_S
from coach.perception.search import shift
from coach.perception.tracker import FORGET_S, REACQUIRE_S, Tracker

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
