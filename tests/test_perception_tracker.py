"""The actor is followed from frame to frame, whoever else is there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perception_help import face

from coach.base.types import Detection
from coach.perception.tracker import FORGET_S, SEARCH_S, People, Tracker, moved

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


@settings(deadline=None)
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


# --- everybody -----------------------------------------------------------------------------------------------------


def numbers(people: People, moments: list[list[Detection]], start: float = 0.0) -> list[dict[int, Detection]]:
    """Who is who, one moment of faces every tenth of a second."""
    return [
        dict(people.update(start + i * STEP, sorted(faces, key=lambda each: -each.box.area)))
        for i, faces in enumerate(moments)
    ]


def test_everyone_has_a_number_by_size_and_keeps_it() -> None:
    small, large = face(100, 100, 80), face(400, 100, 120)
    third = face(250, 300, 150)
    assert numbers(People(), [[small, large], [third, small, large]]) == [
        {0: large, 1: small},
        {0: large, 1: small, 2: third},
    ]


@pytest.mark.parametrize("hidden_s", [0.2, 1.0, FORGET_S - 0.3])
def test_whoever_was_hidden_for_a_while_is_the_same_person(hidden_s: float) -> None:
    a, b = face(100, 180, 100), face(400, 180, 90)
    moments = [[a, b]] * 3 + [[a]] * round(hidden_s / STEP) + [[a, b]]
    assert numbers(People(), moments)[-1] == {0: a, 1: b}


def test_whoever_was_away_for_long_is_somebody_new_but_for_person_0() -> None:
    a, b = face(100, 180, 100), face(400, 180, 90)
    away: list[list[Detection]] = [[]] * round((FORGET_S + 0.5) / STEP)
    assert numbers(People(), [[a, b], *away, [a, b]])[-1] == {0: a, 2: b}


def test_person_0_comes_back_elsewhere_only_if_nobody_else_is_there() -> None:
    main, other, back = face(100, 180, 120), face(900, 180, 110), face(600, 180, 100)
    away = round((SEARCH_S + 0.2) / STEP)
    assert list(numbers(People(), [[main], *[[]] * away, [back]])[-1]) == [0]
    assert list(numbers(People(), [[main], *[[]] * away, [back, other]])[-1]) == [1, 2]
    assert list(numbers(People(), [[main, other], *[[other]] * away, [back, other]])[-1]) == [1, 2]


@pytest.mark.parametrize("step_s", [0.04, 0.12, 0.25])
@pytest.mark.parametrize("front", [0, 1])
@pytest.mark.parametrize("pace", [50, 120])
def test_two_who_cross_keep_their_numbers_though_one_is_hidden(step_s: float, front: int, pace: float) -> None:
    people, first, last = People(), {}, {}
    for i in range(round(5 / step_s)):
        x = pace * (i * step_s - 2.5)
        both = [face(400 + x, 180, 104), face(400 - x, 185, 100)]
        shown = both if both[0].box.overlap(both[1].box) < 0.3 else [both[front]]
        found = people.update(i * step_s, shown)
        last = {both.index(each): number for number, each in found.items()}
        first = first or last
    assert last == first == {0: 0, 1: 1}


def test_so_many_are_in_sight_and_no_more() -> None:
    a, b, c = face(100, 180, 120), face(300, 180, 110), face(500, 180, 150)
    seen = numbers(People(most=2), [[a, b], [a, b, c], [b, c], [a, b, c]])
    assert seen == [{0: a, 1: b}, {0: a, 1: b}, {1: b, 2: c}, {0: a, 1: b}]


def test_a_faint_face_never_stands_in_for_person_0() -> None:
    """Neither near by nor, as a clear one would, far away; where person 0 should be it is believed."""
    main, t = face(100, 180, 120), SEARCH_S + 1
    for x, score, who in ((300, 0.4, []), (300, 0.5, [0]), (900, 0.4, []), (900, 0.7, [0]), (110, 0.4, [0])):
        people = People(sure=0.65, maybe=0.5)
        people.update(0, [main])
        assert list(people.update(t, [face(x, 180, 110, score=score)])) == who
    people = People(sure=0.65, maybe=0.5)
    people.update(0, [main])
    doubtful = face(900, 180, 110, score=0.6)
    assert [list(people.update(t + i * STEP, [doubtful])) for i in range(2)] == [[], [0]]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 600), st.floats(0, 400), st.floats(0, 300), st.floats(0.3, 1)), max_size=5),
        min_size=1,
        max_size=12,
    ),
    st.none() | st.integers(1, 4),
)
def test_everyone_is_one_of_the_faces_found_nobody_is_two_and_numbers_are_never_given_twice(
    moments: list[list[tuple[float, float, float, float]]], most: int | None
) -> None:
    faces = [[face(*each) for each in moment] for moment in moments]
    seen = numbers(People(most=most, sure=0.65, maybe=0.5), faces)
    known: set[int] = set()
    for now, found in zip(seen, faces, strict=True):
        assert all(any(each is face for face in found) for each in now.values())
        assert len({id(each) for each in now.values()}) == len(now)
        assert most is None or len(now) <= most
        new = set(now) - known
        assert not known or not new or min(new) > max(known)
        known |= new
    assert known == set(range(len(known)))
    assert seen == numbers(People(most=most, sure=0.65, maybe=0.5), faces)
