"""Verdicts and notes by evidence: takes that are scored with a model that predicts viewers."""

from __future__ import annotations

import pytest
from core_help import (
    CARD,
    VIEWERS,
    frames,
    line,
    mixed,
    play,
    report_of,
    scored,
    seen,
    slightly_angry,
    steadily,
    timeline,
    unseen,
    viewers_card,
)
from hypothesis import given
from hypothesis import strategies as st

from coach.base.events import Command, Event, NoteGiven, Reading
from coach.base.settings import Settings, Strictness
from coach.base.types import EMOTIONS, Emotion, Observation
from coach.core.reading.card import ModelCard
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.evidence import log_odds, tenths
from coach.core.scoring.line_stats import TakeStats
from coach.core.scoring.norms import SHARES_CAVEAT
from coach.core.scoring.report import LineReport
from coach.core.scoring.scorer import Scorer
from coach.core.scoring.verdict import FAIR_ACCURACY

CURVES = VIEWERS.evidence.curves if VIEWERS.evidence else {}


def line_result(
    emotion: str | list[str], show: object, strictness: Strictness = "standard", **fields: object
) -> LineReport:
    lines = timeline((line("A line.", emotion, **fields), 6))
    return report_of(lines, show, Settings(strictness=strictness)).lines[0]


def notes_of(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, NoteGiven)]


# verdicts


def test_a_share_that_half_of_the_actors_reach_is_a_hit() -> None:
    result = line_result("sad", lambda t: mixed(t, sad=0.4, neutral=0.39))
    assert (result.accuracy, result.verdict) == (1.0, "hit")
    assert result.share == pytest.approx((log_odds(0.4) + 3) / 8, abs=0.001)
    assert result.asked_share == 0.3
    assert result.audience == "3 of 10 viewers would see sadness; trained actors typically reach 3 of 10"


@pytest.mark.parametrize(("strictness", "verdict"), [("gentle", "hit"), ("standard", "hit"), ("strict", "partial")])
def test_the_strictness_selects_the_quartile(strictness: Strictness, verdict: str) -> None:
    assert line_result("sad", lambda t: mixed(t, sad=0.4, neutral=0.39), strictness).verdict == verdict


def test_enough_viewers_are_no_hit_while_another_emotion_leads_throughout() -> None:
    result = line_result("sad", lambda t: mixed(t, sad=0.4, neutral=0.5))
    assert (result.top, result.accuracy, result.verdict) == ("neutral", 0.0, "partial")
    assert result.reason == "a neutral face led"
    curves = {**CURVES, "disgust": ((0.0, 0.0), (8.0, 0.4))}
    seldom_named = viewers_card(curves=curves, typical=dict.fromkeys(EMOTIONS, 0.1))
    report = report_of(
        timeline((line("Ugh.", "disgust"), 6)), lambda t: mixed(t, sad=0.7, disgust=0.15), card=seldom_named
    )
    (missed,) = report.lines
    assert missed.audience.startswith("1 of 10 viewers would see disgust")
    assert missed.asked_share == 0.1
    assert (missed.accuracy, missed.verdict, missed.reason) == (0.0, "miss", "sadness led")
    assert report.notes


def test_a_fair_share_of_the_line_makes_enough_viewers_a_hit_although_another_emotion_leads() -> None:
    """Sadness leads the strongest two fifths. Fear was read in the rest of the line."""

    def fear_for(seconds: float) -> LineReport:
        lines = timeline((line("Who?", "fear"), 10))
        return report_of(
            lines,
            lambda t: mixed(t, fear=0.6, neutral=0.3) if t < seconds else mixed(t, sad=0.6, fear=0.35),
            Settings(strictness="gentle"),
        ).lines[0]

    long, short = fear_for(4), fear_for(1)
    assert (long.accuracy or 0) > FAIR_ACCURACY > (short.accuracy or 0) > 0
    assert (long.verdict, short.verdict) == ("hit", "partial")
    assert short.reason == "sadness led"


def test_a_line_that_was_never_on_target_is_no_hit() -> None:
    result = line_result("sad", steadily("sad", 0.95), intensity=[0.2, 0.5])
    assert (result.accuracy, result.verdict, result.reason) == (0.0, "partial", "never on target")


def test_a_clearly_leading_rival_is_a_miss_and_a_close_one_a_partial() -> None:
    assert line_result("angry", steadily("happy")).verdict == "miss"
    assert line_result("angry", lambda t: mixed(t, angry=0.35, neutral=0.45)).verdict == "partial"


def fear_then_smile(t: float, glad_from: float = 3.5) -> Observation:
    """A line of 6 s that starts with moderate fear and ends with a strong smile."""
    return mixed(t, fear=0.6, neutral=0.3) if t < glad_from else mixed(t, happy=0.97)


