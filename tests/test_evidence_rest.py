"""The actor's face at rest is learnt from the take, whatever its tags are."""

from __future__ import annotations

import pytest
from core_help import VIEWERS, frames, line, mixed, play, report_of, scored, seen, slightly_angry, timeline
from hypothesis import given
from hypothesis import strategies as st

from coach.base.settings import Settings
from coach.base.types import EMOTIONS, Emotion, Observation
from coach.core.scoring.evidence import log_odds


def test_the_baseline_is_learnt_in_the_lead_in() -> None:
    """A face that always looks a little sad must show more sadness."""
    lines = timeline((line(emotion="sad"), 6))
    settings = Settings(lead_in_s=3, strictness="strict", coach="off")

    def share(emotion_at_rest: Emotion | None) -> float | None:
        start = (
            []
            if emotion_at_rest is None
            else frames(0, lambda t: mixed(t, **{emotion_at_rest: 0.2, "neutral": 0.7}), start=-3)
        )
        inputs = [*start, *frames(6, lambda t: mixed(t, sad=0.6, neutral=0.3))]
        events = play(lines, inputs, settings, live=True, card=VIEWERS)
        return scored(lines, events, settings, VIEWERS).lines[0].share

    usual = share(None)
    assert usual == pytest.approx((log_odds(0.6) + 3) / 8, abs=0.001)
    assert share("sad") == pytest.approx((log_odds(0.6) - log_odds(0.2)) / 8, abs=0.001)
    assert share("angry") != share("sad")


def calm_after_4_s(t: float) -> Observation:
    """Sadness, then a face at rest that always looks a little sad."""
    return mixed(t, sad=0.6) if t < 4 else mixed(t, sad=0.2, neutral=0.7)


@pytest.mark.parametrize("tag", ["neutral", "angry", None])
def test_the_baseline_is_learnt_from_the_most_neutral_part_of_the_take_whatever_its_tag(tag: Emotion | None) -> None:
    own = report_of(timeline((line(emotion="sad"), 4), (line(emotion=tag), 4)), calm_after_4_s)
    assert own.lines[0].share == pytest.approx((log_odds(0.6) - log_odds(0.2)) / 8, abs=0.001)


def test_the_baseline_is_learnt_in_the_pauses_of_the_script() -> None:
    """Rest is looked for in the lines only where the pauses are too short: here another face shows in them."""

    def show(t: float) -> Observation:
        return mixed(t, angry=0.2, neutral=0.7) if t >= 8 else calm_after_4_s(t)

    lines = timeline((line(emotion="sad"), 4), (line(emotion="angry"), 4), (None, 4), (line(emotion="angry"), 1))
    own = report_of(lines, show)
    usual = log_odds(0.1 / 5)  # the other emotions in the pause
    assert own.lines[0].share == pytest.approx((log_odds(0.6) - usual) / 8, abs=0.001)


def test_tears_that_last_through_a_pause_are_no_rest() -> None:
    def weeping(t: float) -> Observation:
        return mixed(t, sad=0.7, neutral=0.1)

    shares = [
        report_of(timeline(*before, (line("No news.", "sad"), 6)), weeping).lines[-1].share
        for before in ([(line("Tea."), 6)], [(line("Tea."), 6), (None, 6)])
    ]
    assert shares[0] == shares[1]


def test_a_faint_emotion_throughout_a_take_is_not_taken_for_rest() -> None:
    faint = report_of(timeline((line(emotion="angry"), 6)), slightly_angry).lines[0]
    assert faint.share == pytest.approx((log_odds(0.25) + 3) / 8, abs=0.001)


TAGS = st.lists(st.sampled_from(EMOTIONS), min_size=4, max_size=4)


@given(
    st.lists(st.tuples(st.floats(0.2, 2), st.sampled_from(EMOTIONS), st.floats(0.3, 0.9)), min_size=4, max_size=12),
    TAGS,
    TAGS,
    st.integers(0, 3),
)
def test_no_reading_of_a_line_depends_on_the_tags_of_others(
    steps: list[tuple[float, Emotion, float]], tags: list[Emotion], others: list[Emotion], number: int
) -> None:
    inputs, t = [], -2.0
    for gap, emotion, share in steps * 4:
        inputs.append(seen(t, emotion, share))
        t += gap
    results = []
    for each in (tags, [tags[i] if i == number else other for i, other in enumerate(others)]):
        spoken = [line(f"Line {i}.", tag) for i, tag in enumerate(each)]
        lines = timeline((spoken[0], 3), (spoken[1], 2), (None, 1.5), (spoken[2], 3), (spoken[3], 2))
        settings = Settings(lead_in_s=2)
        result = scored(lines, play(lines, inputs, settings, live=True, card=VIEWERS), settings, VIEWERS)
        results.append(result.lines[number].model_copy(update={"bleed_s": 0.0}))
    assert results[0] == results[1]


def test_a_rest_that_is_too_short_gives_no_baseline() -> None:
    lines = timeline((line(emotion="sad"), 4), (line(emotion="neutral"), 4))
    own = report_of(lines, lambda t: mixed(t, sad=0.6) if t < 4 else mixed(t, 0.3, sad=0.2, neutral=0.7))
    assert own.lines[0].share == pytest.approx((log_odds(0.6) + 3) / 8, abs=0.001)
