"""Face measures: each follows its part of the face, whatever the turn, place and size of the head."""

from __future__ import annotations

import pytest
from face_help import (
    BROWS_INNER,
    BROWS_MIDDLE,
    BROWS_OUTER,
    CORNERS,
    IRISES,
    LOWER_LIDS,
    UPPER_LIDS,
    kept,
    mesh,
    move,
    turned,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.core.face.gaze import gaze_of
from coach.core.face.head import upright
from coach.core.face.measures import MEASURES, difference, measure
from coach.core.face.person import PersonFace, measure_stranger
from coach.core.face.reading import read_face
from coach.core.face.rest import USUAL, RestLearner

KEYS = [each.key for each in MEASURES]
Moved = dict[int, tuple[float, float, float]]

MOVES: dict[str, Moved] = {
    "brows_inner": move(BROWS_INNER, down=-5),
    "brows_outer": move(BROWS_OUTER, down=-5),
    "brows_together": {**move(BROWS_MIDDLE, down=5), **move((55, 107), right=2), **move((285, 336), right=-2)},
    "upper_lids": move(UPPER_LIDS, down=-3),
    "lower_lids": move(LOWER_LIDS, down=-3),
    "cheeks": move((50, 280), down=-5),
    "nose": {**move((48,), right=-3), **move((278,), right=3)},
    "upper_lip": move((37, 267), down=-4),
    "lip_corners": move(CORNERS, down=-6),
    "lips_wide": {**move((61,), right=-6), **move((291,), right=6)},
    "lips_pressed": {**move((0,), down=2), **move((17,), down=-3)},
    "jaw": move((152,), down=12),
}


def measures_of(moved: Moved | None = None, **turn: float) -> dict[str, float]:
    """The measures of a face with moved points, minus those of the face at rest."""
    values = [measure(upright(kept(turned(mesh(each), **turn)))) for each in (moved, None)]
    return dict(zip(KEYS, difference(*values), strict=True))


@pytest.mark.parametrize("key", KEYS)
def test_a_measure_rises_when_its_part_of_the_face_moves(key: str) -> None:
    measures = measures_of(MOVES[key])
    assert measures[key] > 0.02
    assert measures[key] == max(measures.values())


@pytest.mark.parametrize("key", KEYS)
def test_a_measure_falls_when_its_part_moves_the_other_way(key: str) -> None:
    back = {index: (-right, -down, -away) for index, (right, down, away) in MOVES[key].items()}
    assert measures_of(back)[key] < -0.015


@settings(deadline=None, max_examples=60)
@given(yaw=st.floats(-40, 40), pitch=st.floats(-30, 30), roll=st.floats(-60, 60), scale=st.floats(0.5, 4))
def test_the_turn_place_and_size_of_the_head_change_no_measure(
    yaw: float, pitch: float, roll: float, scale: float
) -> None:
    straight = measure(upright(kept(mesh())))
    face = upright(kept(turned(mesh(), yaw, pitch, roll), scale=scale))
    assert measure(face) == pytest.approx(straight, abs=0.006)


def test_the_angles_of_the_head_are_those_of_its_turn() -> None:
    assert upright(kept(mesh())).head == pytest.approx((0, 0, 0), abs=0.5)
    assert upright(kept(turned(mesh(), yaw=25))).head == pytest.approx((25, 0, 0), abs=0.5)
    assert upright(kept(turned(mesh(), pitch=-20))).head == pytest.approx((0, -20, 0), abs=0.5)
    assert upright(kept(turned(mesh(), roll=15))).head == pytest.approx((0, 0, 15), abs=0.5)


def test_points_in_one_place_are_no_face() -> None:
    points = mesh() * 0
    points[263] = (100, 0, 0)
    points[33] = (0, 0, 0)
    assert read_face(kept(points)) is None


@pytest.mark.parametrize(
    ("moved", "turn", "expected"),
    [
        ({}, {}, "lens"),
        (move(IRISES, right=9), {}, "away"),
        (move(IRISES, down=6), {}, "page"),
        ({}, {"pitch": -25}, "page"),
        ({}, {"yaw": 30}, "away"),
        (move(IRISES, right=-5), {"yaw": 25}, "lens"),
    ],
)
def test_eyes_and_head_together_say_where_somebody_looks(moved: Moved, turn: dict[str, float], expected: str) -> None:
    """In the last case the head is turned to the right, and the eyes are turned back to the lens."""
    reading = read_face(kept(turned(mesh(moved), **turn)))
    assert reading is not None
    assert gaze_of(*reading.eyes) == expected


@pytest.mark.parametrize(
    ("turn", "presence", "trouble"),
    [
        ({}, 1.0, None),
        ({}, 0.9, "covered"),
        ({"yaw": 50}, 1.0, "profile"),
        ({"yaw": -50}, 1.0, "profile"),
        ({"roll": 170}, 1.0, "upside down"),
    ],
)
def test_landmarks_tell_a_covered_a_turned_and_an_upside_down_face(
    turn: dict[str, float], presence: float, trouble: str | None
) -> None:
    reading = read_face(kept(turned(mesh(), **turn), presence))
    assert reading is not None
    assert reading.trouble == trouble


def test_landmarks_without_presence_are_no_face() -> None:
    assert read_face(kept(mesh(), 0.3)) is None


def test_rest_is_learnt_from_neutral_moments() -> None:
    learner, neutral, other = RestLearner(), tuple([0.1] * len(KEYS)), tuple([0.9] * len(KEYS))
    assert learner.rest == pytest.approx(USUAL)
    for _ in range(50):
        learner.add(other, 0.1)
        learner.add(neutral, 0.9)
    assert learner.rest == pytest.approx(neutral, abs=0.02)


def test_the_order_of_moments_does_not_change_rest() -> None:
    moments = [(tuple([value / 10] * len(KEYS)), value / 10) for value in range(10)]
    there, back = RestLearner(), RestLearner()
    for (first, last), (values, neutral) in zip(zip(moments, moments, strict=True), reversed(moments), strict=True):
        del last
        there.add(*first)
        back.add(values, neutral)
    assert there.rest == pytest.approx(back.rest)


def test_a_person_is_measured_against_their_own_rest() -> None:
    person = PersonFace()
    for _ in range(20):
        person.measure(kept(mesh()), 0.95)
    measured = person.measure(kept(mesh(MOVES["lip_corners"])), 0.0)
    assert measured is not None
    smile = dict(zip(KEYS, measured.measures, strict=True))
    assert smile["lip_corners"] == pytest.approx(0.06, abs=0.01)
    assert abs(smile["brows_inner"]) < 0.01


def test_a_stranger_is_measured_against_the_usual_face() -> None:
    measured = measure_stranger(kept(mesh()))
    assert measured is not None
    assert measured.measures == difference(measure(upright(kept(mesh()))), USUAL)