def test_a_strong_rival_at_the_end_of_a_mostly_read_line_is_a_partial() -> None:
    """The smile fills the strongest two fifths, although fear was read in more than half of the line."""
    lines = timeline((line("Who is there?", "fear"), 6))
    report = report_of(lines, fear_then_smile)
    (result,) = report.lines
    assert result.accuracy == pytest.approx(0.58, abs=0.08)
    assert result.share is not None
    assert result.asked_share is not None
    assert result.share < result.asked_share
    assert result.verdict == "partial"
    note = next(n.text for n in report.notes if n.kind == "after")
    assert note.startswith("You wanted fear. The camera read it ")
    assert "of the time, but joy was stronger." in note


def test_a_line_read_for_less_than_half_of_its_time_can_be_a_miss() -> None:
    assert line_result("fear", lambda t: fear_then_smile(t, 2.0)).verdict == "miss"


def test_a_miss_is_never_the_strongest_moment() -> None:
    lines = timeline((line("Who is there?", "fear"), 6))
    report = report_of(lines, lambda t: fear_then_smile(t, 2.0))
    assert report.lines[0].verdict == "miss"
    assert report.lines[0].hold_s > 1
    assert report.strength is None


def test_showing_the_emotion_for_a_third_of_a_line_is_a_hit() -> None:
    """By time on target alone the line would be a miss."""
    result = line_result("sad", lambda t: seen(t, "sad" if 2 < t < 4.2 else "neutral"))
    assert result.accuracy is not None
    assert result.accuracy < 0.45
    assert result.verdict == "hit"


def test_a_moving_face_is_not_a_hit_on_a_neutral_line() -> None:
    assert line_result("neutral", steadily("neutral", 0.97)).verdict == "hit"
    assert line_result("neutral", lambda t: seen(t, "neutral" if t < 3 else "angry", 0.97)).verdict == "partial"


def test_the_intensity_band_selects_the_threshold() -> None:
    thresholds = [
        line_result("angry", steadily("angry"), intensity=band).asked_share for band in ([0, 0.4], [0.3, 0.6], [0.6, 1])
    ]
    assert thresholds == [0.2, 0.44, 0.8]


def test_an_arc_has_the_verdict_of_its_worse_part() -> None:
    good = line_result("sad > angry @50%", lambda t: seen(t, "sad" if t < 3 else "angry", 0.95))
    bad = line_result("sad > angry @50%", steadily("sad", 0.95))
    assert (good.verdict, bad.verdict) == ("hit", "miss")
    assert bad.audience.startswith("0 of 10 viewers would see anger;")


def test_several_accepted_emotions_are_judged_together() -> None:
    result = line_result(["fear", "surprise"], lambda t: mixed(t, fear=0.4, surprise=0.4))
    assert (result.verdict, result.asked_share) == ("hit", 0.4)


def test_unreliable_faces_weigh_less() -> None:
    def show(t: float) -> Observation:
        return mixed(t, 0.05, sad=0.9) if t < 3 else mixed(t, neutral=0.9)

    assert line_result("sad", show).share == pytest.approx(0.0, abs=0.15)
    assert line_result(
        "sad", lambda t: mixed(t, 1.0, sad=0.9) if t < 3 else mixed(t, neutral=0.9)
    ).share == pytest.approx((log_odds(0.9) - log_odds(0.1 / 6)) / 8, abs=0.01)


def test_a_line_without_enough_coverage_is_not_scored() -> None:
    result = line_result("sad", steadily("sad", 0.25))
    assert (result.verdict, result.reason, result.share, result.audience) == ("not_scored", "low confidence", None, "")


def test_a_higher_floor_abstains_sooner() -> None:
    careful = ModelCard.model_validate({**VIEWERS.model_dump(), "floor": 0.5})
    lines = timeline((line(emotion="sad"), 6))
    assert report_of(lines, steadily("sad", 0.45)).lines[0].verdict == "hit"
    assert report_of(lines, steadily("sad", 0.45), card=careful).lines[0].reason == "low confidence"
    either = timeline((line(emotion=["fear", "surprise"]), 6))

    def show(t: float) -> Observation:
        return mixed(t, fear=0.22, surprise=0.22, sad=0.15)

    assert report_of(either, show).lines[0].reason == ""
    assert report_of(either, show, card=careful).lines[0].reason == "low confidence"


def test_the_verdict_does_not_depend_on_the_frame_rate() -> None:
    lines = timeline((line(emotion="sad"), 6))
    slow, fast = (report_of(lines, lambda t: seen(t, "sad" if t > 3 else "neutral"), fps=fps) for fps in (5, 50))
    assert slow.lines[0].share == pytest.approx(fast.lines[0].share, abs=0.02)


