"""The report: weighted by time, independent of the frame rate, no miss without a usable face."""

from __future__ import annotations

import pytest
from core_help import frames, line, play, scored, seen, steadily, timeline, unseen
from hypothesis import given
from hypothesis import strategies as st

from coach.base.events import Command, Event
from coach.base.settings import Settings, Strictness
from coach.base.types import Emotion, Observation, Reason, Tick
from coach.core.scoring.report import LineReport, Report
from coach.core.script.timeline import Timeline

SAD_THEN_HAPPY = timeline((line(emotion="sad"), 5), (line(emotion="happy"), 5))


def report_of(lines: Timeline, show: object, settings: Settings | None = None, end: float | None = None) -> Report:
    inputs = frames(lines.end if end is None else end, show)  # type: ignore[arg-type]  # a function of the time
    return scored(lines, play(lines, inputs, settings, end=end), settings)


def line_result(
    emotion: str | list[str], show: object, seconds: float = 10, settings: Settings | None = None
) -> LineReport:
    return report_of(timeline((line(emotion=emotion), seconds)), show, settings).lines[0]


def test_a_perfect_take_is_all_hits() -> None:
    report = report_of(SAD_THEN_HAPPY, lambda t: seen(t, "sad" if t < 5 else "happy"))
    assert [line_report.verdict for line_report in report.lines] == ["hit", "hit"]
    assert report.overall.hits == 2
    assert report.overall.accuracy is not None
    assert report.overall.accuracy > 0.9
    assert report.overall.coverage == pytest.approx(1, abs=0.01)


def test_another_emotion_is_a_miss_whose_note_names_it() -> None:
    result = line_result("sad", steadily("happy"))
    assert (result.verdict, result.accuracy, result.top) == ("miss", 0.0, "happy")
    assert result.arrival_s is None
    assert result.hold_s == 0


def test_accuracy_is_the_share_of_time_on_target() -> None:
    result = line_result("sad", lambda t: seen(t, "happy" if t < 4 else "sad"))
    assert result.accuracy == pytest.approx(0.6, abs=0.05)
    assert result.arrival_s == pytest.approx(4.4, abs=0.2)
    assert result.hold_s == pytest.approx(5.6, abs=0.2)


def test_accuracy_is_weighted_by_time_not_frames() -> None:
    """Half of the time at 50 frames per second weighs as much as half of it at 5."""
    fast = frames(5, steadily("sad"), fps=50)
    slow = frames(10, steadily("happy"), start=5, fps=5)
    lines = timeline((line(emotion="sad"), 10))
    accuracy = scored(lines, play(lines, [*fast, *slow])).lines[0].accuracy
    assert accuracy == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize(("strictness", "verdict"), [("gentle", "hit"), ("standard", "partial"), ("strict", "partial")])
def test_the_strictness_moves_the_threshold(strictness: Strictness, verdict: str) -> None:
    settings = Settings(strictness=strictness)
    assert line_result("sad", lambda t: seen(t, "sad" if t < 4 else "happy"), settings=settings).verdict == verdict


@pytest.mark.parametrize(
    "reason", ["no face", "too dark", "profile", "too small", "frozen", "no signal", "camera lost"]
)
def test_a_line_without_usable_frames_is_never_a_miss(reason: Reason) -> None:
    report = report_of(SAD_THEN_HAPPY, lambda t: unseen(t, reason))
    for line_report in report.lines:
        assert (line_report.verdict, line_report.reason, line_report.accuracy, line_report.coverage) == (
            "not_scored",
            reason,
            None,
            0,
        )
    assert report.overall.accuracy is None
    assert report.overall.not_scored == 2
    assert report.strength is None
    assert report.notes == []


def test_a_take_without_pictures_is_not_scored() -> None:
    report = scored(SAD_THEN_HAPPY, play(SAD_THEN_HAPPY, [Tick(i / 10) for i in range(100)]))
    assert [line_report.reason for line_report in report.lines] == ["no signal", "no signal"]


def test_a_face_missing_for_part_of_a_line_lowers_only_coverage() -> None:
    result = line_result("sad", lambda t: seen(t, "sad") if t < 6 else unseen(t))
    assert result.verdict == "hit"
    assert result.accuracy == 1
    assert result.coverage == pytest.approx(0.6, abs=0.01)
    assert result.scored_s == pytest.approx(6, abs=0.1)


