"""Cautions and remarks on a script before it is played."""

from __future__ import annotations

import pytest

from coach.core.scoring.advice import cautions_on, remarks_on
from coach.core.script.script import Line, Pause, Script
from coach.core.script.timeline import build_timeline


def cautions(*items: Line | Pause, lead_in_s: float = 3.0) -> list[tuple[int, str]]:
    script = Script(lines=items)
    return [(c.line, c.message) for c in cautions_on(script, build_timeline(script), lead_in_s)]


def remarks(*items: Line | Pause) -> list[str]:
    return list(remarks_on(build_timeline(Script(lines=items))))


def line(text: str = "A few words.", **fields: object) -> Line:
    return Line.model_validate({"text": text, "emotion": "happy", **fields})


def test_a_good_script_has_no_cautions_and_no_remarks() -> None:
    assert cautions(line(duration_s=3), line(cue="A door.", duration_s=2)) == []
    assert remarks(line(duration_s=3)) == []


def test_a_line_too_short_for_its_words_gets_a_caution() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve"
    assert cautions(line(text, duration_s=2)) == [
        (1, "2.0 s is too short to say 12 words; even said fast they take 3.3 s")
    ]
    assert cautions(line(text, duration_s=3.4)) == []


def test_an_overlong_line_gets_a_caution_unless_both_times_are_written() -> None:
    messages = cautions(line("No.", start_s=0), line(start_s=20, duration_s=3))
    assert [number for number, _ in messages] == [1]
    assert "20.0 s is long for words of 1.1 s" in messages[0][1]
    assert cautions(line("No.", duration_s=20)) == []
    assert cautions(line("No.", start_s=0, end_s=20)) == []


def test_a_line_or_part_too_short_to_be_read_gets_a_caution() -> None:
    assert "this line has 0.8 s" in cautions(line("No", duration_s=0.8))[0][1]
    assert "shortest part of this arc has 0.4 s" in cautions(line("No", emotion="sad > fear @90%", duration_s=4))[0][1]
    assert cautions(line("No", emotion=None, duration_s=0.8)) == []


def test_a_cue_longer_than_the_time_before_its_line_gets_a_caution() -> None:
    cue = "A car door. Then footsteps on the gravel."
    assert "3.1 s to say, and only 1.0 s come before" in cautions(line(), Pause(pause_s=1), line(cue=cue))[0][1]
    assert cautions(line(), Pause(pause_s=5), line(cue=cue)) == []


def test_the_first_cue_is_spoken_in_the_lead_in() -> None:
    assert cautions(line(cue="A door."), lead_in_s=3) == []
    assert "only 0.5 s" in cautions(line(cue="A door."), lead_in_s=0.5)[0][1]


def test_untracked_lines_share_one_remark() -> None:
    assert remarks(line(emotion=None)) == ["Line 1 is untracked and will not be scored."]
    several = [line(), line(mode="untracked"), line(), *[line(emotion=None)] * 3, line(), line(mode="untracked")]
    assert remarks(*several) == ["Lines 2, 4-6 and 8 are untracked and will not be scored."]


def test_sadness_gets_a_remark() -> None:
    assert remarks(line(emotion="sad"), line(emotion="fear > sad"))[0].startswith("Lines 1 and 2 ask for sadness")
    assert "36 %" in remarks(line(emotion="sad"))[0]
    assert remarks(line(emotion="sad, fear")) == []
    assert "untracked" in remarks(line(emotion="sad", mode="untracked"))[0]


def test_low_intensities_that_look_neutral_get_a_remark() -> None:
    assert "at low intensity 22 of 100 viewers" in remarks(line(emotion="angry", intensity=[0.1, 0.4]))[0]
    assert "at low intensity 23 of 100 viewers" in remarks(line(emotion="fear", intensity=[0.1, 0.4]))[0]
    assert remarks(line(emotion="angry", intensity=[0.4, 0.9])) == []
    assert remarks(line(emotion="fear", intensity=[0.2, 0.5])) == [], "the middle of this band is a medium intensity"
    assert remarks(line(emotion="happy", intensity=[0.1, 0.4])) == []


STRAY = [
    # start of the line, correct form
    ("(sad) Go.", "[sad]"),
    ("{happy} Go.", "[happy]"),
    ("sad: Go.", "[sad]"),
    ("1. [sad] Go.", "[sad]"),
    ("- [sad] Go.", "[sad]"),
    ("> [sad] Go.", "[sad]"),
    ("**[sad]** Go.", "[sad]"),
    ("\u201c[sad] Go.\u201d", "[sad]"),
    ("(sad, 6s) Go.", "[sad 6s]"),
    ("(fear/surprise) Go.", "[fear, surprise]"),
    ("- [sad > fear @60% 2s-8s 0.3-0.8] Go.", "[sad > fear @60% 2s-8s 0.3-0.8]"),
    ("(beats 3)", "[3 beats]"),
    ("- (beat)", "[beat]"),
    ("(pause)", "[pause 2s]"),
    ("(3 sec pause)", "[pause 3s]"),
    ("title: Waiting for news", "[title: Waiting for news]"),
    ("language: ro", "[language: ro]"),
    ("pace: 130 wpm, beat 0.6s", "[pace: 130 wpm, beat 0.6s]"),
    ("cue: A car door.", "[cue: A car door.]"),
    ("- [cue: A car door] Go.", "[cue: A car door]"),
]


@pytest.mark.parametrize(("text", "form"), STRAY, ids=[text for text, _ in STRAY])
def test_a_stray_tag_gets_a_caution_with_the_correct_form(text: str, form: str) -> None:
    messages = cautions(line(), line(text, emotion=None))
    assert [number for number, _ in messages] == [2]
    assert f"write {form} at the very start of a line" in messages[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "Happy are those who wait.",
        "Title? I have none.",
        "(at the sink) You're up late.",
        "(happy to see you) Come in.",
        "(sadly) Yes.",
        "Calm down: it is over.",
        "Language: that is all we had.",
        "Pause here, will you?",
        "Beat me, then.",
        "- No.",
        "'Sad,' he said: go.",
        "(reads) Dear father: I am sad.",
        "\u2026",
    ],
)
def test_ordinary_words_are_not_tags(text: str) -> None:
    assert cautions(line(text, emotion=None)) == []


def test_a_direction_after_a_tag_is_not_a_tag() -> None:
    assert cautions(line("(happy) Come in.", emotion="sad")) == []


@pytest.mark.parametrize("character", ["*", "[", "1. ", "sad ", "> ", "\u201c", "@6 ", "1.", "- "])
def test_the_search_for_a_stray_tag_is_fast_on_any_text(character: str) -> None:
    """A backtracking regular expression would not terminate on such a text."""
    text = character * (1900 // len(character))
    assert all("looks like a tag" not in message for _, message in cautions(line(text, emotion=None)))
    cautions(line(f"({text[:390]})", emotion=None))
