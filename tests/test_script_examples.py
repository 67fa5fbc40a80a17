"""The shipped example scripts: each loads, plays without warnings, and shows its feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.base.files import examples_folder
from coach.base.settings import Settings
from coach.core.scoring.advice import cautions_on
from coach.core.script.script import Line, Pause, Script
from coach.core.script.timeline import build_timeline
from coach.scripts import load_script

EXAMPLES = sorted(path for path in examples_folder().iterdir() if path.suffix in {".yaml", ".json", ".txt", ".md"})


def example(name: str) -> Script:
    return load_script(examples_folder() / name)


def test_every_script_format_has_an_example() -> None:
    assert {path.suffix for path in EXAMPLES} == {".yaml", ".json", ".txt", ".md"}
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_each_example_loads_and_plays_without_warnings(path: Path) -> None:
    script = load_script(path)
    timeline = build_timeline(script)
    assert script.title != "Untitled"
    assert cautions_on(script, timeline, Settings().lead_in_s) == ()
    assert any(line.target for line in script.spoken)


def test_the_demo_script_fits_the_sample_take() -> None:
    timeline = build_timeline(example("waiting_for_news.yaml"))
    tags = [(turn.start, str(turn.line.target)) for turn in timeline.turns]
    borders = [0, 6.4, 8.8, 14.2, 18.0]
    assert [start for start, _ in tags] == pytest.approx(borders)
    assert [tag for _, tag in tags] == ["sad", "fear", "happy", "surprise", "happy"]
    assert timeline.end == pytest.approx(19.6)  # the take lasts 19.69 s


def test_the_wrong_tag_demo_differs_in_one_tag() -> None:
    right_tag, wrong_tag = example("waiting_for_news.yaml"), example("wrong_tag.yaml")
    differing = [(a, b) for a, b in zip(right_tag.lines, wrong_tag.lines, strict=True) if a != b]
    assert len(differing) == 1
    a, b = differing[0]
    assert isinstance(a, Line)
    assert isinstance(b, Line)
    assert a.model_copy(update={"emotion": b.emotion}) == b
    assert (str(a.emotion), str(b.emotion)) == ("surprise", "angry")


def test_the_long_example_has_at_least_sixty_lines_and_every_emotion() -> None:
    script = example("the_understudy.md")
    assert len(script.spoken) >= 60
    assert {word for line in script.spoken if line.target for word in line.target.accepted} == {
        "angry",
        "disgust",
        "fear",
        "happy",
        "sad",
        "surprise",
        "neutral",
    }


def test_the_example_of_short_forms_uses_each_of_them() -> None:
    script = example("kitchen_light.txt")
    lines = script.spoken
    targets = [line.target for line in lines if line.target]
    assert any(line.mode == "untracked" for line in lines)
    assert any(line.duration_s for line in lines)
    assert any(line.intensity for line in lines)
    assert any(line.cue for line in lines)
    assert any(len(target.parts) > 1 for target in targets)
    assert any(len(target.parts[0].accepted) > 1 for target in targets)
    assert {Pause(beats=1), Pause(pause_s=2), Pause(beats=2)} <= set(script.lines)


def test_the_romanian_example_uses_the_correct_letters() -> None:
    script = example("ultimul_tren.yaml")
    text = " ".join(line.text for line in script.spoken)
    assert script.language == "ro"
    assert set("ăâîșțȘ") <= set(text)
    assert not set("şţŞŢ") & set(text)  # the letters with a cedilla are Turkish
