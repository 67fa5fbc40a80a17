"""When a spoken line is over: what users of such programs complain of, and properties of the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.core.rehearsal.line_end import LONGEST_HELD_S, LineEndRule, SoundMoment

CHUNK_S = 0.032
QUIET = 0.01, -60.0
VOICE = 0.98, -20.0
WHISPER = 0.93, -42.0
FAR = 0.98, -62.0


def sound(*parts: tuple[float, tuple[float, float]]) -> Iterator[SoundMoment]:
    """Consecutive sounds, each with its length in seconds, its probability of speech and its level."""
    t = 0.0
    for seconds, (speech, level) in parts:
        for _ in range(round(seconds / CHUNK_S)):
            t += CHUNK_S
            yield SoundMoment(t, CHUNK_S, speech, level)


def end_of(moments: Iterable[SoundMoment], rule: LineEndRule | None = None) -> float | None:
    """When the line is over; None if it is not."""
    rule = rule or LineEndRule(2.0)
    return next((moment.t for moment in moments if rule.hear(moment)), None)


def test_a_line_ends_when_the_chosen_silence_has_followed_speech() -> None:
    for silence_s in (1.0, 2.0, 6.0):
        assert end_of(sound((3, VOICE), (20, QUIET)), LineEndRule(silence_s)) == pytest.approx(3 + silence_s, abs=0.1)


def test_a_line_does_not_end_before_it_is_spoken_and_the_run_goes_on_after_30_s() -> None:
    assert end_of(sound((300, QUIET))) is None
    assert end_of(sound((30, QUIET), (3, VOICE), (5, QUIET))) == pytest.approx(35, abs=0.1)


def test_an_actor_who_thinks_for_less_than_the_silence_is_not_cut_off() -> None:
    assert end_of(sound((2, VOICE), (1.8, QUIET), (2, VOICE), (5, QUIET))) == pytest.approx(7.8, abs=0.1)


def test_an_actor_who_has_said_little_of_a_long_line_has_time_to_think() -> None:
    rule = LineEndRule(2.0)
    rule.start_line(shortest_s=8.0)
    assert end_of(sound((0.5, VOICE), (12, QUIET), (6, VOICE), (5, QUIET)), rule) == pytest.approx(20.5, abs=0.1)
    rule.start_line(shortest_s=8.0)
    assert end_of(sound((0.5, VOICE), (20, QUIET)), rule) == pytest.approx(0.5 + LONGEST_HELD_S, abs=0.1)


def test_a_beat_of_the_script_after_the_line_may_be_held_for_at_most_15_s() -> None:
    rule = LineEndRule(2.0)
    for beat_s, asked_s in ((0.0, 2.0), (3.0, 5.0), (60.0, 15.0)):
        rule.start_line(beat_s=beat_s)
        assert end_of(sound((3, VOICE), (20, QUIET)), rule) == pytest.approx(3 + asked_s, abs=0.1)


def test_whispering_counts_also_after_loud_speech() -> None:
    assert end_of(sound((3, WHISPER), (5, QUIET))) == pytest.approx(5, abs=0.1)
    assert end_of(sound((5, VOICE), (1, QUIET), (4, WHISPER), (5, QUIET))) == pytest.approx(12, abs=0.1)


def test_coughs_and_doors_neither_begin_nor_prolong_a_line() -> None:
    cough, slam = (0.18, VOICE), (0.5, (0.03, -8.0))
    assert end_of(sound((1, QUIET), cough, (0.5, QUIET), cough, slam, (30, QUIET))) is None
    end = end_of(sound((3, VOICE), (0.5, QUIET), cough, (0.2, QUIET), slam, (0.1, QUIET), cough, (3, QUIET)))
    assert end == pytest.approx(5, abs=0.1)


def test_a_line_does_not_end_during_a_sound_that_may_become_speech() -> None:
    end = end_of(sound((3, VOICE), (1.9, QUIET), (2, VOICE), (5, QUIET)))
    assert end == pytest.approx(8.9, abs=0.1)


def test_a_short_word_is_a_line() -> None:
    assert end_of(sound((1, QUIET), (0.26, VOICE), (5, QUIET))) == pytest.approx(3.26, abs=0.1)


def test_speech_far_below_the_level_of_the_actor_does_not_prolong_a_line() -> None:
    assert end_of(sound((5, VOICE), (10, FAR))) == pytest.approx(7, abs=0.3)


def test_where_others_talk_all_the_time_the_louder_actor_still_ends_a_line() -> None:
    others = 0.9, -34.0
    end = end_of(sound((12, others), (4, VOICE), (6, others)))
    assert end == pytest.approx(18, abs=0.3)


def test_speech_over_the_start_of_a_line_belongs_to_it() -> None:
    rule = LineEndRule(2.0)
    assert end_of(sound((1, VOICE)), rule) is None
    rule.start_line()
    assert rule.begun
    assert end_of(sound((5, QUIET)), rule) == pytest.approx(2, abs=0.1)
    rule.start_line()
    assert not rule.begun


PARTS = st.lists(
    st.tuples(st.floats(0.05, 4.0), st.tuples(st.floats(0, 1), st.floats(-70, 0))), min_size=1, max_size=12
)


@given(PARTS, st.floats(1, 6))
def test_no_line_ends_before_speech_nor_during_it_nor_before_the_chosen_silence(
    parts: list[tuple[float, tuple[float, float]]], silence_s: float
) -> None:
    rule = LineEndRule(silence_s)
    spoken = False
    for moment in sound(*parts):
        over = rule.hear(moment)
        spoken = spoken or moment.speech >= 0.5
        if over:
            assert spoken
            assert not rule.speaking
            assert rule.silent_s >= silence_s


@given(PARTS)
def test_a_line_that_was_spoken_ends_whatever_was_heard_before(parts: list[tuple[float, tuple[float, float]]]) -> None:
    rule = LineEndRule(2.0)
    for moment in sound(*parts):
        rule.hear(moment)
    rule.start_line()
    assert end_of(sound((1, QUIET), (3, (0.99, -3.0)), (LONGEST_HELD_S + 1, QUIET)), rule) is not None


@given(st.floats(0.005, 0.1), st.floats(1, 6))
def test_the_length_of_the_chunks_does_not_matter(chunk_s: float, silence_s: float) -> None:
    rule, t, end = LineEndRule(silence_s), 0.0, None
    while end is None and t < 12:
        t += chunk_s
        if rule.hear(SoundMoment(t, chunk_s, *(VOICE if t <= 3 else QUIET))):
            end = t
    assert end == pytest.approx(3 + silence_s, abs=2.1 * chunk_s)
