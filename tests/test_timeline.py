"""Timelines start at 0, have no gaps and keep written times; estimates of how long it takes to say words."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.base.errors import ScriptError, UsageError
from coach.core.script.script import Line, Pace, Pause, Script
from coach.core.script.timeline import (
    MIN_LINE_S,
    Beat,
    Timeline,
    Turn,
    build_timeline,
    count_words,
    cue_s,
    estimate_s,
    fastest_s,
    timing_mistakes,
)
from coach.voice.voices import render

WORDS = "They said there would be news by morning."


def script(*items: Line | Pause, pace: Pace | None = None) -> Script:
    return Script(title="T", lines=items, pace=pace or Pace())


def line(**times: float) -> Line:
    return Line.model_validate({"text": WORDS, "emotion": "sad", **times})


def spans(timeline: Timeline) -> list[tuple[float, float]]:
    return [(slot.start, slot.end) for slot in timeline.slots]


def test_lines_with_durations_follow_each_other_from_0() -> None:
    timeline = build_timeline(script(line(duration_s=6), line(duration_s=3.5)))
    assert spans(timeline) == [(0, 6), (6, 9.5)]
    assert [turn.index for turn in timeline.turns] == [1, 2]
    assert not any(turn.estimated for turn in timeline.turns)
    assert timeline.end == 9.5


def test_a_line_without_times_is_estimated() -> None:
    timeline = build_timeline(script(line(), line(duration_s=2)))
    assert [turn.estimated for turn in timeline.turns] == [True, False]
    assert spans(timeline)[0] == (0, estimate_s(WORDS, Pace()))


def test_pauses_given_in_seconds_or_beats_become_beats() -> None:
    timeline = build_timeline(
        script(line(duration_s=1), Pause(pause_s=2), line(duration_s=1), Pause(beats=2), pace=Pace(beat_s=0.5))
    )
    assert spans(timeline) == [(0, 1), (1, 3), (3, 4), (4, 5)]
    assert [type(slot) for slot in timeline.slots] == [Turn, Beat, Turn, Beat]


def test_consecutive_pauses_are_one_beat() -> None:
    timeline = build_timeline(script(line(duration_s=1), Pause(pause_s=2), Pause(pause_s=1), line(start_s=6, end_s=7)))
    assert timeline.slots[1] == Beat(1, 6)


def test_a_beat_fills_the_time_before_a_later_start() -> None:
    timeline = build_timeline(script(line(duration_s=6), line(start_s=8, end_s=9)))
    assert timeline.slots[1] == Beat(6, 8)
    assert spans(timeline)[2] == (8, 9)


def test_a_beat_precedes_a_first_line_that_starts_later() -> None:
    assert build_timeline(script(line(start_s=5, duration_s=2))).slots[0] == Beat(0, 5)


def test_a_line_with_only_a_start_lasts_until_the_next_start() -> None:
    """Subtitles with only start times can thus be copied; the length is known and not estimated."""
    timeline = build_timeline(script(line(start_s=0), line(start_s=20), line(start_s=21.5, duration_s=1)))
    assert spans(timeline) == [(0, 20), (20, 21.5), (21.5, 22.5)]
    assert not any(turn.estimated for turn in timeline.turns)


def test_estimated_lines_share_the_time_between_fixed_times() -> None:
    short = Line(text="No.")
    timeline = build_timeline(script(line(), Pause(pause_s=1), short, line(start_s=10, duration_s=1)))
    first, second = timeline.turns[:2]
    assert (first.end - first.start) + (second.end - second.start) == pytest.approx(9)
    ratio = (first.end - first.start) / (second.end - second.start)
    assert ratio == pytest.approx(estimate_s(WORDS, Pace()) / estimate_s("No.", Pace()), rel=1e-4)
    assert first.estimated
    assert second.estimated
    assert second.end == 10


def test_an_end_time_alone_fixes_the_place_of_a_line() -> None:
    assert spans(build_timeline(script(line(duration_s=6), line(end_s=9.7)))) == [(0, 6), (6, 9.7)]


def test_start_end_and_duration_are_accepted_if_consistent() -> None:
    assert spans(build_timeline(script(line(start_s=0, duration_s=2, end_s=2)))) == [(0, 2)]


@pytest.mark.parametrize(
    ("items", "field", "piece"),
    [
        (
            (line(duration_s=6), line(start_s=5)),
            "start_s",
            "line 2 begins at 5 s, but what comes before it lasts until 6 s",
        ),
        ((line(end_s=6), Pause(pause_s=2), line(start_s=7)), "start_s", "until 8 s"),
        (
            (line(duration_s=6), line(end_s=5)),
            "end_s",
            "line 2 ends at 5 s, but with what comes before it ends at 6.1 s or later",
        ),
        ((line(start_s=4), line(start_s=4)), "start_s", "until 4.1 s"),
    ],
)
def test_overlapping_times_are_mistakes(items: tuple[Line | Pause, ...], field: str, piece: str) -> None:
    with pytest.raises(ScriptError) as caught:
        build_timeline(script(*items))
    assert [mistake.field for mistake in caught.value.mistakes] == [field]
    assert piece in caught.value.mistakes[0].message


def test_each_overlap_is_reported_once() -> None:
    items = [line(duration_s=6), line(start_s=5, duration_s=2), line(start_s=7), line(start_s=6)]
    assert [mistake.item for mistake in timing_mistakes(items, Pace())] == [1, 3]
    items = [line(start_s=0, end_s=6), line(start_s=5, duration_s=2), line(start_s=7)]
    assert [mistake.item for mistake in timing_mistakes(items, Pace())] == [1]


def test_an_item_with_other_mistakes_causes_no_timing_mistake() -> None:
    assert timing_mistakes([line(duration_s=6), None, line(start_s=30)], Pace()) == []
    assert [m.item for m in timing_mistakes([line(duration_s=6), None, line(start_s=5)], Pace())] == [2]


def five() -> Script:
    return script(
        line(duration_s=1),
        line(duration_s=2),
        Pause(pause_s=1),
        line(duration_s=3),
        Pause(pause_s=5),
        line(duration_s=4),
    )


def test_selected_lines_start_at_0_in_a_live_run() -> None:
    timeline = build_timeline(five(), lines=(2, 3), rebase=True)
    assert spans(timeline) == [(0, 2), (2, 3), (3, 6)]
    assert [turn.index for turn in timeline.turns] == [2, 3]


def test_selected_lines_of_a_recording_keep_their_times_and_the_timeline_ends_with_them() -> None:
    timeline = build_timeline(five(), lines=(2, 3))
    assert spans(timeline) == [(0, 1), (1, 3), (3, 4), (4, 7)]
    assert timeline.slots[0] == Beat(0, 1)
    assert [turn.index for turn in timeline.turns] == [2, 3]


def test_selecting_all_lines_drops_only_the_silence_at_the_end() -> None:
    assert build_timeline(five(), lines=(1, 4)) == build_timeline(five()) == build_timeline(five(), (1, 4), rebase=True)


@pytest.mark.parametrize("lines", [(0, 1), (3, 2), (1, 5), (5, 5), (-1, 2)])
def test_lines_outside_the_script_are_a_usage_error(lines: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="this script has lines 1-4"):
        build_timeline(five(), lines=lines)


pauses = st.builds(Pause, pause_s=st.floats(0.1, 100)) | st.builds(Pause, beats=st.integers(1, 9))
free_lines = (
    st.builds(line)
    | st.builds(lambda s: line(duration_s=s), st.floats(0.1, 100))
    | st.text("ab ,.", min_size=1).filter(str.strip).map(lambda t: Line(text=t))
)


@st.composite
def playable(draw: st.DrawFn) -> Script:
    """Any script whose written times fit: each start leaves room for everything before it."""
    items: list[Line | Pause] = []
    earliest = 0.0
    for item in draw(st.lists(free_lines | pauses, min_size=1, max_size=12)):
        if isinstance(item, Line) and item.duration_s is None and draw(st.booleans()):
            start = round(earliest + draw(st.floats(0, 20)), 3) + 0.01
            ends = draw(st.booleans())
            item = item.model_copy(update={"start_s": start, "end_s": start + 1.5 if ends else None})
            earliest = start + (1.5 if ends else 0.1)
        elif isinstance(item, Pause):
            earliest += item.seconds(Pace())
        else:
            earliest += item.duration_s or 0.1
        items.append(item)
    return script(line(start_s=0, end_s=0.1), *[shift(item, 0.2) for item in items])


def shift(item: Line | Pause, seconds: float) -> Line | Pause:
    """`item` with its written times shifted by `seconds`."""
    if isinstance(item, Pause) or item.start_s is None:
        return item
    return item.model_copy(update={"start_s": item.start_s + seconds, "end_s": item.end_s and item.end_s + seconds})


@given(playable())
def test_every_timeline_starts_at_0_has_no_gaps_and_keeps_lines_and_written_times(played: Script) -> None:
    timeline = build_timeline(played)
    assert timeline.slots[0].start == 0
    assert all(before.end == after.start for before, after in pairwise(timeline.slots))
    assert all(slot.end > slot.start for slot in timeline.slots)
    assert sum(slot.end - slot.start for slot in timeline.slots) == pytest.approx(timeline.end)
    assert not any(isinstance(a, Beat) and isinstance(b, Beat) for a, b in pairwise(timeline.slots))
    assert tuple(turn.line for turn in timeline.turns) == played.spoken
    for turn in timeline.turns:
        if turn.line.start_s is not None:
            assert turn.start == pytest.approx(turn.line.start_s, abs=1e-5)
        if turn.line.end_s is not None:
            assert turn.end == pytest.approx(turn.line.end_s, abs=1e-5)
        if turn.line.duration_s is not None:
            assert turn.end - turn.start == pytest.approx(turn.line.duration_s, abs=1e-5)


@given(playable(), st.data())
def test_a_selection_of_lines_is_a_shifted_or_cut_timeline(played: Script, data: st.DataObject) -> None:
    complete = build_timeline(played)
    first = data.draw(st.integers(1, len(complete.turns)))
    last = data.draw(st.integers(first, len(complete.turns)))
    chosen = complete.turns[first - 1 : last]
    selection = build_timeline(played, (first, last))
    assert selection.turns == chosen
    assert selection.end == chosen[-1].end
    moved = build_timeline(played, (first, last), rebase=True)
    assert moved.slots[0].start == 0
    for turn, original in zip(moved.turns, chosen, strict=True):
        assert turn.start == pytest.approx(original.start - chosen[0].start, abs=1e-5)
        assert turn.line == original.line
    for timeline in (selection, moved):
        assert all(before.end == after.start for before, after in pairwise(timeline.slots))


PACE = Pace(words_per_minute=120, beat_s=0.6)


def test_the_estimate_of_a_line_counts_words_and_a_beat_per_sentence() -> None:
    assert estimate_s("one two three four", PACE) == 2.0
    assert estimate_s("one two three four.", PACE) == 2.6


def test_a_comma_adds_part_of_a_beat_and_an_ellipsis_a_whole_one() -> None:
    assert estimate_s("one, two three four", PACE) == pytest.approx(2.2, abs=0.05)
    assert estimate_s("one two three four?!...", PACE) == 2.6
    assert estimate_s('"One two three four," he said.', PACE) == pytest.approx(3 + 0.6 + 0.24, abs=0.06)


def test_numbers_apostrophes_and_hyphens_are_part_of_words() -> None:
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
def test_the_estimate_of_a_sentence_is_similar_in_every_writing_system(text: str, english: str) -> None:
    assert estimate_s(text, PACE) == pytest.approx(estimate_s(english, PACE), rel=0.35)


def test_full_width_punctuation_adds_the_same_pause_as_half_width() -> None:
    assert estimate_s("他们说，早上会有消息。", PACE) > estimate_s("他们说早上会有消息", PACE)


def test_fast_speech_has_a_minimum_duration() -> None:
    assert fastest_s("one two three four " * 11) == pytest.approx(12.0)


@given(st.text(max_size=200), st.text(max_size=50))
def test_estimates_are_finite_and_grow_with_the_text(text: str, addition: str) -> None:
    assert MIN_LINE_S <= estimate_s(text, PACE) < 10_000
    assert count_words(f"{text} one") >= count_words(text) or "(" in text
    assert cue_s(addition) > 0


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
    """If the estimate is too long, the cue comes early; if it is too short, the cue runs into the line."""
    out = tmp_path / "cue.wav"
    render(cue, out)
    with wave.open(str(out)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    assert seconds - 0.4 <= cue_s(cue) <= seconds + 1.0