def test_the_prior_is_removed_before_scoring() -> None:
    lines = timeline((line(emotion="fear"), 6))
    for power, top in ((0.0, "neutral"), (1.0, "fear")):
        report = report_of(lines, lambda t: mixed(t, fear=0.3, neutral=0.6), card=viewers_card(power))
        assert report.lines[0].top == top


def test_models_without_viewers_are_judged_by_time_on_target() -> None:
    lines = timeline((line(emotion="sad"), 6))
    result = report_of(lines, lambda t: mixed(t, sad=0.4, neutral=0.5), card=CARD)
    assert (result.lines[0].verdict, result.lines[0].share, result.lines[0].evidence) == ("miss", None, {})
    assert result.model is not None
    assert result.model.limit == ""


def test_the_report_has_the_caveat_about_shares() -> None:
    report = report_of(timeline((line(emotion="sad"), 6)), steadily("sad"))
    assert report.model is not None
    assert report.model.limit == SHARES_CAVEAT


# notes


def test_a_live_note_needs_a_rival_far_ahead() -> None:
    lines = timeline((line(emotion="angry"), 6))
    clear = play(lines, frames(6, steadily("happy", 0.9)), card=VIEWERS)
    assert notes_of(clear) == ["Drop the smile. Hotter."]
    close = play(lines, frames(6, lambda t: mixed(t, angry=0.25, neutral=0.6)), card=VIEWERS)
    assert notes_of(close) == []
    assert len(notes_of(play(lines, frames(6, lambda t: mixed(t, angry=0.25, neutral=0.6)), card=CARD))) == 1


def angrier(t: float) -> Observation:
    return mixed(t, angry=0.6, sad=0.09)


def test_live_notes_use_the_baseline_from_the_lead_in() -> None:
    lines = timeline((line(emotion="sad"), 6))
    settings = Settings(lead_in_s=3)
    seen_before = [*frames(0, slightly_angry, start=-3), *frames(6, angrier)]
    assert notes_of(play(lines, seen_before, settings, live=True, card=VIEWERS)) == []
    assert notes_of(play(lines, frames(6, angrier), settings, live=True, card=VIEWERS)) == ["Softer. Let it hurt."]


def test_live_notes_use_the_baseline_from_pauses() -> None:
    lines = timeline((None, 4), (line(emotion="sad"), 6))
    known = [*frames(4, slightly_angry), *frames(10, angrier, start=4)]
    assert notes_of(play(lines, known, card=VIEWERS)) == []
    assert notes_of(play(lines, frames(10, angrier, start=4), card=VIEWERS)) == ["Softer. Let it hurt."]


def test_a_reading_does_not_count_for_the_gap_before_it() -> None:
    lines = timeline((line(emotion="angry"), 12))
    inputs = [seen(0.0, "neutral"), *frames(12, lambda t: seen(t, "angry" if t < 5.1 else "neutral", 0.95), start=5)]
    assert len(notes_of(play(lines, inputs, card=VIEWERS))) == 1


def test_a_line_that_has_reached_its_share_gets_no_note() -> None:
    lines = timeline((line(emotion="angry"), 6))
    events = play(lines, frames(6, lambda t: seen(t, "angry" if t < 2.5 else "neutral", 0.95)), card=VIEWERS)
    assert notes_of(events) == []
    assert (
        len(notes_of(play(lines, frames(6, lambda t: seen(t, "angry" if t < 2.5 else "neutral", 0.95)), card=CARD)))
        == 1
    )


@given(st.sampled_from(EMOTIONS), st.sampled_from(EMOTIONS), st.floats(0.3, 0.95), st.sampled_from(EMOTIONS))
def test_a_steady_face_has_live_the_verdict_that_the_report_gives_its_line(
    emotion: Emotion, second: Emotion, share: float, target: Emotion
) -> None:
    lines = timeline((line(emotion=target), 6))
    others = {} if second == emotion else {second: (1 - share) * 0.8}
    events = play(lines, frames(6, lambda t: mixed(t, **{emotion: share, **others})), card=VIEWERS)
    last = next(event for event in reversed(events) if isinstance(event, Reading))
    result = scored(lines, events, card=VIEWERS).lines[0]
    assert result.verdict == (last.verdict.verdict if last.verdict else "not_scored")
    if last.verdict:
        assert tenths(last.verdict.share) == tenths(result.share or 0)


