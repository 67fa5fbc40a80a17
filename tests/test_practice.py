"""Runs for learning lines: speed, short cues, an Italian run, a start at any line, and a drill in random order."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_help import coach_here, report_in, the_take
from core_help import play, scored, seen
from hypothesis import given
from hypothesis import strategies as st

from coach.app.replay import timeline_for
from coach.base.events import LineStarted, NoteGiven, PartnerStarted
from coach.base.settings import Settings
from coach.core.progress.drills import random_passages
from coach.core.script.practice import LONG_SPEECH_WORDS, SHORT_CUE_WORDS, short_cue, with_cue
from coach.core.script.script import Script
from coach.core.script.timeline import PartnerTurn, Timeline, Turn, build_timeline

LONG = "I have told you many times that nobody in this house will ever go down there again."

SCENE = Script.model_validate(
    {
        "title": "Cellar",
        "role": "ANNA",
        "lines": [
            {"role": "ANNA", "text": "Where is the key?", "emotion": "sad", "duration_s": 2},
            {"role": "BEN", "text": LONG},
            {"pause_s": 1.0},
            {"role": "ANNA", "text": "You did.", "emotion": "sad", "duration_s": 2, "cue": f"{LONG} Never."},
            {"role": "ANNA", "text": "So where is it?", "emotion": "sad", "duration_s": 2},
        ],
    }
)


def laid_out(live: bool = True, **settings: object) -> Timeline:
    return timeline_for(SCENE, Settings.model_validate(settings), live=live)


@given(st.floats(0.5, 2))
def test_speed_shortens_every_line_pause_and_partners_line_alike(speed: float) -> None:
    planned, played = laid_out().slots, laid_out(speed=speed).slots
    assert [type(slot) for slot in played] == [type(slot) for slot in planned]
    end = 0.0
    for before, after in zip(planned, played, strict=True):
        assert after.start == end
        assert after.end - after.start == pytest.approx((before.end - before.start) / speed, abs=1e-5)
        end = after.end


def test_a_recorded_take_keeps_its_times() -> None:
    assert laid_out(live=False, speed=2, cues="short") == laid_out(live=False)


@given(st.lists(st.sampled_from(["one", "two,", "three."]), min_size=1, max_size=30))
def test_only_the_last_words_of_a_long_speech_are_left(words: list[str]) -> None:
    left = words if len(words) <= LONG_SPEECH_WORDS else ["…", *words[-SHORT_CUE_WORDS:]]
    assert short_cue(" ".join(words)) == " ".join(left)


def test_short_cues_change_what_partners_say_and_nothing_of_the_actor() -> None:
    whole, short = laid_out(), laid_out(cues="short")
    (partner,) = (slot for slot in short.slots if isinstance(slot, PartnerTurn))
    assert partner.line.text == "… will ever go down there again."
    (before,) = (slot for slot in whole.slots if isinstance(slot, PartnerTurn))
    assert partner.end - partner.start == pytest.approx((before.end - before.start) * 6 / 17, abs=1e-5)
    assert [turn.line.text for turn in short.turns] == [turn.line.text for turn in whole.turns]
    assert [turn.line.cue for turn in short.turns] == [None, "… ever go down there again. Never.", None]


def test_an_italian_run_scores_nothing_and_gives_no_notes() -> None:
    timeline = laid_out(italian=True, speed=2)
    settings = Settings(lead_in_s=0, italian=True, speed=2)
    events = play(timeline, [seen(n / 10, "happy") for n in range(80)], settings, live=True)
    assert not any(isinstance(event, NoteGiven) for event in events)
    report = scored(timeline, events, settings)
    assert {line.verdict for line in report.lines} == {"not_scored"}
    assert report.overall.accuracy is None


def test_a_passage_begins_with_the_partners_cue_even_after_a_pause() -> None:
    slots = laid_out(lines=(2, 3), speed=2).slots
    assert isinstance(slots[0], PartnerTurn)
    assert slots[0].start == 0
    assert [slot.index for slot in slots if isinstance(slot, Turn)] == [2, 3]


def test_a_loop_repeats_the_cue_with_the_lines() -> None:
    timeline = laid_out(lines=(2, 2))
    settings = Settings(lead_in_s=0, lines=(2, 2), loop=3)
    events = play(timeline, [seen(60.0, "sad")], settings, live=True)
    started = [type(event) for event in events if isinstance(event, LineStarted | PartnerStarted)]
    assert started == [PartnerStarted, LineStarted] * 3


def test_a_line_is_drilled_with_its_cue_or_with_the_line_before() -> None:
    timeline = build_timeline(SCENE)
    assert [with_cue(timeline, number) for number in (1, 2, 3)] == [(1, 1), (2, 2), (2, 3)]
    assert with_cue(build_timeline(SCENE.model_copy(update={"role": "BEN"})), 1) == (1, 1), "ANNA gives the cue"


@given(st.integers(1, 20), st.integers(1, 10**6))
def test_a_random_drill_plays_no_line_twice_and_a_seed_gives_the_same_order(limit: int, seed: int) -> None:
    script = Script.model_validate({"lines": [{"text": f"Line {n}.", "cue": "Cue."} for n in range(12)]})
    timeline = build_timeline(script)
    passages = random_passages(timeline, limit, seed)
    assert passages == random_passages(timeline, limit, seed)
    assert len(set(passages)) == len(passages) == min(limit, 12)
    assert {first == last for first, last in passages} == {True}


def test_orders_differ() -> None:
    timeline = build_timeline(Script.model_validate({"lines": [{"text": "A.", "cue": "B."}] * 12}))
    assert len({tuple(random_passages(timeline, 12, seed)) for seed in range(1, 20)}) > 10


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.txt"
    path.write_text("[sad 0.2s] One.\n[sad 0.2s] Two.\n[sad 0.2s] Three.\n", encoding="utf-8")
    return path


def test_a_run_begins_at_any_line(script: Path, tmp_path: Path) -> None:
    run = ("rehearse", script, "--source", "none", "--lead-in", "0", "--voice", "off", "--takes", tmp_path / "takes")
    assert coach_here(*run, "--from", "2", "--speed", "2") == 0
    report = report_in(the_take(tmp_path / "takes"))
    assert [line["text"] for line in report["lines"]] == ["Two.", "Three."]
    assert [line["played_s"] for line in report["lines"]] == [0.1, 0.1]
    assert report["settings"]["speed"] == 2


def test_an_italian_run_needs_no_camera(script: Path, tmp_path: Path) -> None:
    run = ("rehearse", script, "--lead-in", "0", "--voice", "off", "--takes", tmp_path / "takes", "--lines", "1")
    assert coach_here(*run, "--italian") == 0
    report = report_in(the_take(tmp_path / "takes"))
    assert report["source"]["kind"] == "none"
    assert (report["settings"]["speed"], report["settings"]["italian"]) == (2, True)


def test_a_random_drill_names_its_order(script: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = ("drill", script, "--random", "--list", "--takes", tmp_path / "takes")
    for _ in range(2):
        assert coach_here(*run, "--seed", "7") == 0
    first, second = capfd.readouterr().out.splitlines()
    assert first == second
    assert first.startswith("In random order: line")
    assert first.endswith("--seed 7 plays this order again.")
    assert coach_here(*run) == 0
    assert "plays this order again." in capfd.readouterr().out


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("rehearse", "--source x.mp4 --show cue", "--show changes how you rehearse, so it needs a live run"),
        ("rehearse", "--source x.mp4 --speed 1.5", "--speed changes how you rehearse, so it needs a live run"),
        ("rehearse", "--source x.mp4 --cues short", "--cues changes how you rehearse, so it needs a live run"),
        ("rehearse", "--source x.mp4 --italian", "--italian changes how you rehearse, so it needs a live run"),
        ("rehearse", "--italian --speed 1.5", "--italian plays at double speed"),
        ("rehearse", "--italian --evidence", "--italian watches no face"),
        ("rehearse", "--show none --voice off", "leave you without any cue"),
        ("rehearse", "--source none --from 2 --lines 1", "--from, --lines and --scene all choose lines"),
        ("rehearse", "--source none --from 4", "--from 4: this script has lines 1-3"),
        ("rehearse", "--speed 3", "expected a speed from 0.5 to 2, found '3'"),
        ("drill", "--seed 3", "--seed chooses a random order; give --random with it"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    script: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, options: str, sentence: str
) -> None:
    assert coach_here(command, script, *options.split(), "--takes", tmp_path / "takes") == 2
    assert sentence in capfd.readouterr().err
