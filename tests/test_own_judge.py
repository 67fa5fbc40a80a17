"""Whether the face of a line was like the actor's own examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from calibration_help import face, part

from coach.base.events import Fit, LineEnded, LineStarted, Reading
from coach.base.mesh import KEPT
from coach.base.types import EMOTIONS, Box, Emotion, FacePoints, Observation
from coach.base.types import Face as FaceInFrame
from coach.core.actor.calibration import learn
from coach.core.actor.examples import Face, face_of, kept_points
from coach.core.scoring.own_judge import MIN_MOMENTS, OwnJudge


@pytest.fixture(scope="module")
def judge() -> OwnJudge:
    parts = [part("rest"), *(part(emotion) for emotion in EMOTIONS)]
    return OwnJudge(learn("Mara", {"m": "0" * 64}, parts).profile)


def play(judge: OwnJudge, index: int, emotion: Emotion | None, count: int = 10, number: int = 0) -> None:
    for seed in range(count):
        judge.add(index, number, face(emotion, seed=50 + seed))


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_line_played_with_the_actor_s_own_expression_is_like_it(judge: OwnJudge, emotion: Emotion) -> None:
    judge.begin(1)
    play(judge, 1, emotion)
    found = judge.answer(1, [[emotion]])
    assert found is not None
    assert (found.kind, found.like) == ("yes", emotion)


def test_a_line_played_with_another_expression_names_it(judge: OwnJudge) -> None:
    judge.begin(1)
    play(judge, 1, "sad")
    found = judge.answer(1, [["angry"]])
    assert found is not None
    assert (found.kind, found.like) == ("no", "sad")


def test_the_strongest_moments_decide_although_most_of_the_line_is_neutral(judge: OwnJudge) -> None:
    judge.begin(1)
    play(judge, 1, None, 10)
    play(judge, 1, "fear", 8)
    found = judge.answer(1, [["fear"]])
    assert found is not None
    assert found.kind == "yes"


def test_the_weaker_part_of_an_arc_decides(judge: OwnJudge) -> None:
    judge.begin(1)
    play(judge, 1, "sad", number=0)
    play(judge, 1, "sad", number=1)
    found = judge.answer(1, [["sad"], ["happy"]])
    assert found is not None
    assert (found.kind, found.like) == ("no", "sad")


def test_a_repetition_begins_anew(judge: OwnJudge) -> None:
    judge.begin(1)
    play(judge, 1, "sad")
    judge.begin(1)
    play(judge, 1, "happy")
    found = judge.answer(1, [["happy"]])
    assert found is not None
    assert found.kind == "yes"


def test_too_few_moments_have_no_answer(judge: OwnJudge) -> None:
    judge.begin(1)
    play(judge, 1, "sad", MIN_MOMENTS - 1)
    assert judge.answer(1, [["sad"]]) is None
    assert judge.answer(99, [["sad"]]) is None


def test_the_kept_landmarks_of_a_face_compare_like_all_of_them(judge: OwnJudge) -> None:
    whole = face("fear", seed=3)
    middle = whole.points[[33, 263]].mean(axis=0)
    distance = float(np.linalg.norm(whole.points[33] - whole.points[263]))
    offsets = ((whole.points - middle) / distance * 1000)[list(KEPT)].round().astype(int).ravel().tolist()
    kept = face_of(FacePoints((0.0, 0.0), distance, tuple(offsets), 1.0), whole.log_odds.tolist())
    assert isinstance(kept, Face)
    judge.begin(2)
    for _ in range(MIN_MOMENTS):
        judge.add(2, 0, kept)
    judge.begin(3)
    for _ in range(MIN_MOMENTS):
        judge.add(3, 0, whole)
    from_kept, from_whole = (judge.answer(index, [["fear"]]) for index in (2, 3))
    assert from_kept is not None
    assert from_whole is not None
    assert from_kept.distance == pytest.approx(from_whole.distance, rel=0.02)


def reading_of(emotion: Emotion, t: float) -> Reading:
    """A reading in line 1 of a face that shows `emotion`."""
    shown = face(emotion, seed=round(t * 10))
    odds = [1 / (1 + math.exp(-value)) for value in shown.log_odds]
    even = tuple(value / sum(odds) for value in odds)
    seen = Observation(t, (FaceInFrame(0, Box(0, 0, 9, 9), even, points=kept_points(shown)),))  # type: ignore[arg-type]
    return Reading(t, seen, index=1, fit=Fit(True), even_handed=even)  # type: ignore[arg-type]


def test_an_attempt_that_was_cut_short_does_not_replace_the_one_that_is_reported(judge: OwnJudge) -> None:
    judge.handle(LineStarted(0, 1, 2))
    for i in range(10):
        judge.handle(reading_of("fear", i / 5))
    judge.handle(LineEnded(2, 1))
    judge.handle(LineStarted(2, 1, 4))
    for i in range(5):
        judge.handle(reading_of("happy", 2 + i / 5))
    judge.handle(LineEnded(3, 1, cut=True))
    found = judge.answer(1, [["fear"]])
    assert found is not None
    assert found.like == "fear"
