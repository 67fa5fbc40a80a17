"""Estimated lengths of lines, in any writing system, and of spoken cues."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.core.script.pacing import MIN_LINE_S, count_words, cue_s, estimate_s, fastest_s
from coach.core.script.script import Pace
from coach.voice.voices import render

PACE = Pace(words_per_minute=120, beat_s=0.6)


def test_a_line_takes_its_words_and_a_beat_per_sentence() -> None:
    assert estimate_s("one two three four", PACE) == 2.0
    assert estimate_s("one two three four.", PACE) == 2.6


def test_a_comma_takes_part_of_a_beat_and_an_ellipsis_one() -> None:
    assert estimate_s("one, two three four", PACE) == pytest.approx(2.2, abs=0.05)
    assert estimate_s("one two three four?!...", PACE) == 2.6
    assert estimate_s('"One two three four," he said.', PACE) == pytest.approx(3 + 0.6 + 0.24, abs=0.06)


def test_numbers_apostrophes_and_hyphens_belong_to_words() -> None:
    assert count_words("It's 3.5 o'clock, well-known 1,000") == 5


def test_directions_in_parentheses_are_not_spoken() -> None:
    assert count_words("(whispering, to nobody) Go.") == 1
    assert estimate_s("(She looks up. She waits.)", PACE) == MIN_LINE_S


def test_estimates_follow_the_pace_of_the_script() -> None:
    slow = Pace(words_per_minute=60, beat_s=2)
    assert estimate_s("one two three four.", slow) == 6.0


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("他们说早上会有消息。", "They said there would be news by morning."),
        ("朝には知らせが来ると言われた。", "They said there would be news by morning."),
        ("그들은 아침까지 소식이 있을 거라고 했다.", "They said there would be news by morning."),
        ("พวกเขาบอกว่าจะมีข่าวตอนเช้า", "They said there would be news by morning"),
        ("Au spus că până dimineață vor fi vești.", "They said there would be news by morning."),
        ("Они сказали, что к утру будут новости.", "They said there would be news by morning."),
    ],
    ids=["Chinese", "Japanese", "Korean", "Thai", "Romanian", "Russian"],
)
def test_a_sentence_takes_about_as_long_in_every_writing_system(text: str, english: str) -> None:
    assert estimate_s(text, PACE) == pytest.approx(estimate_s(english, PACE), rel=0.35)


def test_full_width_punctuation_pauses_like_half_width() -> None:
    assert estimate_s("他们说，早上会有消息。", PACE) > estimate_s("他们说早上会有消息", PACE)


def test_even_fast_speech_needs_time() -> None:
    assert fastest_s("one two three four " * 11) == pytest.approx(12.0)


@given(st.text(max_size=200), st.text(max_size=50))
def test_estimates_are_finite_and_grow_with_the_text(text: str, more: str) -> None:
    assert MIN_LINE_S <= estimate_s(text, PACE) < 10_000
    assert count_words(f"{text} one") >= count_words(text) or "(" in text
    assert cue_s(more) > 0


@pytest.mark.parametrize(
    "cue",
    [
        "A car door. Footsteps.",
        "Tyres on the gravel. A car door.",
        "Outside, somebody laughs.",
        "It flickers twice.",
        "Knock.",
        "The light above the table flickers.",
    ],
)
def test_the_estimate_of_a_cue_is_close_to_a_real_voice(cue: str, tmp_path: Path) -> None:
    """Too long an estimate makes the cue early, too short a one makes it run into the line."""
    out = tmp_path / "cue.wav"
    render(cue, out)
    with wave.open(str(out)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    assert seconds - 0.4 <= cue_s(cue) <= seconds + 1.0
