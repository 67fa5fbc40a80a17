"""Cautions and remarks on a script before it is played."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coach.core.scoring.advice import cautions_on, remarks_on, scene_warning
from coach.core.scoring.stray_tags import looks_like_scene
from coach.core.script.script import Line, Pause, Script
from coach.core.script.timeline import build_timeline
from coach.scripts import load_script


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
    assert cautions(line(text, duration_s=2)) == [(1, "12 words do not fit into 2.0 s; said fast they take 3.3 s")]
    assert cautions(line(text, duration_s=3.4)) == []


def test_an_overlong_line_gets_a_caution_unless_both_times_are_written() -> None:
    messages = cautions(line("No.", start_s=0), line(start_s=20, duration_s=3))
    assert [number for number, _ in messages] == [1]
    assert "this line lasts 20.0 s, but its words take only 1.1 s" in messages[0][1]
    assert cautions(line("No.", duration_s=20)) == []
    assert cautions(line("No.", start_s=0, end_s=20)) == []


def test_a_line_or_part_too_short_to_be_read_gets_a_caution() -> None:
    assert "this line lasts 0.8 s" in cautions(line("No", duration_s=0.8))[0][1]
    assert (
        "shortest part of this arc lasts 0.4 s" in cautions(line("No", emotion="sad > fear @90%", duration_s=4))[0][1]
    )
    assert cautions(line("No", emotion=None, duration_s=0.8)) == []


def test_a_cue_longer_than_the_time_before_its_line_gets_a_caution() -> None:
    cue = "A car door. Then footsteps on the gravel."
    assert (
        "takes about 3.1 s, but there are only 1.0 s before" in cautions(line(), Pause(pause_s=1), line(cue=cue))[0][1]
    )
    assert cautions(line(), Pause(pause_s=5), line(cue=cue)) == []


def test_the_first_cue_is_spoken_in_the_lead_in() -> None:
    assert cautions(line(cue="A door."), lead_in_s=3) == []
    assert "only 0.5 s" in cautions(line(cue="A door."), lead_in_s=0.5)[0][1]


def test_untracked_lines_share_one_remark() -> None:
    assert remarks(line(emotion=None)) == [
        "No line asks for an emotion, so nothing is scored. Put a tag such as [sad] in front of a line."
    ]
    several = [line(), line(mode="untracked"), line(), *[line(emotion=None)] * 3, line(), line(mode="untracked")]
    assert remarks(*several) == ["Lines 2, 4-6 and 8 have no emotion to read and are not scored."]


def test_sadness_gets_a_remark() -> None:
    assert remarks(line(emotion="sad"), line(emotion="fear > sad"))[0].startswith("Lines 1 and 2 ask for sadness")
    assert "36 %" in remarks(line(emotion="sad"))[0]
    assert remarks(line(emotion="sad, fear")) == []
    assert "nothing is scored" in remarks(line(emotion="sad", mode="untracked"))[0]


def test_low_intensities_that_look_neutral_get_a_remark() -> None:
    assert "angry at low intensity: 22 of 100 viewers" in remarks(line(emotion="angry", intensity=[0.1, 0.4]))[0]
    assert "fear at low intensity: 23 of 100 viewers" in remarks(line(emotion="fear", intensity=[0.1, 0.4]))[0]
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
    ("(pause)", "[beat]"),
    ("(Pause.)", "[beat]"),
    ("Long pause.", "[3 beats]"),
    ("(beat, then:)", "[beat]"),
    ("(Long pause. He sits.)", "[3 beats]"),
    ("<sad> Go.", "[sad]"),
    ("\u3010sad\u3011Go.", "[sad]"),
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


@pytest.mark.parametrize("text", ["(softer)", "(He turns away.)", "\uff08softly\uff09"])
def test_a_direction_alone_gets_a_caution_unless_it_is_silent_acting(text: str) -> None:
    (caution,) = cautions(line(), line(text, emotion=None))
    assert caution[0] == 2
    assert caution[1].startswith("this looks like a direction, but the coach takes it for words that you say")
    for on_purpose in (line(text, duration_s=2), line(text, emotion=None, duration_s=2), line(f"{text} I know.")):
        assert cautions(on_purpose) == []


def test_the_directions_of_a_scene_share_one_warning() -> None:
    script = Script(lines=[line("MARA", emotion=None), line("(softer)", emotion=None), line("I know.")] * 2)
    assert scene_warning(script)
    assert cautions_on(script, build_timeline(script), 3.0) == ()


INSIDE = [
    # words behind a tag, what is named, correct form where it differs
    ("I kept it. [angry] You never asked.", "[angry] stands inside", ""),
    ("Go. [sad] Stay. [fear, surprise 2s] Go.", "[sad] and [fear, surprise 2s] stand inside", ""),
    ("I do. (beat) Every day.", "(beat) stands inside", "[beat]"),
    ("I do. (A long pause.) Every day.", "(A long pause.) stands inside", "[3 beats]"),
    ("Nobody wrote <sad> today.", "<sad> stands inside", "[sad]"),
    ("Go. \u3010sad\u3011Stay.", "\u3010sad\u3011 stands inside", "[sad]"),
    ("Go. [cue: A door] Stay.", "[cue: A door] stands inside", ""),
]


@pytest.mark.parametrize(("text", "named", "form"), INSIDE, ids=[text for text, _, _ in INSIDE])
@pytest.mark.parametrize("emotion", ["happy", None])
def test_a_tag_inside_a_line_gets_a_caution_that_names_it(
    text: str, named: str, form: str, emotion: str | None
) -> None:
    told = [message for _, message in cautions(line(text, emotion=emotion, duration_s=30))]
    assert len(told) == 1
    assert told[0].startswith(named)
    assert told[0].endswith(f", as {form}" if form else "begin a new line with it") or "with them" in told[0]


def test_a_tag_at_the_end_of_a_line_without_one_belongs_in_front() -> None:
    assert cautions(line("She waved. [happy]", emotion=None)) == [
        (1, "[happy] stands at the end of the line, where a tag is not read; put it in front, as [happy]")
    ]


def test_every_suggested_tag_is_valid(tmp_path: Path) -> None:
    texts = [text for text, _ in STRAY] + [text for text, _, _ in INSIDE]
    texts += ["(Pause...)", "(pause .)", "[cue\uff1a door] Go.", "(beat!) Go.", "(pause 2.5s) Go.", "(2 sec pause) Go."]
    for text in texts:
        for _, message in cautions(line(text, emotion=None, duration_s=30)):
            tags = re.findall(r"(?:write|, as) (\[[^\]]*\])", message)
            for tag in tags:
                path = tmp_path / "a.txt"
                path.write_text(f"{tag}\nWords.\n" if ":" in tag else f"{tag} Words.\n")
                assert load_script(path).spoken[-1].text == "Words.", tag


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
        "I am [sic] here (sadly) and <b>bold</b>.",
        "The pause was long (it was a beat).",
        "Silence!",
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
    assert all("like a tag" not in message for _, message in cautions(line(text, emotion=None)))
    cautions(line(f"({text[:390]})", emotion=None))


SCENE = [
    "THE SHOP - DAY",
    "LENA: Is anybody here?",
    "LENA: (to herself) Of course not.",
    "OTTO",
    "(from the back)",
    "We are closed.",
]


def test_a_scene_with_names_and_directions_is_called_one_and_untagged() -> None:
    warning = scene_warning(Script(lines=[line(text, emotion=None) for text in SCENE]))
    assert warning.startswith("This looks like a scene with names and stage directions.")
    assert "none of its lines has a tag" in warning
    tagged = Script(lines=[*(line(text, emotion=None) for text in SCENE), line(), line()])
    assert "only 2 of its 8 lines have a tag" in scene_warning(tagged)


def test_a_monologue_is_not_called_a_scene() -> None:
    said = [
        "Listen: I was there.",
        "NO!",
        "(laughs)",
        "You came back.",
        "I knew it.",
        "Go.",
        "What?",
        "Never.",
        "I SAID NO.",
        "Fine.",
    ]
    assert scene_warning(Script(lines=[line(text, emotion=None) for text in said])) == ""
    assert scene_warning(Script(lines=[line(text) for text in SCENE])) == ""


@pytest.mark.parametrize(
    ("text", "scene"),
    [
        ("OTTO", True),
        ("MRS. LEE (off)", True),
        ("(from the back)", True),
        ("INT. SHOP", True),
        ("The shop - NIGHT", True),
        ("Lena: Is anybody here?", True),
        ("Is anybody here?", False),
        ("(laughs) Not a soul.", False),
        ("NO!", False),
        ("and then: nothing", False),
    ],
)
def test_names_headings_and_directions_look_like_a_scene(text: str, scene: bool) -> None:
    assert looks_like_scene(text) is scene
