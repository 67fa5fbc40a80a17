"""Chart data of a take: targets, readings, matches, gaps."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from core_help import VIEWERS, frames, play, probabilities, seen, steadily, timeline, unseen
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.base.events import Command
from coach.base.types import EMOTIONS, Observation
from coach.core.analysis.chart_data import NO_READING, ChartData, chart_data_of, gaps_in
from coach.core.analysis.curves import Interval
from coach.core.analysis.moments import MomentsBuilder, TakeMoments
from coach.core.scoring.verdict import Judge, Norm
from coach.core.script.script import Script

REST = tuple(-3.0 for _ in EMOTIONS)

VIEWING = Judge(VIEWERS.evidence, REST, "standard")
LABELLING = Judge(None, (), "standard")


def moments_of(
    lines: list[dict[str, object]], inputs: Iterable[Observation | Command], live: bool = False
) -> TakeMoments:
    """The moments of a take with these `inputs`."""
    builder = MomentsBuilder()
    script = script_of(lines)
    slots = [(line, line.duration_s or 1.0) for line in script.spoken]
    for event in play(timeline(*slots), inputs, live=live, card=VIEWERS):
        builder.handle(event)
    return builder.moments()


def script_of(lines: list[dict[str, object]]) -> Script:
    return Script.model_validate({"title": "T", "lines": lines})


def chart_of(
    lines: list[dict[str, object]], inputs: Iterable[Observation | Command], judge: Judge = VIEWING
) -> ChartData:
    return chart_data_of(moments_of(lines, inputs), script_of(lines), judge)


SAD = {"text": "Sad.", "emotion": "sad", "duration_s": 2}
TURN = {"text": "Turn.", "emotion": "sad > fear @25%", "duration_s": 4, "intensity": [0.5, 1.0]}
FREE = {"text": "Free.", "duration_s": 1}


def test_each_part_of_a_target_is_one_interval() -> None:
    targets = chart_of([SAD, TURN, FREE], frames(7, steadily("sad"))).targets
    assert [(part.value.line, part.value.accepted) for part in targets] == [
        (1, ("sad",)),
        (2, ("sad",)),
        (2, ("fear",)),
        (3, ()),
    ]
    assert [(part.start, part.end) for part in targets] == [(0.0, 2.0), (2.0, 3.0), (3.0, 6.0), (6.0, 7.0)]
    assert [part.value.intensity for part in targets] == [None, (0.5, 1.0), (0.5, 1.0), None]


def test_a_target_has_the_same_norm_as_in_scoring() -> None:
    targets = chart_of([SAD, TURN], frames(6, steadily("sad"))).targets
    assert targets[0].value.norm == Norm(0.1, 0.3, 0.5, pytest.approx(0.3))
    assert targets[2].value.norm == Norm(0.3, 0.67, 0.88, pytest.approx(0.67))
    assert chart_of([SAD], frames(2, steadily("sad")), LABELLING).targets[0].value.norm is None


def test_the_match_is_a_share_of_viewers_if_the_model_predicts_one() -> None:
    inputs = frames(2, lambda t: seen(t, "sad", 0.5))
    (run,) = chart_of([SAD], inputs).match
    assert [share for _, share in run] == pytest.approx([3.0 / 8] * 50)  # log odds 0, 3 above the rest, on a curve to 8
    (run,) = chart_of([SAD], inputs, LABELLING).match
    assert [share for _, share in run] == pytest.approx([0.5] * 50)


def test_several_accepted_emotions_add_up() -> None:
    smoothed = probabilities("sad", 0.4)
    assert LABELLING.share(("sad", "fear"), smoothed) == pytest.approx(0.5)
    assert LABELLING.share(EMOTIONS, smoothed) == pytest.approx(1.0)


def test_curves_are_split_at_gaps_and_each_gap_has_a_reason() -> None:
    chart = chart_of([SAD], frames(2, lambda t: unseen(t, "profile") if 0.5 <= t < 1.0 else seen(t, "sad")))
    assert [(gap.start, gap.end, gap.value) for gap in chart.gaps] == [(0.52, 1.0, "profile")]
    for curve in (chart.strength, chart.match, chart.face, *chart.emotions.values()):
        assert [(run[0][0], run[-1][0]) for run in curve] == [(0.0, 0.48), (1.0, 1.96)]


def test_a_blink_is_not_a_gap() -> None:
    chart = chart_of([SAD], frames(2, lambda t: unseen(t) if 0.5 <= t < 0.6 else seen(t, "sad")))
    assert chart.gaps == ()
    assert len(chart.strength) == 1


def test_time_without_readings_is_a_gap() -> None:
    moments = moments_of([{**SAD, "duration_s": 10}], [seen(0.0, "sad"), seen(8.0, "sad")]).moments
    assert gaps_in(moments, 10.0) == [Interval(1.0, 8.0, NO_READING), Interval(9.0, 10.0, NO_READING)]


def test_a_take_without_a_camera_has_targets_but_no_curves() -> None:
    chart = chart_of([SAD], [unseen(n / 10, "no camera") for n in range(20)])
    assert not chart.watched
    assert [part.value.line for part in chart.targets] == [1]
    assert chart.read == ()


def test_an_abstention_is_charted_as_none() -> None:
    chart = chart_of([SAD], frames(2, lambda t: seen(t, "sad", 0.15)))
    assert [part.value for part in chart.read] == [None]


def test_a_repeated_line_has_its_target_twice_and_pauses_are_kept() -> None:
    commands = [Command(1.01, "pause"), Command(1.51, "pause"), Command(2.01, "repeat")]
    inputs = sorted([*frames(6, steadily("sad")), *commands], key=lambda item: item.t)
    chart = chart_data_of(moments_of([SAD, SAD], inputs, live=True), script_of([SAD, SAD]), VIEWING)
    assert [(part.value.line, part.start) for part in chart.targets] == [(1, 0.0), (1, 2.01), (2, pytest.approx(4.01))]
    assert [(pause.start, pause.end) for pause in chart.pauses] == [(1.01, 1.51)]


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 499), st.floats(0.9, 1.0))
def test_a_peak_of_a_single_reading_is_kept_in_curves_and_samples(number: int, share: float) -> None:
    """This holds for any number of buckets."""
    lines = [{"text": "Long.", "emotion": "sad", "duration_s": 20}]
    played = moments_of(
        lines, frames(20, lambda t: seen(t, "fear", share) if t == number / 25 else seen(t, "sad", 0.8))
    )
    coarse, detailed = (chart_data_of(played, script_of(lines), VIEWING, buckets) for buckets in (20, 100_000))
    for emotion in EMOTIONS:
        coarse_values, detailed_values = (
            [v for run in chart.emotions[emotion] for _, v in run] for chart in (coarse, detailed)
        )
        assert (min(coarse_values), max(coarse_values)) == (min(detailed_values), max(detailed_values))
        assert len(coarse_values) <= 80 < len(detailed_values)
    assert min(value for run in detailed.match for _, value in run) in {sample.match for sample in coarse.samples}
