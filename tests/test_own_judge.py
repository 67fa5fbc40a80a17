"""Whether the face of a line was like the actor's own examples."""

from __future__ import annotations

import numpy as np
import pytest
from calibration_help import face, part

from coach.base.mesh import KEPT
from coach.base.types import EMOTIONS, Emotion, FacePoints
from coach.core.actor.calibration import learn
from coach.core.actor.examples import Face, face_of
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
    kept = face_of(FacePoints((0.0, 0.0), distance, tuple(offsets), 1.0, ()), whole.log_odds.tolist())
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