def test_abstention_leaves_the_line_unscored_but_covered() -> None:
    result = line_result("sad", steadily("sad", 0.2))
    assert (result.verdict, result.reason, result.coverage) == ("not_scored", "low confidence", 1)


def test_a_very_short_line_is_not_scored() -> None:
    assert line_result("sad", steadily("sad"), seconds=0.4).reason == "too short"


def test_a_line_without_a_target_is_untracked() -> None:
    lines = timeline((line(emotion=None), 3), (line(emotion="sad", mode="untracked"), 3))
    report = report_of(lines, steadily("happy"))
    assert [(line_report.verdict, line_report.reason) for line_report in report.lines] == [
        ("not_scored", "untracked")
    ] * 2
    assert report.lines[0].top == "happy"
    assert report.overall.scored_s == 0


def test_lines_after_the_end_of_the_recording_are_not_reached() -> None:
    report = report_of(SAD_THEN_HAPPY, steadily("sad"), end=4.9)
    second = report.lines[1]
    assert (second.verdict, second.reason, second.start_s) == ("not_scored", "not reached", None)
    assert report.warnings == ["The take ended at 4.9 s, before line 2."]


def test_a_line_cut_off_by_the_end_is_scored_on_what_was_seen() -> None:
    first = report_of(SAD_THEN_HAPPY, steadily("sad"), end=3).lines[0]
    assert (first.verdict, first.reason, first.end_s) == ("hit", "broken off", 3)
    assert first.coverage == pytest.approx(1, abs=0.02)


def test_a_gap_between_frames_counts_as_not_seen() -> None:
    """In damaged seconds of a recording, the last reading counts for at most one second."""
    lines = timeline((line(emotion="sad"), 10))
    inputs = [*frames(2, steadily("sad")), *frames(10, steadily("sad"), start=8)]
    result = scored(lines, play(lines, inputs)).lines[0]
    assert result.coverage == pytest.approx(0.5, abs=0.01)
    assert result.hold_s == pytest.approx(3, abs=0.1), "the gap does not count as held"


def test_several_accepted_emotions_add_up() -> None:
    """Neither fear nor surprise leads, but together they exceed sad."""
    spread = (0.02, 0.02, 0.3, 0.02, 0.35, 0.27, 0.02)

    def show(t: float) -> Observation:
        face = seen(t, "sad").faces[0]
        return Observation(t, (type(face)(0, face.box, spread),))

    assert line_result(["fear", "surprise"], show).verdict == "hit"
    assert line_result(["fear"], show).verdict == "miss"
    assert line_result(["fear", "surprise"], show).match == pytest.approx(0.57, abs=0.001)


def test_an_arc_has_the_verdict_of_its_worse_part() -> None:
    assert line_result("sad > fear @50%", lambda t: seen(t, "sad" if t < 5 else "fear")).verdict == "hit"
    stuck = line_result("sad > fear @50%", steadily("sad"))
    assert stuck.verdict == "miss"
    assert stuck.accuracy == pytest.approx(0.5, abs=0.01)
    assert stuck.targets == ["sad", "fear"]
    assert stuck.target == "sad > fear @50%"


def test_the_note_on_an_arc_names_the_part_and_its_rival() -> None:
    lines = timeline((line(emotion="sad > fear @50%"), 10))
    swapped = report_of(lines, lambda t: seen(t, "fear" if t < 5 else "sad"), Settings(coach="off"))
    (note,) = swapped.notes
    assert note.text.startswith("You wanted sadness in part 1 of the line. The camera read fear instead.")
    stuck = report_of(lines, steadily("sad"), Settings(coach="off"))
    (note,) = stuck.notes
    assert note.text.startswith("You wanted fear in part 2 of the line. The camera read sadness instead.")


def test_the_note_on_a_partial_names_its_rival() -> None:
    lines = timeline((line(emotion="happy"), 10))
    report = report_of(lines, lambda t: seen(t, "neutral" if t < 6 else "happy"), Settings(coach="off"))
    (note,) = report.notes
    assert report.lines[0].verdict == "partial"
    assert note.text.startswith("You wanted joy. The camera read a neutral face for part of the line.")


