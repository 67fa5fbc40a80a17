"""The three script formats: short forms, pauses, headers, cues, comments, and round trips."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.base.errors import ScriptError
from coach.base.types import EMOTIONS
from coach.core.script.script import Line, Pace, Pause, Script
from coach.core.script.targets import parse_target
from coach.scripts import load_script


def load(tmp_path: Path, kind: str, content: str) -> Script:
    path = tmp_path / f"script.{kind}"
    path.write_text(content, encoding="utf-8")
    return load_script(path)


SAME = [
    ("[sad] a", "{text: a, emotion: sad}"),
    ("[SAD] a", "{text: a, emotion: sad}"),
    ("[scared] a", "{text: a, emotion: fear}"),
    ("[fear, surprise] a", "{text: a, emotion: [fear, surprise]}"),
    ("[sad > fear @60%] a", "{text: a, emotion: sad > fear @60%}"),
    ("[sad > fear, angry > joy] a", "{text: a, emotion: 'sad > fear, angry > joy'}"),
    ("[happy 0.5-1.0] a", "{text: a, emotion: happy, intensity: [0.5, 1.0]}"),
    ("[sad 6s] a", "{text: a, emotion: sad, duration_s: 6}"),
    ("[sad 2.5 s] a", "{text: a, emotion: sad, duration_s: 2.5}"),
    ("[sad, 6s] a", "{text: a, emotion: sad, duration_s: 6}"),
    ("[sad 6sec] a", "{text: a, emotion: sad, duration_s: 6}"),
    ("[sad 6 secs] a", "{text: a, emotion: sad, duration_s: 6}"),
    ("[sad 1 second] a", "{text: a, emotion: sad, duration_s: 1}"),
    ("[sad 6 Seconds] a", "{text: a, emotion: sad, duration_s: 6}"),
    ("[sad 2 sec - 8 sec] a", "{text: a, emotion: sad, start_s: 2, end_s: 8}"),
    ("[sad from 2 seconds] a", "{text: a, emotion: sad, start_s: 2}"),
    ("[sad to 8sec] a", "{text: a, emotion: sad, end_s: 8}"),
    ("[pause 2 seconds] a", "{pause_s: 2}\n  - {text: a, mode: untracked}"),
    ("[sad 2s-8s] a", "{text: a, emotion: sad, start_s: 2, end_s: 8}"),
    ("[sad 2-8s] a", "{text: a, emotion: sad, start_s: 2, end_s: 8}"),
    ("[sad from 2s] a", "{text: a, emotion: sad, start_s: 2}"),
    ("[sad to 8s] a", "{text: a, emotion: sad, end_s: 8}"),
    ("[sad > fear @60% 0.2-0.8 6s] a", "{text: a, emotion: sad > fear @60%, intensity: [0.2, 0.8], duration_s: 6}"),
    ("[happy 4s 0.2-0.8] a", "{text: a, emotion: happy, intensity: [0.2, 0.8], duration_s: 4}"),
    ("[sad untracked] a", "{text: a, emotion: sad, mode: untracked}"),
    ("[] a", "{text: a, mode: untracked}"),
    ("[ ] a", "{text: a, mode: untracked}"),
    ("a", "{text: a, mode: untracked}"),
    ("[6s] a", "{text: a, mode: untracked, duration_s: 6}"),
    ("[cue: A car door] [sad] a", "{text: a, emotion: sad, cue: A car door}"),
    ("[sad] [cue: A car door] a", "{text: a, emotion: sad, cue: A car door}"),
    ("[Cue: 'Stop: now!'] a", "{text: a, mode: untracked, cue: \"'Stop: now!'\"}"),
    ("[cue: A car door]\n\n# no\n[sad] a", "{text: a, emotion: sad, cue: A car door}"),
    ("[cue: A car door.]\n[cue: Steps.]\n[sad] a", "{text: a, emotion: sad, cue: A car door. Steps.}"),
    ("   [sad]    a\tb  ", "{text: a b, emotion: sad}"),
    ("[sad] a [b] (beat) c: d", '{text: "a [b] (beat) c: d", emotion: sad}'),
    ("(softly) a", "{text: (softly) a, mode: untracked}"),
    ("[sad 2,5s] a", "{text: a, emotion: sad, duration_s: 2.5}"),
    ("[sad 2s\u20138s] a", "{text: a, emotion: sad, start_s: 2, end_s: 8}"),
    ("[happy 0,2\u20130,8] a", "{text: a, emotion: happy, intensity: [0.2, 0.8]}"),
    ("[sad 1:30-1:40] a", "{text: a, emotion: sad, start_s: 90, end_s: 100}"),
    ("[sad from 1:30.5] a", "{text: a, emotion: sad, start_s: 90.5}"),
    ("[sad to 1:02:03] a", "{text: a, emotion: sad, end_s: 3723}"),
    ("[1:45] a", "{text: a, mode: untracked, start_s: 105}"),
    ("[sad from 1:30] a", "{text: a, emotion: sad, start_s: '1:30'}"),
    ("[sad 2,5s] a", "{text: a, emotion: sad, duration_s: '2,5'}"),
    ("MARA: [fear] a", "{text: a, emotion: fear}"),
    ("Old Tom\uff1a[fear] a", "{text: a, emotion: fear}"),
    ("14 [surprise] a", "{text: a, emotion: surprise}"),
    ("3. MARA: [cue: A door] [fear] a", "{text: a, emotion: fear, cue: A door}"),
    ("- [sad] a", "{text: a, emotion: sad}"),
    ("* [sad] a", "{text: a, emotion: sad}"),
    ("> [sad] a", "{text: a, emotion: sad}"),
    ("\u3010sad\u3011a", "{text: a, emotion: sad}"),
    ("\uff3bhappy \uff16s\uff3d a", "{text: a, emotion: happy, duration_s: 6}"),
    ("\uff3bcue\uff1aDoor\uff3d a", "{text: a, mode: untracked, cue: Door}"),
    ("\u3010fear\u3001surprise\u3011a\uff08b\uff09", "{text: a\uff08b\uff09, emotion: [fear, surprise]}"),
    ("- no tag", "{text: '- no tag', mode: untracked}"),
    ("I said: [b] a", "{text: 'I said: [b] a', mode: untracked}"),
    ("she said: [sad] a", "{text: 'she said: [sad] a', mode: untracked}"),
    ("The man in the hall: [sad] a", "{text: 'The man in the hall: [sad] a', mode: untracked}"),
    ("#hashtag", '{text: "#hashtag", mode: untracked}'),
]


@pytest.mark.parametrize(("tagged", "yaml"), SAME, ids=[tagged.replace("\n", "|") for tagged, _ in SAME])
def test_a_short_form_equals_its_yaml(tmp_path: Path, tagged: str, yaml: str) -> None:
    assert load(tmp_path, "txt", tagged).lines == load(tmp_path, "yaml", f"lines:\n  - {yaml}").lines


def test_the_docs_show_each_short_form_beside_equal_yaml(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "scripts.md"
    rows = re.findall(
        r"^\|[^|]*\| `(\[.*? Text\.)`.*? \| `(\{text.*?\})` \|$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(rows) >= 9
    for tagged, yaml in rows:
        short, long = (
            load(tmp_path, "txt", tagged).spoken[0],
            load(tmp_path, "yaml", f"lines:\n  - {yaml}").spoken[0],
        )
        assert short.target == long.target, tagged
        assert short.model_copy(update={"mode": long.mode}) == long, tagged


PAUSES = [
    ("(beat)", "beat", Pause(beats=1)),
    ("(Beat)", "{beats: 1}", Pause(beats=1)),
    ("[beat]", "(beat)", Pause(beats=1)),
    ("[pause]", "{beats: 1}", Pause(beats=1)),
    ("(3 beats)", "{beats: 3}", Pause(beats=3)),
    ("[3 beats]", "{beats: 3}", Pause(beats=3)),
    ("[pause 2s]", "{pause_s: 2}", Pause(pause_s=2)),
    ("(Beat.)", "(Beat.)", Pause(beats=1)),
    ("(a beat)", "a beat", Pause(beats=1)),
    ("(pause)", "(pause)", Pause(beats=1)),
    ("(Pause\u2026)", "Pause.", Pause(beats=1)),
    ("(long pause)", "(long pause)", Pause(beats=3)),
    ("(A long silence.)", "{beats: 3}", Pause(beats=3)),
    ("(silence)", "silence", Pause(beats=3)),
    ("[beats 4]", "beats 4", Pause(beats=4)),
    ("\uff083 beats\uff09", "{beats: 3}", Pause(beats=3)),
    ("(pause of 2 seconds)", "{pause_s: 2}", Pause(pause_s=2)),
    ("(2,5 sec pause)", "{pause_s: 2.5}", Pause(pause_s=2.5)),
    ("[pause 1:30]", "{pause_s: '1:30'}", Pause(pause_s=90)),
    ("- (beat)", "beat", Pause(beats=1)),
    ("[PAUSE 2.5 s]", "{pause_s: 2.5}", Pause(pause_s=2.5)),
]


@pytest.mark.parametrize(("tagged", "yaml", "pause"), PAUSES, ids=[tagged for tagged, _, _ in PAUSES])
def test_a_pause_may_have_its_own_line_or_precede_text(tmp_path: Path, tagged: str, yaml: str, pause: Pause) -> None:
    first, last = Line(text="a", mode="untracked"), Line(text="b", mode="untracked")
    assert load(tmp_path, "txt", f"a\n{tagged}\nb").lines == (first, pause, last)
    assert load(tmp_path, "txt", f"a\n{tagged} b").lines == (first, pause, last)
    both = load(
        tmp_path, "yaml", f"lines:\n  - {{text: a, mode: untracked}}\n  - {yaml}\n  - {{text: b, mode: untracked}}"
    )
    assert both.lines == (first, pause, last)


def test_headers_set_title_language_and_pace(tmp_path: Path) -> None:
    script = load(
        tmp_path, "md", "# Scene\n[title: Ultimul tren]\n[Language: ro]\n[pace: 90 wpm, beat 1.5s]\n## One\n[sad] a"
    )
    assert (script.title, script.language) == ("Ultimul tren", "ro")
    assert script.pace == Pace(words_per_minute=90, beat_s=1.5)
    assert len(script.lines) == 1


def test_a_partial_pace_keeps_the_other_default(tmp_path: Path) -> None:
    assert load(tmp_path, "txt", "[pace: beat 1s]\na").pace == Pace(beat_s=1)


def test_the_three_formats_load_the_same_script(tmp_path: Path) -> None:
    yaml = load(
        tmp_path,
        "yaml",
        """\
