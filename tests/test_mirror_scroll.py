"""The scrolling graph: the same picture as a graph drawn at once, in bounded memory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mirror_help import face, shares, view
from numpy.typing import NDArray

from coach.base.palette import COLOURS_BGR
from coach.base.types import EMOTIONS, Box
from coach.display.mirror.graph import MAX_SAMPLES, SPAN_S, SampleHistory, ScrollGraph

FPS = 30


def reaches(picture: NDArray[np.uint8], emotion: str) -> NDArray[np.int64]:
    """The columns that contain the line of `emotion`."""
    return np.flatnonzero((np.abs(picture.astype(int) - COLOURS_BGR[emotion]).max(axis=2) < 40).any(axis=0))


def rows_of(picture: NDArray[np.uint8], emotion: str, column: int) -> float:
    part = picture[:, column - 3 : column]
    return float(np.flatnonzero((np.abs(part.astype(int) - COLOURS_BGR[emotion]).max(axis=2) < 40).any(axis=1)).mean())


def graph(seconds: float, width: int = 400, height: int = 120, start: float = 0.0) -> ScrollGraph:
    scroll_graph = ScrollGraph(width, height)
    for i in range(round(seconds * FPS)):
        scroll_graph.add(start + i / FPS, shares("happy", 0.8))
    return scroll_graph


def test_the_newest_sample_is_at_the_right_edge_at_the_height_of_its_share() -> None:
    scrolling = graph(5.0)
    columns = reaches(scrolling.picture(), "happy")
    assert columns.max() >= 397
    assert columns.min() == pytest.approx(400 - 5 * 400 / SPAN_S, abs=4)
    assert rows_of(scrolling.picture(), "happy", 399) == pytest.approx(scrolling.height_of(0.8), abs=2)
    assert scrolling.height_of(1.0) < scrolling.height_of(0.0) < 120


@pytest.mark.parametrize("start", [5.0, 13.0, 1000.0, 3600.0])
def test_the_graph_shows_the_last_twenty_seconds_at_any_time(start: float) -> None:
    """The position in the ring buffer differs, but not the picture, apart from grid lines at round times."""
    early, late = graph(30.0), graph(30.0, start=start)
    assert np.abs(early.picture().astype(int) - late.picture()).mean() < 2.0
    columns = reaches(late.picture(), "happy")
    assert len(columns) >= 395, "the line reaches from edge to edge without a gap"


@pytest.mark.parametrize("fps", [1.05, 1.1, 1.3, 1.7, 24])
def test_a_scrolled_graph_equals_a_new_one_of_the_last_samples(fps: float) -> None:
    """The two are compared at every position of the ring buffer."""

    def moment(number: int) -> tuple[float, tuple[float, ...]]:
        weights = [1.1 + math.sin(number / fps * (k + 1) / 3 + k) for k in range(7)]
        return number / fps, tuple(weight / sum(weights) for weight in weights)

    scrolled = ScrollGraph(300, 90)
    for number in range(round(65 * fps)):
        scrolled.add(*moment(number))
        if number / fps > 2 * SPAN_S and number % max(1, round(fps / 2)) == 0:
            anew = ScrollGraph(300, 90)
            for past in range(number - round((SPAN_S + 2) * fps), number + 1):
                anew.add(*moment(past))
            assert np.array_equal(scrolled.picture(), anew.picture()), number


@pytest.mark.parametrize("fps", [1.37, 2.03])
def test_the_line_reaches_the_left_edge_at_every_position_of_the_ring(fps: float) -> None:
    """This includes lines across the seam of the ring buffer; a rate that divides the span would hide an error."""
    scrolling = ScrollGraph(300, 90)
    for number in range(round(130 * fps)):
        scrolling.add(number / fps, shares("happy", 0.8))
        if number / fps > SPAN_S + 1:
            columns = reaches(scrolling.picture(), "happy")
            assert (columns[0] <= 2, np.diff(columns).max() <= 2) == (True, True), number


def test_samples_older_than_the_span_disappear() -> None:
    scrolling = graph(5.0)
    for i in range(round(SPAN_S + 2) * FPS):
        scrolling.add(5 + i / FPS, shares("sad", 0.8))
        if i % 50 == 49:
            left = 400 * (1 - i / FPS / SPAN_S)
            high = reaches(scrolling.picture()[: round(scrolling.height_of(0.3))], "happy")
            assert len(high) == 0 or high.max() <= left + 4, "old samples move to the left"
    assert rows_of(scrolling.picture(), "sad", 200) == pytest.approx(scrolling.height_of(0.8), abs=2)
    assert len(reaches(scrolling.picture()[: round(scrolling.height_of(0.3))], "happy")) == 0


@pytest.mark.parametrize("silent", [True, False])
def test_samples_without_a_reading_and_long_silence_leave_a_gap(silent: bool) -> None:
    scrolling = graph(5.0)
    for i in range(0 if silent else 3 * FPS):
        scrolling.add(5 + i / FPS, None)
    scrolling.add(8.0, shares("happy", 0.8))
    scrolling.add(8.1, shares("happy", 0.8))
    assert len(reaches(scrolling.picture()[:, 400 - 40 : 400 - 8], "happy")) == 0
    assert len(reaches(scrolling.picture()[:, 400 - 80 : 400 - 66], "happy")) > 10, "the line before the gap remains"


def test_every_emotion_has_a_line() -> None:
    scrolling = ScrollGraph(600, 300)
    for i in range(FPS * 4):
        scrolling.add(i / FPS, (0.05, 0.1, 0.15, 0.2, 0.25, 0.12, 0.13))
    assert all(len(reaches(scrolling.picture()[:, -60:], emotion)) for emotion in EMOTIONS)


def test_memory_does_not_grow_within_an_hour() -> None:
    scrolling, history = ScrollGraph(300, 80), SampleHistory()
    size = scrolling.picture().base.nbytes
    for second in range(3600):
        history.add(view(face(0, Box(1, 1, 9, 9)), face(second, Box(20, 1, 9, 9)), t=float(second)))
        scrolling.add(float(second), shares("sad"))
    assert scrolling.picture().base.nbytes == size
    assert len(list(history.of(0))) <= min(MAX_SAMPLES, SPAN_S + 1)
    assert len(history._samples) <= SPAN_S + 4, "histories of people who left are removed"


def test_every_person_has_a_separate_history() -> None:
    history = SampleHistory()
    for i in range(10):
        faces = [face(0, Box(1, 1, 9, 9), "sad")] if i >= 5 else [face(0, Box(1, 1, 9, 9)), face(1, Box(9, 9, 9, 9))]
        history.add(view(*faces, t=i / 10))
    assert [t for t, reading in history.of(0) if reading] == [i / 10 for i in range(10)]
    assert [(t, reading is None) for t, reading in history.of(1)][-2:] == [(0.4, False), (0.5, True)]
    assert list(history.of(7)) == []