def test_too_much_intensity_gets_its_own_drill() -> None:
    lines = timeline((line(emotion="happy", intensity=[0.2, 0.5]), 6))
    (note,) = report_of(lines, steadily("happy", 0.9), Settings(coach="off")).notes
    assert note.text.startswith("Joy is there, but too much. Next: Say it as a secret")


def test_an_arc_with_an_unseen_part_is_not_a_hit() -> None:
    result = line_result("sad > fear @50%", lambda t: seen(t, "sad") if t < 5 else unseen(t))
    assert (result.verdict, result.reason) == ("partial", "part 2 not read")


def test_a_repeated_line_still_has_bleed_from_the_previous_line() -> None:
    inputs = [*frames(7, steadily("sad")), Command(7, "repeat"), *frames(12, steadily("sad"), start=7)]
    settings = Settings(lead_in_s=0)
    report = scored(SAD_THEN_HAPPY, play(SAD_THEN_HAPPY, inputs, settings, live=True, end=12), settings)
    assert report.lines[1].bleed_s == pytest.approx(5, abs=0.1)


def test_frames_outside_the_band_count_for_match_but_not_for_accuracy() -> None:
    lines = timeline((line(emotion="happy", intensity=[0.6, 1.0]), 6))
    weak = report_of(lines, steadily("happy", 0.5)).lines[0]
    assert (weak.accuracy, weak.verdict, weak.intensity) == (0.0, "miss", "too little")
    assert weak.match == pytest.approx(0.5, abs=0.001)
    assert report_of(lines, steadily("happy", 0.8)).lines[0].intensity is None
    quiet = timeline((line(emotion="happy", intensity=[0.3, 0.6]), 6))
    assert report_of(quiet, steadily("happy", 0.9)).lines[0].intensity == "too much"


def test_bleed_is_the_time_that_the_previous_emotion_lingers() -> None:
    report = report_of(SAD_THEN_HAPPY, lambda t: seen(t, "sad" if t < 6.5 else "happy"))
    assert report.lines[0].bleed_s == 0
    assert report.lines[1].bleed_s == pytest.approx(1.5 + 0.4, abs=0.2)
    again = report_of(SAD_THEN_HAPPY, lambda t: seen(t, "sad" if t < 5 or t > 8 else "happy"))
    assert again.lines[1].bleed_s < 0.6


def test_a_repeated_line_is_reported_by_its_last_complete_attempt() -> None:
    lines = timeline((line(emotion="sad"), 5))
    off_target, on_target = frames(4, steadily("happy")), frames(9, steadily("sad"), start=4)
    inputs = [*off_target, Command(4, "repeat"), *on_target]
    settings = Settings(lead_in_s=0)
    result = scored(lines, play(lines, inputs, settings, live=True, end=9), settings).lines[0]
    assert (result.attempts, result.verdict, result.start_s) == (2, "hit", 4)


def test_times_after_a_pause_are_take_times() -> None:
    lines = timeline((line(emotion="sad"), 4), (line(emotion="sad"), 4))
    inputs: list[Observation | Command] = [
        *frames(3, steadily("sad")),
        Command(3, "pause"),
        Command(63, "pause"),
        *frames(68, lambda t: seen(t, "sad" if t < 64 else "happy"), start=63),
    ]
    settings = Settings(lead_in_s=0, coach="off")
    report = scored(lines, play(lines, inputs, settings, live=True, end=68), settings)
    assert report.strength is not None
    assert report.strength.t == 0
    (note,) = report.notes
    assert 64 <= note.t < 65
    assert report.lines[0].arrival_s == 0


def test_with_advance_by_key_a_fragment_never_replaces_a_complete_attempt() -> None:
    lines = timeline((line(emotion="sad"), 4), (line(emotion="sad"), 4))
    settings = Settings(lead_in_s=0, advance="key")
    full = [*frames(4, steadily("sad")), Command(4, "next"), *frames(5, steadily("sad"), start=4)]
    for keys in ([Command(5, "back"), Command(5.04, "next")], [Command(5, "back"), Command(5.3, "quit")]):
        report = scored(lines, play(lines, [*full, *keys], settings, live=True, end=6), settings)
        assert report.lines[0].verdict == "hit"
        assert report.lines[0].scored_s == pytest.approx(4, abs=0.1)


