"""What is learnt from a calibration, and how an actor is guided through it."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from calibration_help import face, part
from hypothesis import given
from hypothesis import strategies as st

from coach.base.types import EMOTIONS, Reason
from coach.core.actor.calibration import Moment, PartKind, ShownPart, learn, plan, problem_of
from coach.core.actor.guide import (
    MAX_TRIES,
    PREPARE_S,
    AllShown,
    GaveUp,
    Guide,
    GuideEvent,
    Kept,
    Prompted,
    Watching,
    watch_s,
)
from coach.core.actor.likeness import Likeness

MODELS = {"audience": "a" * 64}


def whole() -> list[ShownPart]:
    """All parts of a calibration, every emotion twice."""
    return [part("rest"), part("sentence"), part("turns"), *(part(emotion) for emotion in (*EMOTIONS, *EMOTIONS))]


@given(seed=st.integers(0, 1000))
def test_a_plan_has_every_emotion_twice_and_none_twice_in_a_row(seed: int) -> None:
    parts = plan(random.Random(seed))
    assert parts[:3] == ["rest", "sentence", "turns"]
    assert sorted(parts[3:]) == sorted([*EMOTIONS, *EMOTIONS])
    assert all(first != second for first, second in itertools.pairwise(parts))


def test_plans_come_in_different_orders() -> None:
    assert len({tuple(plan(random.Random(seed))) for seed in range(10)}) > 5


def test_a_calibration_recognises_the_actor_again() -> None:
    calibration = learn("Mara", MODELS, whole())
    likeness = Likeness(calibration.profile.examples, calibration.profile.spread)
    for emotion in EMOTIONS:
        distances = likeness.distances(face(emotion, seed=77))
        assert EMOTIONS[int(np.argmin(distances))] == emotion
    assert [row.recognised for row in calibration.rows] == [True] * 7
    assert calibration.missing == ()


def test_an_example_is_taken_from_the_strongest_part_of_what_was_shown() -> None:
    (example,) = [e for e in learn("Mara", MODELS, [*whole()[:4], part("sad")]).profile.examples if e.label == "sad"]
    strength = np.abs(example.face.points - face(None).points).mean()
    assert strength > 0.8 * np.abs(face("sad").points - face(None).points).mean()


def test_a_speaking_mouth_counts_as_a_neutral_face() -> None:
    calibration = learn("Mara", MODELS, whole())
    assert [e.label for e in calibration.profile.examples if e.origin == "speaking"] == ["neutral"]


def test_the_table_says_how_everybody_s_model_read_each_example() -> None:
    parts = [part("rest"), part("sad", read="neutral"), part("angry"), part("sad", read="fear")]
    rows = {row.emotion: row for row in learn("Mara", MODELS, parts).rows}
    assert rows["sad"].read == ("neutral", "fear")
    assert rows["angry"].recognised is None


def test_emotions_that_were_not_shown_are_named() -> None:
    calibration = learn("Mara", MODELS, [part("rest"), part("sad"), part("angry")])
    assert calibration.missing == ("disgust", "fear", "happy", "surprise", "neutral")


@pytest.mark.parametrize(
    ("parts", "message"),
    [([part("sad"), part("angry")], "needs a part at rest"), ([part("rest"), part("sad")], "at least two emotions")],
)
def test_too_few_parts_are_refused(parts: list[ShownPart], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        learn("Mara", MODELS, parts)


def blind(reason: Reason, seconds: float = 3.0) -> list[Moment]:
    return [Moment(i / 5, None, reason) for i in range(round(seconds * 5))]


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("too dark", "Turn to the light"),
        ("too small", "Come closer"),
        ("profile", "Look at the camera"),
        ("upside down", "Turn the camera"),
        ("no face", "Sit in the middle"),
        ("unreadable", "Sit in the middle"),
    ],
)
def test_a_part_that_could_not_be_read_says_what_to_do(reason: Reason, advice: str) -> None:
    problem = problem_of(ShownPart("fear", [*part("fear", seconds=1).moments, *blind(reason)]))
    assert problem is not None
    assert advice in problem


def test_while_the_head_turns_the_face_may_be_out_of_sight() -> None:
    assert problem_of(ShownPart("turns", [*part("turns", seconds=1).moments, *blind("profile")])) is None


def test_a_part_that_is_too_short_says_so() -> None:
    assert "too short" in (problem_of(part("fear", seconds=0.4)) or "")


# --- the guide ------------------------------------------------------------------------------------------------------


def guide_through(
    kinds: list[PartKind], dark_s: tuple[float, float] = (0, 0)
) -> tuple[Guide, list[tuple[float, GuideEvent]]]:
    """Play all parts at ten moments a second; between the two times it is dark."""
    guide, events, i = Guide(kinds), [], 0
    while not guide.ended:
        t = i / 10
        is_dark = dark_s[0] <= t < dark_s[1]
        moment = Moment(t, None, "too dark") if is_dark else Moment(t, face("sad", seed=i % 7))
        events += [(t, event) for event in guide.step(moment)]
        i += 1
    return guide, events


def test_every_part_is_prompted_watched_and_kept() -> None:
    guide, events = guide_through(["rest", "sad"])
    assert [event for _, event in events] == [
        Prompted("rest", 1, 2),
        Watching("rest", watch_s("rest")),
        Kept("rest"),
        Prompted("sad", 2, 2),
        Watching("sad", watch_s("sad")),
        Kept("sad"),
        AllShown(),
    ]
    assert [shown.kind for shown in guide.shown] == ["rest", "sad"]
    assert guide.step(Moment(99, None)) == []


def test_only_what_is_shown_after_the_prompt_counts() -> None:
    guide, _ = guide_through(["sad"])
    assert guide.shown[0].moments[0].t > PREPARE_S
    assert guide.shown[0].moments[-1].t == pytest.approx(PREPARE_S + watch_s("sad"), abs=0.1)


def test_a_whole_guided_calibration_takes_about_two_minutes() -> None:
    _, events = guide_through(plan(random.Random(1)))
    assert 110 < events[-1][0] < 150


def test_a_dark_part_is_stopped_at_once_and_shown_again() -> None:
    _, events = guide_through(["rest", "sad"], dark_s=(4, 7))
    again = next((t, event) for t, event in events if isinstance(event, Prompted) and event.problem)
    assert again[0] < 6
    assert again[1] == Prompted("rest", 1, 2, "It is too dark. Turn to the light, and show it again.")
    assert events[-1][1] == AllShown()


def test_a_part_that_fails_again_and_again_ends_the_calibration() -> None:
    guide, events = guide_through(["rest", "sad"], dark_s=(0, 1000))
    assert isinstance(events[-1][1], GaveUp)
    assert sum(isinstance(event, Prompted) for _, event in events) == MAX_TRIES
    assert guide.shown == []
