"""How like an actor's own examples a face is, whatever the place, the size and the turn of the head."""

from __future__ import annotations

import math

import numpy as np
import pytest
from actor_help import Person, odds_of, turned
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.base.types import EMOTIONS, Emotion
from coach.core.actor.alignment import EXPRESSION_POINTS, POINT_COUNT, level, mean_shape, turn_to
from coach.core.actor.examples import DISPUTED_WEIGHT, ActorProfile, Example, Face
from coach.core.actor.general_spread import GENERAL_SPREAD
from coach.core.actor.likeness import Likeness
from coach.core.actor.spread import GENERAL_PARTS, OwnSpread, moving_spread, shrunk

ANNA = Person(1)
LIKENESS = Likeness(ANNA.examples())


def nearest(distances: tuple[float, ...]) -> Emotion:
    return EMOTIONS[min(range(7), key=distances.__getitem__)]


def test_the_expression_points_are_different_points_of_the_face() -> None:
    assert len(set(EXPRESSION_POINTS)) == 146
    assert max(EXPRESSION_POINTS) < POINT_COUNT


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_another_performance_of_an_emotion_is_nearest_to_its_example(emotion: Emotion) -> None:
    assert nearest(LIKENESS.distances(ANNA.face(emotion, seed=9, read="neutral"))) == emotion


@settings(max_examples=30, deadline=None)
@given(
    yaw=st.floats(-25, 25),
    pitch=st.floats(-20, 20),
    roll=st.floats(-30, 30),
    size=st.floats(0.2, 5),
    place=st.floats(-500, 500),
)
def test_turning_moving_and_scaling_the_head_changes_nothing(
    yaw: float, pitch: float, roll: float, size: float, place: float
) -> None:
    face = ANNA.face("fear", seed=4)
    other = Face(turned(face.points, yaw, pitch, roll) * size + place, face.log_odds)
    np.testing.assert_allclose(LIKENESS.distances(other), LIKENESS.distances(face), rtol=1e-6)


def test_an_example_itself_has_no_distance() -> None:
    example = ANNA.examples()[2]
    assert LIKENESS.distances(example.face)[2] == pytest.approx(0, abs=1e-9)


def test_log_odds_add_to_the_distance() -> None:
    points = ANNA.points("sad", seed=3)
    same, other = (LIKENESS.distances(Face(points, odds_of(emotion))) for emotion in ("neutral", "happy"))
    assert all(b > a for a, b in zip(same, other, strict=True))


def test_an_emotion_without_an_example_is_infinitely_far() -> None:
    some = Likeness([example for example in ANNA.examples() if example.label in ("sad", "happy")])
    distances = some.distances(ANNA.face("sad", seed=5))
    assert some.emotions == ("happy", "sad")
    assert [EMOTIONS[i] for i, distance in enumerate(distances) if math.isfinite(distance)] == ["happy", "sad"]


def test_the_nearest_of_several_examples_counts() -> None:
    face = ANNA.face("angry", seed=7, read="neutral")
    both = Likeness([*ANNA.examples(), Example(face, "angry")])
    assert both.distances(face)[0] < LIKENESS.distances(face)[0]


def test_a_disputed_example_counts_less_than_a_calibrated_one() -> None:
    moment, again = (ANNA.face("surprise", seed=seed, read="neutral") for seed in (20, 21))
    calibrated, disputed = (
        Likeness([Example(moment, "fear", weight), Example(ANNA.face("sad"), "sad")]).distances(again)[2]
        for weight in (1.0, DISPUTED_WEIGHT)
    )
    assert disputed == pytest.approx(calibrated / DISPUTED_WEIGHT)


def test_an_actor_without_examples_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="without examples"):
        Likeness([])


def test_faces_are_compared_together_as_one_by_one() -> None:
    faces = [ANNA.face(emotion, seed=11) for emotion in EMOTIONS]
    together = LIKENESS.distances_of(np.stack([f.points for f in faces]), np.stack([f.log_odds for f in faces]))
    np.testing.assert_allclose(together, [LIKENESS.distances(face) for face in faces])