def test_an_aborted_attempt_never_replaces_a_complete_one() -> None:
    lines = timeline((line(emotion="sad"), 5), (line(emotion="sad"), 5))
    inputs = [
        *frames(6, steadily("sad")),
        Command(6, "back"),
        *frames(7, steadily("happy"), start=6),
        Command(7, "quit"),
    ]
    settings = Settings(lead_in_s=0)
    first = scored(lines, play(lines, inputs, settings, live=True), settings).lines[0]
    assert (first.attempts, first.verdict, first.reason) == (2, "hit", "")


def test_a_pause_is_not_part_of_the_line() -> None:
    lines = timeline((line(emotion="sad"), 5))
    inputs: list[Observation | Command] = [
        *frames(2, steadily("sad")),
        Command(2, "pause"),
        *frames(60, steadily("happy"), start=2),
        Command(60, "pause"),
        *frames(63, steadily("sad"), start=60),
    ]
    settings = Settings(lead_in_s=0)
    result = scored(lines, play(lines, inputs, settings, live=True, end=63), settings).lines[0]
    assert result.verdict == "hit"
    assert result.played_s == pytest.approx(5)
    assert result.scored_s == pytest.approx(5, abs=0.3)  # a moment of abstention while the reading changes back
    assert result.coverage == pytest.approx(1, abs=0.01)


def test_the_report_has_the_strongest_line_and_at_most_three_notes() -> None:
    lines = timeline(*[(line(emotion=e), 4) for e in ["sad", "happy", "fear", "angry", "surprise"]])
    report = report_of(lines, steadily("happy"), Settings(coach="off"))
    assert report.strength is not None
    assert report.strength.line == 2
    notes = [note for note in report.notes if note.kind == "after"]
    assert [note.line for note in notes] == sorted(note.line for note in notes)
    assert len(notes) == 3
    assert all("The camera read joy" in note.text and "Next:" in note.text for note in notes)
    for note in notes:
        start = 4.0 * (note.line - 1)
        assert start <= note.t <= start + 4


def test_live_notes_are_kept_in_the_report() -> None:
    report = report_of(SAD_THEN_HAPPY, steadily("sad"))
    live = [note for note in report.notes if note.kind == "live"]
    assert [(note.line, note.text) for note in live] == [(2, "Lift. Let light in.")]
    off = report_of(SAD_THEN_HAPPY, steadily("sad"), Settings(coach="off"))
    assert not [note for note in off.notes if note.kind == "live"]


emotions = st.sampled_from(["sad", "happy", "fear", "neutral"])
moments = st.lists(st.tuples(st.floats(0.01, 3), st.one_of(emotions, st.none())), max_size=60)


def _events(moments: list[tuple[float, Emotion | None]]) -> list[Event]:
    t, inputs = 0.0, []
    for gap, emotion in moments:
        t += gap
        inputs.append(seen(t, emotion) if emotion else unseen(t))
    return play(SAD_THEN_HAPPY, inputs, end=t)


@given(moments)
def test_all_values_of_a_report_stay_in_range(moments: list[tuple[float, Emotion | None]]) -> None:
    report = scored(SAD_THEN_HAPPY, _events(moments))
    for line_report in report.lines:
        assert 0 <= line_report.coverage <= 1
        assert line_report.accuracy is None or 0 <= line_report.accuracy <= 1
        assert (line_report.accuracy is None) == (line_report.verdict == "not_scored")
        assert 0 <= line_report.scored_s <= 5.001
        assert line_report.hold_s <= line_report.scored_s + 0.001
        assert line_report.bleed_s <= line_report.scored_s + 0.001
        assert not line_report.read or sum(line_report.read.values()) == pytest.approx(1, abs=0.001)
    counts = report.overall
    assert counts.hits + counts.partials + counts.misses + counts.not_scored == 2


@given(moments)
def test_the_same_events_give_the_same_report(moments: list[tuple[float, Emotion | None]]) -> None:
    assert scored(SAD_THEN_HAPPY, _events(moments)) == scored(SAD_THEN_HAPPY, _events(moments))
