"""What viewers would read and what the actor's own examples say, and the verdict of both."""

from __future__ import annotations

import itertools
import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.base.types import EMOTIONS, Emotion
from coach.core.actor.own_verdict import FAR, OwnAnswer, OwnKind, answer, join, note_stands, own_text
from coach.core.scoring.report import Verdict


def distances(default: float = 9.0, **some: float) -> list[float]:
    return [some.get(emotion, default) for emotion in EMOTIONS]


def kind(row: list[float], *accepted: Emotion) -> str:
    own = answer(row, accepted)
    assert own is not None
    return own.kind


def own_answer(kind: OwnKind) -> OwnAnswer:
    return OwnAnswer(kind, "sad", 1.0, 0.0)


def test_a_face_nearest_to_the_asked_emotion_is_like_it() -> None:
    assert kind(distances(fear=1.0), "fear") == "yes"


def test_a_face_far_from_all_examples_is_only_near() -> None:
    assert kind(distances(fear=FAR), "fear") == "yes"
    assert kind(distances(fear=FAR + 0.1), "fear") == "near"


def test_a_face_a_little_nearer_to_another_emotion_is_near() -> None:
    assert kind(distances(fear=1.5, sad=1.0), "fear") == "near"
    assert kind(distances(fear=1.6, sad=1.0), "fear") == "no"


def test_any_accepted_emotion_counts() -> None:
    row = distances(fear=1.0, surprise=3.0)
    assert kind(row, "surprise") == "no"
    assert kind(row, "surprise", "fear") == "yes"


def test_the_answer_names_the_emotion_that_the_face_is_like() -> None:
    own = answer(distances(fear=8.0, sad=1.0), ("fear",))
    assert own is not None
    assert own_text(own, ("fear",)) == "like your own fear: no, like your own sadness"
    assert own_text(own, ("fear", "neutral")) == "like your own fear or neutral face: no, like your own sadness"


def test_an_answer_without_another_emotion_names_none() -> None:
    own = answer(distances(neutral=1.0), ("neutral",))
    assert own is not None
    assert own_text(own, ("neutral",)) == "like your own neutral face: yes"


def test_without_examples_there_is_no_answer() -> None:
    assert answer(distances(fear=math.inf), ("fear",)) is None
    assert answer(distances(math.inf, fear=1.0), ("fear",)) is None
    assert answer(distances(1.0), EMOTIONS) is None


def test_the_lead_is_above_0_where_the_asked_emotion_is_nearest() -> None:
    own, other = answer(distances(fear=0.0), ("fear",)), answer(distances(fear=0.0), ("sad",))
    assert own is not None
    assert other is not None
    assert own.lead > 0 > other.lead
    assert math.isfinite(own.lead)


@given(st.lists(st.floats(0, 100), min_size=7, max_size=7), st.sampled_from(EMOTIONS))
def test_only_a_no_is_like_another_emotion_and_clearly_nearer_to_it(row: list[float], emotion: Emotion) -> None:
    own = answer(row, (emotion,))
    assert own is not None
    assert (own.kind == "no") <= (own.like != emotion)
    assert (own.kind == "yes") <= (row[EMOTIONS.index(own.like)] == own.distance)


# --- the rule -------------------------------------------------------------------------------------------------------

CASES = [
    ("hit", "yes", "hit", "both"),
    ("hit", "near", "hit", "viewers"),
    ("hit", "no", "hit", "viewers"),
    ("partial", "yes", "hit", "own"),
    ("partial", "near", "partial", "both"),
    ("partial", "no", "partial", "viewers"),
    ("miss", "yes", "hit", "own"),
    ("miss", "near", "partial", "own"),
    ("miss", "no", "miss", "both"),
]


@pytest.mark.parametrize(("viewers", "own", "verdict", "spoke"), CASES)
def test_either_makes_a_hit_and_only_both_make_a_miss(
    viewers: Verdict, own: OwnKind, verdict: Verdict, spoke: str
) -> None:
    joined = join(viewers, own_answer(own))
    assert (joined.verdict, joined.spoke) == (verdict, spoke)


def test_every_case_of_the_rule_is_named() -> None:
    assert len(CASES) == len(list(itertools.product(("hit", "partial", "miss"), get_args(OwnKind))))


@pytest.mark.parametrize("viewers", get_args(Verdict))
def test_without_examples_viewers_decide_alone(viewers: Verdict) -> None:
    joined = join(viewers, None)
    assert (joined.verdict, joined.spoke) == (viewers, "viewers")


def test_what_was_not_scored_stays_so() -> None:
    assert join("not_scored", own_answer("yes")).verdict == "not_scored"


def test_a_note_needs_that_the_face_is_not_like_the_actors_own() -> None:
    assert note_stands(None)
    assert note_stands(own_answer("no"))
    assert not note_stands(own_answer("near"))
    assert not note_stands(own_answer("yes"))