title: Waiting for news
pace: {words_per_minute: 130, beat_s: 0.6}      # defaults for lines without a duration
lines:
  - text: They said there would be news by morning.
    emotion: sad
    duration_s: 6
  - {text: "What if nobody comes?", emotion: [fear, surprise], cue: "A car door. Footsteps."}
  - {text: "She is alive. She is alive!", emotion: happy, intensity: [0.5, 1.0]}
""",
    )
    tagged = load(
        tmp_path,
        "txt",
        """\
[title: Waiting for news]
[sad 6s] They said there would be news by morning.
[cue: A car door. Footsteps.]
[fear, surprise] What if nobody comes?
[happy 0.5-1.0] She is alive. She is alive!
""",
    )
    assert yaml == tagged == load(tmp_path, "json", yaml.model_dump_json())


def test_null_in_yaml_and_json_equals_a_missing_field(tmp_path: Path) -> None:
    short = load(tmp_path, "yaml", "lines: [{text: a}]").lines
    assert load(tmp_path, "yaml", "lines: [{text: a, cue: , emotion: ~, start_s: null}]").lines == short
    assert load(tmp_path, "json", '{"lines": [{"text": "a", "cue": null, "emotion": null}]}').lines == short
    assert load(tmp_path, "yaml", "lines: [{text: a, emotion: []}]").lines == short


def test_multi_line_text_in_yaml_becomes_one_line(tmp_path: Path) -> None:
    script = load(
        tmp_path,
        "yaml",
        "lines:\n  - text: |\n      They said\n      by morning.\n  - text: >-\n      One\n      two\n",
    )
    assert [line.text for line in script.spoken] == ["They said by morning.", "One two"]


def test_combining_accents_are_composed(tmp_path: Path) -> None:
    assert load(tmp_path, "txt", "S\u0326tefan, E\u0301LODIE").spoken[0].text == "Ștefan, ÉLODIE"


def test_persian_joiners_and_emoji_are_ordinary_text(tmp_path: Path) -> None:
    assert load(tmp_path, "txt", "می\u200cخواهم 👩\u200d🎤").spoken[0].text == "می\u200cخواهم 👩\u200d🎤"


# Strategies for anything that a script can contain.

plain_texts = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40).filter(
    lambda text: text.strip()
)
accepted = st.lists(st.sampled_from(EMOTIONS), min_size=1, max_size=3, unique=True).map(", ".join)
places = st.lists(st.integers(1, 9_999), min_size=1, max_size=4, unique=True).map(sorted)
seconds = st.floats(0.1, 3600)


@st.composite
def targets(draw: st.DrawFn) -> str | None:
    first = draw(st.none() | accepted)
    if first is None or draw(st.booleans()):
        return first
    return first + "".join(f" > {draw(accepted)} @{place / 100}%" for place in draw(places))


@st.composite
def script_lines(draw: st.DrawFn) -> Line:
    emotion = draw(targets())
    low, high = sorted(draw(st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True)))
    band = (low, high) if emotion and draw(st.booleans()) else None
    start, length = draw(st.none() | st.floats(0, 80_000)), draw(st.none() | seconds)
    times = {"start_s": start, "end_s": start + length} if start is not None and length else {"duration_s": length}
    mode = draw(st.sampled_from(["tracked", "untracked"]))
    return Line.model_validate(
        {
            "text": draw(plain_texts),
            "emotion": emotion,
            "cue": draw(st.none() | plain_texts),
            "intensity": band,
            "mode": mode,
            **times,
        }
    )


pauses = st.builds(Pause, pause_s=seconds) | st.builds(Pause, beats=st.integers(1, 100))
scripts = st.builds(
    Script,
    title=plain_texts,
    language=st.sampled_from(["en", "ro", "pt-BR", "zh_Hant"]),
    pace=st.builds(Pace, words_per_minute=st.floats(20, 400), beat_s=st.floats(0.1, 60)),
    lines=st.lists(script_lines() | pauses, min_size=1, max_size=6)
    .filter(lambda items: any(isinstance(i, Line) for i in items))
    .map(tuple),
)


@given(scripts)
def test_a_script_survives_a_round_trip_through_json(script: Script) -> None:
    assert Script.model_validate_json(script.model_dump_json()) == script
    assert Script.model_validate_json(script.model_dump_json(indent=2, exclude_defaults=True)) == script


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(scripts)
def test_the_json_of_a_script_loads_as_a_script_file(tmp_path: Path, script: Script) -> None:
    overlapping = None
    try:
        assert load(tmp_path, "json", script.model_dump_json()) == script
    except ScriptError as error:
        overlapping = error
    if overlapping:  # the model validates lines one by one; only files are checked for overlapping times
        assert {mistake.field for mistake in overlapping.mistakes} <= {"start_s", "end_s"}


def tag_of(line: Line) -> str:
    """The short form of `line`, as in docs/scripts.md."""
    parts = [str(line.emotion)] if line.emotion else []
    parts += [f"{line.intensity[0]:.3f}-{line.intensity[1]:.3f}"] if line.intensity else []
    parts += [f"{line.duration_s:.3f}s"] if line.duration_s else []
    parts += [f"{line.start_s:.3f}s-{line.end_s:.3f}s"] if line.end_s is not None else []
    parts += [f"from {line.start_s:.3f}s"] if line.start_s is not None and line.end_s is None else []
    parts += ["untracked"] if line.mode == "untracked" else []
    cue = f"[cue: {line.cue}] " if line.cue else ""
    return f"{cue}[{' '.join(parts)}] {line.text}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much], max_examples=60)
@given(script_lines().filter(lambda line: not {"[", "]"} & set(line.text + (line.cue or ""))))
def test_every_line_survives_a_round_trip_through_tagged_text(tmp_path: Path, line: Line) -> None:
    if line.intensity and f"{line.intensity[0]:.3f}" == f"{line.intensity[1]:.3f}":
        return
    if line.text.startswith(("(beat)", "[")):
        return
    parsed = load(tmp_path, "txt", tag_of(line)).spoken[0]
    rounded = parsed.model_copy(
        update={
            "duration_s": line.duration_s,
            "start_s": line.start_s,
            "end_s": line.end_s,
            "intensity": line.intensity,
        }
    )
    expected = line if line.emotion else line.model_copy(update={"mode": "untracked"})
    assert rounded == expected
    for name in ("duration_s", "start_s", "end_s"):
        assert getattr(parsed, name) == (
            None if getattr(line, name) is None else pytest.approx(getattr(line, name), abs=0.001)
        )


@given(st.text(max_size=60) | st.text("[]()#:>@%,.-0s 1beatcusd\n", max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@pytest.mark.parametrize("kind", ["txt", "yaml", "json"])
def test_any_text_is_a_script_or_is_refused_with_mistakes_located_in_it(
    tmp_path: Path, kind: str, content: str
) -> None:
    path = tmp_path / f"script.{kind}"
    path.write_bytes(content.encode("utf-8", "replace"))
    ends = "\r\n|[\n\r]" if kind == "json" else "\r\n|[\n\r\v\f\x85\u2028\u2029]"
    lines = re.split(ends, content)
    try:
        assert load_script(path).spoken
    except ScriptError as error:
        for mistake in error.mistakes:
            assert mistake.line is not None
            assert 1 <= mistake.line <= len(lines) + 1
            assert mistake.column is not None
            assert 1 <= mistake.column <= max(map(len, lines)) + 2


@given(targets())
def test_a_target_survives_a_round_trip_through_text(text: str | None) -> None:
    target = parse_target(text)
    assert parse_target(str(target) if target else None) == target
