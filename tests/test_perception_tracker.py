"""The actor is followed from frame to frame, whoever else is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perception_help import face

from coach.perception.tracker import FORGET_S, SEARCH_S, Tracker, moved
from coach.types import Detection

STEP = 0.1


def follow(tracker: Tracker, moments: list[list[Detection]], start: float = 0.0) -> list[Detection | None]:
    """What the tracker takes for the actor, one moment of faces every tenth of a second."""
    return [
        tracker.update(start + i * STEP, sorted(faces, key=lambda each: -each.box.area))
        for i, faces in enumerate(moments)
    ]


def test_the_largest_face_when_tracking_begins_is_the_actor() -> None:
    small, large = face(100, 100, 80), face(400, 100, 120)
    assert follow(Tracker(), [[], [], [small, large]]) == [None, None, large]


def test_a_bigger_face_that_comes_later_does_not_take_over() -> None:
    actor, giant = face(200, 180, 80), face(450, 180, 200)
    assert follow(Tracker(), [[actor]] + [[actor, giant]] * 20) == [actor] * 21


def test_a_bigger_face_does_not_take_over_while_the_actor_is_hidden_however_long() -> None:
    actor, giant = face(200, 180, 80), face(450, 180, 200)
    hidden = int(5 * SEARCH_S / STEP)
    found = follow(Tracker(), [[actor]] * 3 + [[actor, giant]] * 3 + [[giant]] * hidden + [[actor, giant]])
    assert found == [actor] * 6 + [None] * hidden + [actor]


def test_a_neighbour_who_walks_past_does_not_take_over() -> None:
    actor = face(300, 180, 100)
    passing = [face(40 + 20 * i, 180, 110) for i in range(30)]
    moments = [[actor]] + [[actor, each] for each in passing]
    assert follow(Tracker(), moments) == [actor] * 31


def test_a_face_that_moves_is_followed() -> None:
    moving = [face(100 + 30 * i, 100 + 5 * i, 100 + i) for i in range(15)]
    assert follow(Tracker(), [[each] for each in moving]) == moving


def test_a_short_loss_is_survived_and_nobody_far_away_is_taken_meanwhile() -> None:
    actor, far = face(100, 180, 100), face(550, 180, 150)
    lost = int(SEARCH_S / STEP) - 1
    found = follow(Tracker(), [[actor]] + [[far]] * lost + [[actor, far]])
    assert found == [actor] + [None] * lost + [actor]


def test_after_a_long_loss_the_actor_is_found_again_anywhere() -> None:
    actor, back = face(100, 180, 100), face(500, 180, 90)
    tracker = Tracker()
    assert tracker.update(0, [actor]) == actor
    assert tracker.update(SEARCH_S - 0.1, [back]) is None
    assert tracker.update(SEARCH_S, [back]) == back
    assert tracker.update(SEARCH_S + 0.1, [back]) == back


def test_after_a_long_loss_a_known_neighbour_is_not_the_actor_and_a_newcomer_is() -> None:
    actor, other, newcomer = face(100, 180, 140), face(400, 180, 130), face(600, 180, 90)
    tracker = Tracker()
    follow(tracker, [[actor, other]] * 3 + [[other]] * int(2 * SEARCH_S / STEP))
    t = 0.3 + 2 * SEARCH_S + STEP
    assert tracker.update(t, [other, newcomer]) == newcomer


def test_a_neighbour_who_left_long_ago_is_forgotten() -> None:
    """Whoever is there alone then is taken for the actor."""
    actor, other = face(100, 180, 140), face(400, 180, 130)
    for away, found in ((FORGET_S - 0.1, None), (FORGET_S + 0.1, other)):
        tracker = Tracker()
        tracker.update(0, [actor, other])
        assert tracker.update(away, [other]) == found


@pytest.mark.parametrize("change", [0.4, 2.5])
def test_a_face_of_quite_another_size_at_the_same_place_is_not_the_actor(change: float) -> None:
    tracker = Tracker()
    tracker.update(0, [face(300, 180, 100)])
    assert tracker.update(0.1, [face(300, 180, 100 * change)]) is None


def test_between_searches_the_face_moves_on_but_not_for_long() -> None:
    tracker = Tracker()
    assert tracker.expected(0) is None
    follow(tracker, [[face(100 + 20 * i, 180)] for i in range(3)])
    here, later, much_later = (tracker.expected(t) for t in (0.2, 0.3, 60.0))
    assert here == face(140, 180)
    assert later is not None
    assert much_later is not None
    assert 140 < later.box.centre[0] <= 160
    assert later.landmarks[2][0] - here.landmarks[2][0] == pytest.approx(later.box.x - here.box.x)
    assert much_later.box.centre[0] < 200


def test_out_of_sight_there_is_no_expected_place() -> None:
    tracker = Tracker()
    follow(tracker, [[face(100, 180)], []])
    assert not tracker.in_sight
    assert tracker.expected(0.2) is None


def test_two_frames_of_the_same_time_do_no_harm() -> None:
    tracker = Tracker()
    assert [tracker.update(0, [each]) for each in (face(100, 100), face(104, 100))] == [face(100, 100), face(104, 100)]


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 600), st.floats(0, 400), st.floats(0, 300)), max_size=4),
        min_size=1,
        max_size=12,
    )
)
def test_the_actor_is_always_one_of_the_faces_found_and_the_same_every_time(
    moments: list[list[tuple[float, float, float]]],
) -> None:
    faces = [[face(*each) for each in moment] for moment in moments]
    found = follow(Tracker(), faces)
    assert all(actor is None or actor in moment for actor, moment in zip(found, faces, strict=True))
    assert found == follow(Tracker(), faces)


def test_moving_a_face_moves_its_landmarks() -> None:
    assert moved(face(100, 100), 20, -5) == face(120, 95)