def test_with_coach_gaps_a_line_that_reached_its_share_gets_no_deferred_note() -> None:
    lines = timeline((line(emotion="angry"), 6), (None, 3))
    settings = Settings(coach="gaps")
    late = play(lines, frames(9, lambda t: seen(t, "neutral" if t < 3 else "angry", 0.95)), settings, card=VIEWERS)
    assert notes_of(late) == []
    never = play(lines, frames(9, steadily("happy", 0.95)), settings, card=VIEWERS)
    assert notes_of(never) == ["Drop the smile. Hotter."]


def test_a_missed_intensity_band_still_gets_a_note() -> None:
    lines = timeline((line(emotion="happy", intensity=[0.2, 0.5]), 6))
    assert notes_of(play(lines, frames(6, steadily("happy", 0.95)), card=VIEWERS)) == ["Smaller. Keep it in."]


def test_the_note_after_the_take_names_the_rival_and_the_share_of_viewers() -> None:
    lines = timeline((line(emotion="angry"), 6))
    (note,) = report_of(lines, steadily("happy"), Settings(coach="off")).notes
    assert note.text.startswith("You wanted anger. The camera read mostly joy; hardly anyone would see anger. Next: ")
    (note,) = report_of(lines, lambda t: mixed(t, angry=0.35, neutral=0.45), Settings(coach="off")).notes
    assert note.text.startswith("You wanted anger. 3 of 10 viewers would see it. Next: ")


def test_a_hit_that_was_never_held_can_be_the_strongest_moment() -> None:
    """The face comes and goes, so sadness is never on it for long enough to be stable."""

    def flicker(t: float) -> Observation:
        return mixed(t, sad=0.95) if t % 0.4 < 0.2 else unseen(t)

    report = report_of(timeline((line(emotion="sad"), 6)), flicker)
    assert report.lines[0].hold_s == 0
    assert report.strength is not None
    assert report.strength.text == "The sadness comes across."


def test_a_pause_does_not_change_the_report() -> None:
    lines = timeline((line(emotion="sad"), 4))
    settings = Settings(lead_in_s=0)
    inputs: list[Observation | Command] = [
        *frames(2, steadily("sad")),
        Command(2, "pause"),
        *frames(30, steadily("happy", 0.95), start=2),
        Command(30, "pause"),
        *frames(32, steadily("sad"), start=30),
    ]
    result = scored(lines, play(lines, inputs, settings, live=True, card=VIEWERS), settings, VIEWERS).lines[0]
    assert result.share == pytest.approx((log_odds(0.7) + 3) / 8, abs=0.01)


emotions = st.sampled_from(EMOTIONS)


@given(
    st.lists(st.tuples(st.floats(0.01, 2), emotions, st.floats(0.2, 1)), max_size=40),
    st.sampled_from([None, (1.0, 2.5), (4.0, 7.0)]),
)
def test_live_notes_and_a_replay_use_the_same_figures(
    steps: list[tuple[float, Emotion, float]], pause: tuple[float, float] | None
) -> None:
    """At every moment the engine has the same baseline and evidence as a scorer that receives only its events, as in
    a replay."""
    lines = timeline((line(emotion="neutral"), 5), (line(emotion="sad > fear"), 5), (line(emotion="neutral"), 5))
    settings = Settings(lead_in_s=3)
    engine = RehearsalEngine(lines, settings, live=True, card=VIEWERS)
    replayed = Scorer(lines, settings, VIEWERS)
    t, inputs = -3.0, [Command(at, "pause") for at in pause or ()]
    moments: list[Observation | Command] = [*inputs]
    for gap, emotion, share in steps:
        t += gap
        moments.append(seen(t, emotion, share))
    events = engine.start()
    for moment in sorted(moments, key=lambda item: item.t):
        for event in [*events, *([] if engine.ended else engine.step(moment))]:
            replayed.handle(event)
        events = []
        assert figures_of(engine.scorer.stats) == figures_of(replayed.stats)


def figures_of(stats: TakeStats) -> tuple[object, ...]:
    assert stats.baseline is not None
    return stats.baseline.odds, [part.pool.strongest() for part in stats.line.parts] if stats.line else None


@given(st.lists(st.tuples(st.floats(0.01, 2), emotions, st.floats(0.2, 1)), max_size=40), emotions)
def test_every_share_is_between_0_and_1(steps: list[tuple[float, Emotion, float]], target: Emotion) -> None:
    lines = timeline((line(emotion=target), 5), (line(emotion="neutral"), 5))
    t, inputs = 0.0, []
    for gap, emotion, share in steps:
        t += gap
        inputs.append(seen(t, emotion, share))
    report = scored(lines, play(lines, inputs, card=VIEWERS, end=t), card=VIEWERS)
    for result in report.lines:
        assert result.share is None or 0 <= result.share <= 1
        assert (result.share is None) == (result.verdict == "not_scored")
        assert bool(result.audience) == bool(result.evidence) == (result.share is not None)