def test_shapes_are_measured_in_eye_distances() -> None:
    shapes = level(np.stack([turned(ANNA.rest, roll=20) * 3]), (33, 263))
    np.testing.assert_allclose(shapes[0, :, :2], [[-0.5, 0], [0.5, 0]], atol=1e-9)


def test_a_mirrored_face_is_not_turned_into_its_mirror_image() -> None:
    shape = level(ANNA.rest[None])
    mirrored = shape * (-1, 1, 1)
    assert np.abs(turn_to(shape[0], mirrored)[0] - shape[0]).max() > 0.1


def test_the_mean_shape_is_that_of_faces_laid_over_each_other() -> None:
    heads = np.stack([turned(ANNA.rest, yaw) for yaw in (-20, 0, 20)])
    shapes = level(heads)
    residuals = turn_to(mean_shape(shapes), shapes) - mean_shape(shapes)
    assert np.abs(residuals).max() < 1e-6


# --- spread ---------------------------------------------------------------------------------------------------------


def moving_frames(point: int, frames: int = 20) -> np.ndarray:
    """Frames of one expression in which one of the expression points moves much, and the others a little."""
    rng = np.random.default_rng(point)
    points = ANNA.rest + rng.normal(0, 0.2, (frames, POINT_COUNT, 3))
    points[:, EXPRESSION_POINTS[point]] += rng.normal(0, 5, (frames, 3))
    return points


def test_an_actors_spread_is_large_where_the_face_moves() -> None:
    own = moving_spread([moving_frames(60), moving_frames(60)])
    assert own is not None
    assert own.relative.argmax() == 60
    assert own.parts == 2
    assert own.relative.mean() == pytest.approx(1)


def test_still_or_short_parts_have_no_spread() -> None:
    assert moving_spread([np.repeat(ANNA.rest[None], 5, axis=0), moving_frames(3, frames=2)]) is None


def test_an_own_spread_is_shrunk_towards_the_general_one() -> None:
    relative = np.zeros(146)
    relative[7] = 146.0
    mixed = shrunk(GENERAL_SPREAD, OwnSpread(relative, parts=GENERAL_PARTS))
    general = GENERAL_SPREAD.points
    assert mixed.points[7] == pytest.approx((general[7] + 146 * general.mean()) / 2)
    assert mixed.points[8] == pytest.approx(general[8] / 2)
    assert mixed.points.mean() == pytest.approx(general.mean())
    assert shrunk(GENERAL_SPREAD, None) is GENERAL_SPREAD


def test_a_point_that_moves_by_itself_counts_less() -> None:
    relative = np.ones(146)
    relative[0] = 1000
    loose = Likeness(ANNA.examples(), OwnSpread(relative, parts=1000))
    face = ANNA.points("sad", noise=0)
    face[EXPRESSION_POINTS[0]] += (10, 0, 0)
    moved = Face(face, odds_of("neutral"))
    assert loose.distances(moved)[4] < LIKENESS.distances(moved)[4]


def test_the_general_spread_has_a_variance_for_each_point() -> None:
    assert GENERAL_SPREAD.points.shape == (146,)
    assert (GENERAL_SPREAD.points > 0).all()


# --- examples -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "odds", "message"),
    [
        (np.zeros((468, 3)), odds_of("sad"), "points have the shape"),
        (np.full((478, 3), math.nan), odds_of("sad"), "points must be finite"),
        (np.full((478, 3), 1e9), odds_of("sad"), "points must be finite"),
        (ANNA.rest, np.zeros(6), "log odds have the shape"),
        (ANNA.rest, np.full(7, math.inf), "log odds must be finite"),
        (np.zeros((478, 3)), odds_of("sad"), "eye corners"),
    ],
)
def test_numbers_that_are_no_face_are_refused(points: np.ndarray, odds: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Face(points, odds)


@pytest.mark.parametrize("weight", [0.0, -1.0, 1.5, math.nan])
def test_a_weight_is_above_0_and_at_most_1(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        Example(ANNA.face("sad"), "sad", weight)


def test_a_profile_fits_only_the_models_that_made_it() -> None:
    profile = ActorProfile("Anna", {"audience": "a"}, tuple(ANNA.examples()))
    assert profile.fits({"audience": "a"})
    assert not profile.fits({"audience": "b"})
    assert not profile.fits({"audience": "a", "landmarks": "c"})
